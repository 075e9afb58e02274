"""Pictures of first pages: from the page of options to a render child, and into the browser."""

import re
from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from PIL import Image, ImageChops

from activities.model.content import PART_NAMES
from scripts.dev.stack import Stack

PICTURE = re.compile(r'<img src="(/exports/previews/[0-9a-f]{64}/)1" width="(\d+)" height="(\d+)"')
FIVE = [f"content-{number}" for number in (1, 6, 35, 55, 97)]


class Browser:
    """Somebody who is signed in."""

    def __init__(self, stack: Stack, token: str) -> None:
        self.http = httpx.Client(base_url=stack.api, timeout=30)
        origin = {"Origin": stack.api}
        assert self.http.post("/sign-in", data={"token": token}, headers=origin).is_redirect

    def pictures(self, items: list[str], **options: str) -> tuple[str, tuple[int, int]]:
        """Where the pictures of the options page are, and how large it says they are."""
        fields = {"item": items, "options": "1", "parts": PART_NAMES, **options}
        page = self.http.get("/exports/new", params=fields)
        found = PICTURE.search(page.text)
        assert found is not None, page.text
        return found[1], (int(found[2]), int(found[3]))

    def look(self, address: str, place: int) -> Image.Image:
        """A picture, as a browser asks for it."""
        response = self.http.get(f"{address}{place}", headers={"Sec-Fetch-Dest": "image"})
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "image/webp"
        assert response.headers["cache-control"] == "no-store"
        picture = Image.open(BytesIO(response.content))
        assert picture.format == "WEBP"
        return picture.convert("RGB")


@pytest.fixture
def teacher(stack: Stack) -> Iterator[Browser]:
    browser = Browser(stack, stack.token)
    yield browser
    browser.http.close()


def test_first_pages_come_and_look_as_they_were_chosen_to(stack: Stack, teacher: Browser) -> None:
    address, size = teacher.pictures(FIVE, format="pdf", look="standard")
    cover, lesson = teacher.look(address, 1), teacher.look(address, 2)
    assert cover.size == lesson.size == size == (700, 990)
    assert _coloured(cover) > 0.3, "a cover is filled with a colour"
    assert _coloured(lesson) < 0.3
    assert ImageChops.difference(teacher.look(address, 1), cover).getbbox() is None

    ink, _ = teacher.pictures(FIVE, format="pdf", look="ink")
    assert ink != address
    assert _coloured(teacher.look(ink, 1)) < 0.3, "this look saves ink"
    letter, smaller = teacher.pictures(FIVE, format="docx", paper="letter")
    assert teacher.look(letter, 1).size == smaller == (700, 906)

    stranger = Browser(stack, stack.other_token)
    assert stranger.http.get(f"{address}1").status_code == 404
    assert teacher.http.get(f"{address}3").status_code == 404
    assert httpx.get(f"{stack.api}{address}1").status_code in {303, 401}
    stranger.http.close()


def test_formats_without_pages_have_no_pictures(teacher: Browser) -> None:
    fields = {"item": FIVE, "options": "1", "parts": PART_NAMES, "format": ["csv", "html"]}
    page = teacher.http.get("/exports/new", params=fields)
    assert "Before you start" in page.text
    assert "/exports/previews/" not in page.text


def _coloured(picture: Image.Image) -> float:
    """The part of a picture that is neither nearly white nor nearly grey."""
    saturation = picture.convert("HSV").getchannel("S").histogram()
    return sum(saturation[64:]) / sum(saturation)
