"""On the page of an export its file is shared, opened, kept on, and removed."""

import httpx
import pytest

from tests.pages.visitor import Visitor
from tests.services.export.api_kit import READ, Api, owner_id

DATA = b"The exported text."


def test_a_file_is_handed_out_and_taken_back(api: Api, owner: str, visitor: Visitor) -> None:
    job_id = api.add_file(owner, DATA)
    form = visitor.get(f"/exports/{job_id}").form(f"/exports/{job_id}/shares")
    assert form["days"] == ["7"]
    page = visitor.send(
        f"/exports/{job_id}/shares", form | {"name": ["Class 9b"], "downloads": ["1"]}
    )

    assert (page.status, page.path) == (200, f"/exports/{job_id}")
    [link] = page.find("//section[@id='hand-out']//input[@class='link']/@value")
    assert page.find("//button/@data-copy") == [link]
    assert "Class 9b" in page.text
    assert "Downloads: 0 of 1" in page.text
    assert httpx.get(f"{link}/file").content == DATA
    assert "Used up" in visitor.get(f"/exports/{job_id}").text

    [end] = [
        form.get("action") for form in page.root.forms if str(form.get("action")).endswith("/end")
    ]
    ended = visitor.send(end, page.form(end))
    assert "Ended" in ended.text
    assert ended.find("//button/@data-copy") == []
    assert httpx.get(link).status_code == 410


def test_a_file_is_kept_on_and_deleted(api: Api, owner: str, visitor: Visitor) -> None:
    job_id = api.add_file(owner, DATA)
    for action, said in (("pin", "until further notice"), ("unpin", "Keep until further notice")):
        page = visitor.get(f"/exports/{job_id}")
        place = f"/exports/{job_id}/{action}"
        assert said in visitor.send(place, page.form(place)).text
    place = f"/exports/{job_id}/delete"
    gone = visitor.send(place, visitor.get(f"/exports/{job_id}").form(place))
    assert "Expired" in gone.text
    assert gone.find("//section[@id='hand-out']") == []
    assert visitor.get(f"/exports/{job_id}/download").status == 410


def test_who_may_only_read_is_offered_nothing_to_hand_out(api: Api, owner: str) -> None:
    job_id = api.add_file(owner, DATA)
    with Visitor(api, owner, READ) as reader:
        page = reader.get(f"/exports/{job_id}")
        assert page.find("//section[@id='hand-out']") == []
        assert "Delete the file" not in page.text


def test_what_browsers_cannot_show_safely_is_not_opened(
    api: Api, owner: str, visitor: Visitor
) -> None:
    assert visitor.get(f"/exports/{api.add_file(owner, DATA)}/open").status == 404


@pytest.mark.parametrize("action", ["shares", "delete", "pin", "unpin"])
def test_anothers_file_looks_like_none(api: Api, visitor: Visitor, action: str) -> None:
    own = api.add_file(owner_id(), DATA)
    key = visitor.get("/exports").form_key()
    assert visitor.send(f"/exports/{own}/{action}", {"form_key": key, "days": "1"}).status == 404
