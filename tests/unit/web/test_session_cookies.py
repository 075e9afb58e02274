"""Which cookie counts where: of a tab of one's own, or of a frame in another site's page."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from litestar import Litestar
from litestar.testing import RequestFactory

from web.http.app_state import AnyConnection, hold
from web.http.session_cookies import (
    is_framed,
    no_cookies,
    replaced_session,
    session_cookie,
    session_ids,
)
from web.http.urls import PublicUrl

TAB, FRAME = "tab-id", "frame-id"
NAMES = {
    "http://127.0.0.1:8000": ("export_session", "__Host-export_frame"),
    "https://e.example": ("__Host-export_session", "__Host-export_frame"),
    "https://e.example/x": ("__Secure-export_session", "__Secure-export_frame"),
}


def connection(
    headers: Mapping[str, str], url: str = "https://e.example", *, cookies: bool = True
) -> AnyConnection:
    app = Litestar()
    hold(app.state, PublicUrl(url, host="127.0.0.1", port=8000))
    tab, frame = NAMES[url]
    sent = {"Cookie": f"{tab}={TAB}; {frame}={FRAME}"} if cookies else {}
    return RequestFactory(app=app).get("/", headers={**headers, **sent})


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({}, [TAB]),
        ({"Sec-Fetch-Dest": "document"}, [TAB]),
        ({"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}, [TAB]),
        ({"Sec-Fetch-Dest": "iframe"}, [FRAME, TAB]),
        ({"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}, [FRAME, TAB]),
        ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}, [TAB, FRAME]),
        ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "cross-site"}, [TAB]),
        ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-site"}, [TAB]),
        ({"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "same-origin"}, [TAB, FRAME]),
        ({"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"}, [TAB]),
        ({"Sec-Fetch-Dest": "script", "Sec-Fetch-Site": "same-origin"}, [TAB]),
    ],
)
def test_a_frames_cookie_counts_in_frames_alone(headers: dict[str, str], counts: list[str]) -> None:
    assert session_ids(connection(headers)) == counts


@pytest.mark.parametrize("url", NAMES)
def test_each_place_has_its_names_and_path(url: str) -> None:
    tab, frame = NAMES[url]
    top = session_cookie(connection({}, url), "new", timedelta(hours=1)).to_header()
    framed = session_cookie(
        connection({"Sec-Fetch-Dest": "iframe"}, url), "new", timedelta(hours=1)
    ).to_header()
    path = "/x/" if url.endswith("/x") else "/"

    assert top.startswith(f"Set-Cookie: {tab}=new;")
    assert framed.startswith(f"Set-Cookie: {frame}=new;")
    for header, expected in (
        (top, {"SameSite=strict", *(["Secure"] if url.startswith("https") else [])}),
        (framed, {"SameSite=none", "Secure", "Partitioned"}),
    ):
        attributes = set(header.split("; ")[1:])
        assert expected | {"HttpOnly", f"Path={path}", f"Max-Age={25 * 3600}"} == attributes


def test_a_new_session_takes_the_place_of_its_own_kind() -> None:
    assert replaced_session(connection({})) == TAB
    assert replaced_session(connection({"Sec-Fetch-Dest": "iframe"})) == FRAME
    assert replaced_session(connection({}, cookies=False)) == ""
    assert is_framed(connection({"Sec-Fetch-Dest": "iframe"}))


def test_what_came_is_taken_away() -> None:
    assert [each.key for each in no_cookies(connection({}))] == ["__Host-export_session"]
    framed = connection({"Sec-Fetch-Dest": "iframe"})
    assert [each.key for each in no_cookies(framed)] == [
        "__Host-export_session",
        "__Host-export_frame",
    ]
    assert no_cookies(connection({}, cookies=False)) == []
