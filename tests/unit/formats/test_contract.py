"""What every format of the catalog promises to the activities that run it."""

import gc
from typing import Any

import msgspec
import pytest

from activities.formats.testing import render
from activities.formats.testing.contract import (
    CHECKS,
    SAMPLES,
    Check,
    name_of,
    other_values,
)
from activities.formats.testing.items import world_items
from activities.model.catalog import BUILT_IN, every_option, formats
from activities.model.option_kinds import options_of

FORMATS = sorted(BUILT_IN)
OPTIONS = {option.name: option for option in options_of(every_option())}


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
@pytest.mark.parametrize("format_id", FORMATS)
def test_format_keeps_its_promise(format_id: str, check: Check) -> None:
    check(format_id)


NOT_OF_RENDERERS = {
    *("on_item_error", "on_media_error", "theme"),
    *(("csv", "title"), ("jsonl", "title"), ("tsv", "title"), ("tsv", "parts")),
    ("jsonl", "min_quality"),
    *((name, "receipt") for name in FORMATS if name not in {"epub", "pdf"}),
}
"""Options that change no byte: they are about the job, name what comes to renderers by itself, or
are only about the file's name."""
BESIDE: dict[str, dict[str, Any]] = {
    "points": {"answers": "key"},
    "paper_tint": {"look": "dyslexia"},
}
"""What else is asked for where an option has an effect only then."""


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("format_id", FORMATS)
def test_the_catalog_says_which_options_make_a_difference(format_id: str, option: str) -> None:
    usual = msgspec.structs.replace(every_option()(), **BESIDE.get(option, {}))
    expected = render(format_id, SAMPLES, usual)
    same = all(
        render(format_id, SAMPLES, msgspec.structs.replace(usual, **{option: value})) == expected
        for value in other_values(OPTIONS[option])
    )
    if option in formats()[format_id].option_names():
        assert same == bool({option, (format_id, option)} & NOT_OF_RENDERERS)
    else:
        assert same


@pytest.mark.parametrize("format_id", sorted(set(FORMATS) - {"anki", "xlsx"}))
def test_a_render_leaves_nothing_to_the_garbage_collector(format_id: str) -> None:
    """It would keep the words of a whole document in memory; openpyxl's sheets know each other,
    and a connection of sqlite3, which is closed, its statements.
    """
    render(format_id, world_items())
    gc.collect()
    gc.disable()
    try:
        render(format_id, world_items())
        assert gc.collect() == 0
    finally:
        gc.enable()
