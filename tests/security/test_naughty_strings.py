"""The big list of naughty strings through every text field of every format."""

from pathlib import Path

import msgspec
import pytest

from activities.formats.testing import EVERYTHING, render
from activities.model.catalog import formats
from activities.model.content import Item
from scripts.validation.readers import TEXT_OF, read_json
from tests.security.dangerous import DANGEROUS_IN
from tests.security.naughty_strings import NoListError, naughty_strings
from tests.security.test_hostile_text import PLACES, core, items_of, texts, write


@pytest.fixture(scope="module")
def strings() -> list[str]:
    try:
        return naughty_strings()
    except NoListError as error:
        pytest.skip(f"the big list of naughty strings: {error}")


# Reading the words of such a PDF takes a minute.
@pytest.mark.parametrize(
    ("format_id", "step"),
    [
        *((format_id, 1) for format_id in sorted(formats()) if format_id != "pdf"),
        ("pdf", 8),
        pytest.param("pdf", 1, marks=pytest.mark.long),
    ],
)
def test_every_string_goes_through_every_field(
    tmp_path: Path, format_id: str, step: int, strings: list[str]
) -> None:
    strings = strings[::step]
    data, _ = render(format_id, items_of(strings), EVERYTHING)

    read = core(TEXT_OF[format_id](write(tmp_path, format_id, data)))
    marks = [
        f"{place}mark{n}end"
        for place in PLACES.get(format_id, "opqrstuvw")
        for n in range(len(strings))
    ]
    assert [mark for mark in marks if mark not in read] == []
    # What is no Markdown comes back whole; a PDF's glyphs are read in the order of painting.
    plain = [s for s in strings if s.replace(" ", "").isalnum() and format_id != "pdf"]
    assert [string for string in plain if core(string) not in read] == []
    assert list(DANGEROUS_IN[format_id](data)) == []
    assert b"root:x:0:0" not in data


def test_json_gives_back_every_string(tmp_path: Path, strings: list[str]) -> None:
    items = items_of(strings)
    data, _ = render("json", items, EVERYTHING)

    read = msgspec.convert(read_json(write(tmp_path, "json", data))["items"], list[Item])
    assert list(map(texts, read)) == list(map(texts, items))
