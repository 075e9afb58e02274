"""Drawings in SVG become pictures, and reach for nothing outside of themselves."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image as Pillow

from activities.documents.images import ImageError, read_image
from activities.formats.testing.items import data_url, png

NAMES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(content: str, attributes: str = 'viewBox="0 0 40 20"') -> bytes:
    return f"<svg {NAMES} {attributes}>{content}</svg>".encode()


def pixel(data: bytes, x: int, y: int) -> object:
    image = read_image(data, "")
    with Pillow.open(io.BytesIO(image.data)) as picture:
        scale = picture.width / image.shown_width
        return picture.convert("RGBA").getpixel((int(x * scale), int(y * scale)))


RED = drawing('<rect width="20" height="20" fill="#f00"/>')


@pytest.mark.parametrize("start", ["", "\ufeff", "<?xml version='1.0'?>\n<!-- a -->\n", "\n "])
def test_a_drawing_is_shown_in_its_own_size(start: str) -> None:
    data = start.encode() + RED if start != "\n " else b" \n" + RED
    image = read_image(data, "red")
    assert (image.media_type, image.alt) == ("image/png", "red")
    assert (image.shown_width, image.shown_height) == (40, 20)
    assert image.width == 120
    assert pixel(data, 5, 5) == (255, 0, 0, 255)
    assert pixel(data, 35, 5) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("attributes", "width", "height"),
    [
        ('width="80" height="40"', 80, 40),
        ('width="1in" height="48pt"', 96, 64),
        ('width="100%" viewBox="0,0,30,10"', 30, 10),
        ('width="60" viewBox="0 0 30 10"', 60, 20),
        ('height="60" viewBox="0 0 30 10"', 180, 60),
        ("", 300, 150),
        ('width="1e5" height="1"', 100_000, 1),
    ],
)
def test_the_size_is_what_the_drawing_says(attributes: str, width: int, height: int) -> None:
    image = read_image(drawing("<rect width='9' height='9'/>", attributes), "")
    assert image.shown_width == pytest.approx(width)
    assert max(image.width, image.height) <= 2_400
    assert image.shown_height == pytest.approx(height, rel=0.05, abs=50)


def test_a_picture_within_a_drawing_is_drawn() -> None:
    url = data_url(png(8, 8, "#00ff00"))
    shown = drawing(f'<image xlink:href="{url}" width="20" height="20"/>')
    assert pixel(shown, 10, 10) == (0, 255, 0, 255)


@pytest.mark.parametrize("name", ["href", "xlink:href"])
@pytest.mark.parametrize("element", ["image", "feImage", "use"])
def test_nothing_outside_of_a_drawing_is_opened(tmp_path: Path, name: str, element: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(8, 8, "#00ff00"))
    for address in (secret, f"file://{secret}", f" {secret}", "http://127.0.0.1:9/a.png"):
        shown = f'<{element} {name}="{address}" width="40" height="20"/>'
        filtered = f'<filter id="f">{shown}</filter><rect width="40" height="20" filter="url(#f)"/>'
        data = drawing(filtered if element == "feImage" else shown)
        assert pixel(data, 10, 10) != (0, 255, 0, 255)


def test_entities_lead_nowhere_and_do_not_grow(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("M0 0H40V20H0Z")
    outer = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]>'
    inside = drawing('<path d="&x;" fill="#0f0"/>')
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<!DOCTYPE svg [<!ENTITY a0 "lol">{laughs}]>'.encode() + drawing("<text>&a9;</text>")
    for data in (outer.encode() + inside, bomb):
        with pytest.raises(ImageError):
            read_image(data, "")


def test_a_drawing_with_entities_is_small() -> None:
    large = drawing('<path d="M0 0H40V20H0Z" fill="#0f0"/>' + " " * 300_000)
    assert pixel(large, 10, 10) == (0, 255, 0, 255)
    with pytest.raises(ImageError):
        read_image(b'<!DOCTYPE svg [<!ENTITY a "">]>' + large, "")


HOSTILE = {
    "no end": b"<svg",
    "another root": b"<svg xmlns='urn:x'/>",
    "uses": drawing(
        '<g id="g0"><rect width="1" height="1"/></g>'
        + "".join(
            f'<g id="g{i}"><use href="#g{i - 1}"/><use href="#g{i - 1}"/></g>' for i in range(1, 30)
        )
    ),
    "itself": drawing('<g id="g"><use href="#g"/></g>'),
    "deep": drawing("<g>" * 50_000 + "</g>" * 50_000),
    "large": drawing("<rect/>" * 700_000),
    "no size": drawing("", 'width="0" height="0"'),
    "without end": drawing("", 'width="1e99" height="1"'),
    "broken picture": drawing(
        '<image href="data:image/png;base64,iVBORw0K" width="9" height="9"/>'
    ),
    "drawing within": drawing(f'<image href="{data_url(RED, "image/svg+xml")}" width="9"/>'),
    "bytes": b"<svg \xff\xfe\x00",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_drawing_is_shown_or_refused(name: str) -> None:
    with suppress(ImageError):
        assert read_image(HOSTILE[name], "").width <= 2_400
