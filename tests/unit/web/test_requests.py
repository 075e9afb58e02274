"""Reading request bodies."""

import msgspec
import pytest

from activities.formats.pdf.declaration import PdfOptions
from web.http.json_body import decode, pointer
from web.http.problems import ProblemError
from web.schemas.requests import BulkExportRequest, CreateExportRequest


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (
            b'{"format": "pdf", "filters": {"content_types": ["faqs", null]}}',
            "/filters/content_types/1",
        ),
        (b'{"format": "pdf", "filters": {"x y": 1}}', "/filters/x y"),
        (b'{"format": "pdf", "a`b": 1}', "/a`b"),
        (b'{"format": "pdf", "parts": ["faqs", "cards"]}', "/parts/1"),
        (b'{"format": "pdf", "parts": []}', "/parts"),
        (b'{"format": "pdf", "title": ""}', "/title"),
        (b'{"format": "pdf", "title": "%s"}' % (b"x" * 201), "/title"),
        (b'{"format": "pdf", "paper": "a3"}', "/paper"),
        (b'{"format": "pdf", "csv_bom": 1}', "/csv_bom"),
        (b"null", ""),
        (b"", ""),
    ],
)
def test_a_pointer_leads_to_the_mistake(body: bytes, where: str) -> None:
    with pytest.raises(ProblemError) as caught:
        decode(body, BulkExportRequest)

    assert [error.pointer for error in caught.value.errors] == [where]


def test_nothing_is_guessed_or_converted() -> None:
    for value in (b'"true"', b"1", b"null"):
        with pytest.raises(ProblemError):
            decode(
                b'{"content_ids": ["a"], "format": "pdf", "include_metadata": %s}' % value,
                CreateExportRequest,
            )


def test_pointers_escape_what_separates_them() -> None:
    assert pointer("a/b", "c~d", 0) == "/a~1b/c~0d/0"


def test_the_options_are_part_of_the_body_and_of_its_canonical_form_only_when_set() -> None:
    plain = decode(b'{"content_ids": ["a"], "format": "pdf"}', CreateExportRequest)
    spelled_out = decode(
        b'{"include_metadata": true, "format": "pdf", "content_ids": ["a"]}', CreateExportRequest
    )
    other = decode(
        b'{"content_ids": ["a"], "format": "pdf", "include_metadata": false}', CreateExportRequest
    )

    assert plain.options == PdfOptions()
    assert other.options == PdfOptions(include_metadata=False)
    assert msgspec.json.encode(plain) == msgspec.json.encode(spelled_out)
    assert msgspec.json.encode(plain) == b'{"format":"pdf","content_ids":["a"]}'
    assert msgspec.json.encode(other) != msgspec.json.encode(plain)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"format": "pdf", "parts": ["card"]}', ["outline", "flashcards"]),
        (b'{"format": "pdf", "language": "fi"}', ["de", "zh"]),
        (b'{"format": "pdf", "paper": "a3"}', ["a4", "letter"]),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(body: bytes, words: list[str]) -> None:
    with pytest.raises(ProblemError) as caught:
        decode(body, BulkExportRequest)

    assert all(word in caught.value.detail for word in words)
