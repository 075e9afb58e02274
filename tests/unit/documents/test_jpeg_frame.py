"""JPEGs whose pixels are not decoded: those are refused that a decoder refuses, and no others."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from activities.documents.images import ImageError, read_image
from activities.documents.jpeg_frame import is_whole

KINDS: dict[str, dict[str, Any]] = {
    "sequential": {},
    "progressive": {"progressive": True},
    "full colours": {"subsampling": 0},
    "restarts": {"restart_marker_rows": 1},
}
_SCAN = 0xDA


def photograph(**options: Any) -> bytes:
    noise = Pillow.effect_noise((40, 24), 60)
    file = io.BytesIO()
    Pillow.merge("RGB", [noise, noise.rotate(90), noise.rotate(180)]).save(file, "JPEG", **options)
    return file.getvalue()


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The kind of each segment, and where it begins and ends, with the data of a scan."""
    place = 2
    while data[place + 1] != 0xD9:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        kind = data[place + 1]
        while kind == _SCAN and (data[end] != 0xFF or data[end + 1] in {0, *range(0xD0, 0xD8)}):
            end += 1
        yield kind, place, end
        place = end


def decodes(data: bytes) -> bool:
    try:
        with Pillow.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, RuntimeError):
        return False
    return True


def is_taken(data: bytes) -> bool:
    try:
        return read_image(data, "").data == data
    except ImageError:
        return False


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_one_is_known_without_its_pixels(kind: str) -> None:
    assert is_whole(photograph(**KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_segment_is_lacking_a_decoder_would_say_the_same(kind: str) -> None:
    data = photograph(**KINDS[kind])
    lacking = {
        place: (name, data[:place] + data[end:]) for name, place, end in segments(data)
    }.values()
    assert {is_taken(each) for _, each in lacking} == {True, False}
    for name, each in lacking:
        assert is_taken(each) == decodes(each), f"without a segment {name:x}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.25, 0.5, 0.99])
def test_one_that_was_cut_off_is_refused(kind: str, kept: float) -> None:
    data = photograph(**KINDS[kind])
    assert not is_taken(data[: int(len(data) * kept)])


def test_one_with_what_few_files_have_is_decoded() -> None:
    data = photograph()
    filled = data[:2] + b"\xff" + data[2:]
    without_end = data[:-2] + bytes(64)
    assert not is_whole(filled)
    assert not is_whole(without_end)
    assert is_taken(filled)
    assert is_taken(without_end) == decodes(without_end)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    place=st.floats(0, 1, exclude_max=True),
    removed=st.integers(0, 40),
    added=st.binary(max_size=4) | st.sampled_from([b"\xff\xd9", b"\xff\xda", b"\xff\xc4", b"\xff"]),
)
def test_damage_is_damage_where_a_decoder_says_so(
    kind: str, place: float, removed: int, added: bytes
) -> None:
    data = photograph(**KINDS[kind])
    start = 3 + int(place * (len(data) - 3))
    damaged = data[:start] + added + data[start + removed :]
    if not decodes(damaged):
        assert not is_taken(damaged)
