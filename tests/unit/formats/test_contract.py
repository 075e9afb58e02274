"""What every format of the catalog promises to the activities that run it."""

import gc
import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from activities.formats.testing import EVERYTHING, Recorder, StopRequestedError, render
from activities.model import catalog
from activities.model.catalog import formats
from activities.model.options import RenderOptions
from tests.sample_items import hostile_item, item, plain_item, world_items

ROOT = Path(__file__).parents[3]
FORMATS = sorted(formats())
CHUNKED = [format_id for format_id in FORMATS if formats()[format_id].chunked]

DIGEST = """
import hashlib, msgspec, sys
from activities.formats.protocol import RenderOptions
from activities.formats.testing import render
from tests.sample_items import hostile_item, world_items
options = msgspec.json.decode(sys.argv[2], type=RenderOptions)
data, _ = render(sys.argv[1], [*world_items(), hostile_item()], options)
print(hashlib.sha256(data).hexdigest())
"""

OTHERWISE = RenderOptions(
    include_metadata=False,
    include_quality_metrics=True,
    on_item_error="skip",
    parts=("flashcards", "outline", "faqs"),
    include_answers=False,
    title="Mein *Kurs* 生物",
    language="de",
    paper="letter",
    cards="cutout",
    tagged=False,
    csv_bom=False,
    csv_layout="files",
    csv_formulas="raw",
)
"""Every option set to something else than its default."""

OPTIONS = pytest.mark.parametrize("options", [EVERYTHING, OTHERWISE], ids=["usual", "otherwise"])


@OPTIONS
@pytest.mark.parametrize("format_id", FORMATS)
def test_same_content_gives_the_same_bytes_in_another_process(
    format_id: str, options: RenderOptions
) -> None:
    items = [*world_items(), hostile_item()]
    first, _ = render(format_id, items, options)
    second, _ = render(format_id, items, options)
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    third = subprocess.run(
        [sys.executable, "-c", DIGEST, format_id, msgspec.json.encode(options)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert first == second
    assert hashlib.sha256(first).hexdigest() == third


@OPTIONS
@pytest.mark.parametrize("chunks", [2, 3, 6])
@pytest.mark.parametrize("format_id", CHUNKED)
def test_file_does_not_depend_on_where_chunks_were_cut(
    format_id: str, chunks: int, options: RenderOptions
) -> None:
    items = [*world_items(), hostile_item()]
    whole, whole_warnings = render(format_id, items, options)
    cut, cut_warnings = render(format_id, items, options, chunks)
    assert cut == whole
    assert cut_warnings == whole_warnings


NOT_OF_RENDERERS = {"on_item_error", ("csv", "title")}
"""Options that change no byte: they are about the job, or only about the file's name."""


@pytest.mark.parametrize("option", RenderOptions.__struct_fields__)
@pytest.mark.parametrize("format_id", FORMATS)
def test_the_catalog_says_which_options_make_a_difference(format_id: str, option: str) -> None:
    items = [*world_items(), hostile_item()]
    usual = RenderOptions()
    other = msgspec.structs.replace(usual, **{option: getattr(OTHERWISE, option)})
    same = render(format_id, items, usual) == render(format_id, items, other)
    if option in formats()[format_id].options:
        assert same == bool({option, (format_id, option)} & NOT_OF_RENDERERS)
    else:
        assert same


@pytest.mark.parametrize("format_id", FORMATS)
def test_progress_is_one_step_an_item(format_id: str) -> None:
    report = Recorder()
    render(format_id, [plain_item("a"), plain_item("b"), plain_item("c")], report=report)
    assert report.items_done == 3
    assert report.checks >= 3


@pytest.mark.parametrize("format_id", FORMATS)
def test_a_render_stops_when_it_is_told_to(format_id: str) -> None:
    items = [plain_item(f"item-{number}") for number in range(6)]
    full = Recorder()
    render(format_id, items, report=full)
    for stop_at in {1, full.checks // 2, full.checks}:
        stopped = Recorder(stop_at_check=stop_at)
        with pytest.raises(StopRequestedError):
            render(format_id, items, report=stopped)
        assert stopped.checks == stop_at


@pytest.mark.parametrize("format_id", FORMATS)
def test_an_export_without_items_is_a_file(format_id: str) -> None:
    data, warnings = render(format_id, [])
    assert isinstance(data, bytes)
    assert warnings == []


@pytest.mark.parametrize("year", [1, 9999])
@OPTIONS
@pytest.mark.parametrize("format_id", FORMATS)
def test_content_of_any_year_is_rendered(format_id: str, options: RenderOptions, year: int) -> None:
    time = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    data, warnings = render(format_id, [item(created_at=time, updated_at=time)], options)
    assert data
    assert warnings == []


@pytest.mark.parametrize("format_id", FORMATS)
def test_text_with_unpaired_surrogates_is_rendered_and_reported(format_id: str) -> None:
    broken = item("content-broken", title="half \ud83d pair", study_guide="\udc00 and text")
    _, warnings = render(format_id, [broken])
    assert warnings
    assert {warning.item_id for warning in warnings} == {"content-broken"}


@pytest.mark.parametrize("format_id", FORMATS)
def test_an_item_with_nothing_but_a_title_is_rendered(format_id: str) -> None:
    report = Recorder()
    data, warnings = render(format_id, [item("content-bare")], report=report)
    assert data
    assert warnings == []
    assert report.items_done == 1


@pytest.mark.parametrize("format_id", sorted(set(FORMATS) - {"xlsx"}))
def test_a_render_leaves_nothing_to_the_garbage_collector(format_id: str) -> None:
    """It would keep the words of a whole document in memory; openpyxl's sheets know each other."""
    render(format_id, world_items())
    gc.collect()
    gc.disable()
    try:
        render(format_id, world_items())
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_format_whose_files_could_not_be_found_again_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd = msgspec.structs.replace(formats()["txt"], id="odd", extension="tar.gz")
    entry_point = SimpleNamespace(name="odd", value="odd:FORMAT", load=lambda: odd)
    monkeypatch.setattr(catalog, "entry_points", lambda group: [entry_point])

    with pytest.raises(ValueError, match="an extension with a dot"):
        formats.__wrapped__()
