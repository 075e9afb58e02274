"""Ranges, conditions and file names of downloads."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.http.ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    content_disposition,
    headers_of,
    is_unchanged,
    requested_span,
)
from web.schemas.job import ExportFile

ETAG = '"abc"'
FORBIDDEN = set('/\\:*?"<>|')
DISGUISED = [
    char
    for char in map(chr, range(0x10000))
    if set(unicodedata.normalize("NFKD", char)) & (FORBIDDEN | set("%-. "))
]
"""What is, or becomes when it is taken apart, a character that means something."""


@given(size=st.integers(1, 50), first=st.integers(0, 60), last=st.integers(0, 60))
def test_a_range_is_exactly_the_bytes_that_slicing_gives(size: int, first: int, last: int) -> None:
    data = bytes(range(size))
    header = f"bytes={first}-{last}"
    if last < first:
        assert requested_span(size, ETAG, header, None) is None
    elif first >= size:
        with pytest.raises(UnsatisfiableRangeError):
            requested_span(size, ETAG, header, None)
    else:
        span = requested_span(size, ETAG, header, None)
        assert span is not None
        assert data[span.start : span.stop] == data[first : last + 1]


@given(size=st.integers(1, 50), length=st.integers(1, 60))
def test_a_suffix_is_the_end_of_the_file(size: int, length: int) -> None:
    data = bytes(range(size))
    span = requested_span(size, ETAG, f"bytes=-{length}", None)

    assert span is not None
    assert data[span.start : span.stop] == data[-length:]


@given(header=st.text(max_size=30), size=st.integers(0, 10))
def test_no_range_header_is_an_error_of_ours(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        try:
            span = requested_span(size, ETAG, text, None)
        except UnsatisfiableRangeError:
            continue
        assert span is None or 0 <= span.start < span.stop <= size


def test_if_range_must_name_these_very_bytes() -> None:
    assert requested_span(10, ETAG, "bytes=0-1", ETAG) == ByteRange(0, 2)
    for other in ('"abd"', 'W/"abc"', "abc", "Wed, 21 Oct 2015 07:28:00 GMT", ""):
        assert requested_span(10, ETAG, "bytes=0-1", other) is None


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        (None, False),
        ("*", True),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x", "abc"', True),
        ('"x,abc"', False),
        ("abc", False),
        ('"abcd"', False),
        ("", False),
    ],
)
def test_if_none_match(header: str | None, unchanged: bool) -> None:
    assert is_unchanged(ETAG, header) is unchanged


@pytest.mark.parametrize(
    ("name", "plain", "real"),
    [
        ("Lesson.pdf", "Lesson.pdf", "Lesson.pdf"),
        ("Café.pdf", "Cafe.pdf", "Café.pdf"),
        ("光合作用.pdf", "export.pdf", "光合作用.pdf"),
        ("می\u200cروم.pdf", "export.pdf", "می\u200cروم.pdf"),
        ('a"b\\c.pdf', "abc.pdf", "abc.pdf"),
        ("../../etc/passwd", "etcpasswd", "etcpasswd"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x=1.pdf", "aSet-Cookie x=1.pdf"),
        ("100%41.pdf", "100_41.pdf", "100%41.pdf"),
        ("a＂.pdf", "a.pdf", "a＂.pdf"),
        ("：.pdf", "export.pdf", "：.pdf"),
        ("光合作用：基础.pdf", "export.pdf", "光合作用：基础.pdf"),
        ("…a.pdf", "a.pdf", "…a.pdf"),
        ("－－a.pdf", "a.pdf", "－－a.pdf"),
        ("x／..／y.pdf", "x..y.pdf", "x／..／y.pdf"),
        ("...", "export", "export"),
        ("", "export", "export"),
    ],
)
def test_a_file_name_reaches_old_and_new_clients_and_nothing_else(
    name: str, plain: str, real: str
) -> None:
    match = re.fullmatch(
        r"attachment; filename=\"([^\"]*)\"; filename\*=UTF-8''(.*)", content_disposition(name)
    )

    assert match is not None
    assert match.group(1) == plain
    assert unquote(match.group(2)) == real


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(DISGUISED)))
def test_every_file_name_makes_a_header(name: str) -> None:
    header = content_disposition(name)

    assert header.isascii()
    assert header.isprintable()
    match = re.fullmatch(r"attachment; filename=\"(.+)\"; filename\*=UTF-8''[^\"]+", header)
    assert match is not None
    plain = match.group(1)
    assert not FORBIDDEN & set(plain)
    assert plain[0] not in "-. "


def test_the_digest_is_of_the_whole_file_even_with_a_range() -> None:
    file = ExportFile("a.txt", 10, "text/plain", "00" * 32, 1)

    headers = headers_of(file, ByteRange(2, 5))

    assert headers["Repr-Digest"] == headers_of(file, None)["Repr-Digest"]
    assert headers["Content-Length"] == "3"
    assert headers["Content-Range"] == "bytes 2-4/10"
