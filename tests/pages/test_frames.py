"""Pages show themselves in frames of the listed origins alone, with a cookie of the frame's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.settings import SettingsError
from tests.pages.test_sign_in_links import make
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api, owner_id
from web.http.framing import frame_ancestors

LISTED = ("https://learn.example.org", "https://moodle.example.org:8443")
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = {"EXPORT_FRAME_ANCESTORS": ", ".join(LISTED)}
    with Api(tmp_path_factory.mktemp("framed"), settings) as running:
        yield running


def ancestors(visitor: Visitor, path: str) -> str:
    """Who may frame a page, after its headers."""
    response = visitor.http.get(path)
    listed = response.headers["content-security-policy"].partition("frame-ancestors ")[2]
    # Old browsers know this one alone.
    assert ("x-frame-options" in response.headers) == (listed == "'none'")
    return listed


def test_listed_origins_may_frame_pages_and_nothing_that_a_click_could_be_stolen_for(
    framed: Api,
) -> None:
    owner = owner_id()
    link = make(framed, owner)
    with Visitor(framed, owner, "export:read export:write export:admin") as visitor:
        open_pages = ("/", "/exports", "/exports/new", link, "/exports/nothing")
        closed = (
            *("/sign-in", "/admin", "/admin/jobs", "/admin/audit", "/docs", "/health/live"),
            *("/exports/x/delete", "/exports/x/share", "/exports/x/shares", "/s/code"),
        )

        assert {ancestors(visitor, path) for path in open_pages} == {" ".join(LISTED)}
        assert {path: ancestors(visitor, path) for path in closed} == dict.fromkeys(
            closed, "'none'"
        )


def test_nobody_may_frame_anything_unless_it_is_set(api: Api, visitor: Visitor) -> None:
    assert {ancestors(visitor, path) for path in ("/", "/exports", "/sign-in")} == {"'none'"}


@pytest.mark.parametrize(
    "text",
    [
        *("*", "https://*", "https://*.example.org", "http://learn.example.org", "'self'"),
        *("https://learn.example.org/", "https://learn.example.org/path", "learn.example.org"),
        *("https:", "data:", "https://a.example;script-src", "https://u:p@a.example", "null"),
    ],
)
def test_only_origins_of_https_are_taken(text: str) -> None:
    with pytest.raises(SettingsError, match="EXPORT_FRAME_ANCESTORS"):
        frame_ancestors(f"https://good.example, {text}")


def test_origins_of_this_machine_need_no_tls() -> None:
    assert frame_ancestors("HTTP://localhost:3000,").origins == ("http://localhost:3000",)


def test_a_service_with_a_wrong_list_does_not_start(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="EXPORT_FRAME_ANCESTORS"),
        Api(tmp_path, {"EXPORT_FRAME_ANCESTORS": "*"}),
    ):
        pass


def test_a_link_opened_in_a_frame_signs_in_there_alone(framed: Api) -> None:
    owner = owner_id()
    with Visitor(framed) as visitor:
        visitor.http.follow_redirects = False
        code = make(framed, owner).removeprefix("/enter/")
        came = visitor.post("/enter", {"code": code}, **FRAME)
        header = came.headers["set-cookie"]
        cookie = {"Cookie": header.partition(";")[0]}

        assert header.startswith("__Host-export_frame=")
        assert {"Secure", "HttpOnly", "SameSite=none", "Partitioned", "Path=/"} <= set(
            header.split("; ")
        )
        in_frame = visitor.http.get("/exports", headers={**cookie, **FRAME})
        foreign = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
        opened = visitor.http.get("/exports", headers={**cookie, **foreign})
        assert owner in in_frame.text
        assert owner in opened.text
        for headers in (
            {},
            {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"},
        ):
            outside = visitor.http.get("/exports", headers={**cookie, **headers})
            assert owner not in outside.text
        # Scripts and pictures of the pages themselves, such as those of first pages.
        for wanted in ("empty", "image"):
            own = {"Sec-Fetch-Dest": wanted, "Sec-Fetch-Site": "same-origin"}
            assert owner in visitor.http.get("/exports", headers={**cookie, **own}).text


def test_signing_out_in_a_frame_leaves_the_other_window_signed_in(framed: Api) -> None:
    owner = owner_id()
    with Visitor(framed, owner) as visitor:
        tab = f"export_session={visitor.cookie()}"
        visitor.http.cookies.clear()
        visitor.http.follow_redirects = False
        code = make(framed, owner).removeprefix("/enter/")
        came = visitor.post("/enter", {"code": code}, **FRAME)
        frame = came.headers["set-cookie"].partition(";")[0]
        shown = visitor.http.get("/exports", headers={"Cookie": frame, **FRAME})
        key = shown.text.partition('name="form_key" value="')[2].partition('"')[0]

        left = visitor.post("/sign-out", {"form_key": key}, Cookie=frame, **FRAME)

        assert left.status_code == 303
        again = visitor.http.get("/exports", headers={"Cookie": frame, **FRAME})
        assert owner not in again.text
        assert owner in visitor.http.get("/exports", headers={"Cookie": tab}).text


def test_who_is_not_signed_in_is_led_out_of_the_frame(framed: Api) -> None:
    with Visitor(framed) as visitor:
        visitor.http.follow_redirects = False
        shown = visitor.http.get("/exports?page=2", headers=FRAME)

    assert shown.status_code == 200
    assert 'target="_blank"' in shown.text
    assert "/exports?page=2" in shown.text
