"""Signing in with a token, and out again."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import READ, WRITE, Api, token


def test_a_token_opens_the_pages(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        assert visitor.get("/").path == "/sign-in"

        page = visitor.sign_in(token(owner))

        assert (page.status, page.path) == (200, "/")
        assert owner in page.text


def test_what_was_broken_by_copying_is_taken(api: Api, owner: str) -> None:
    pasted = token(owner)
    with Visitor(api) as visitor:
        page = visitor.sign_in(f"  Bearer {pasted[:40]}\n{pasted[40:]}\n")

        assert page.path == "/"
        assert visitor.cookie() == pasted


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        visitor.http.follow_redirects = False
        header = visitor.post("/sign-in", {"token": token(owner)}).headers["set-cookie"]

    attributes = [each.strip().lower() for each in header.split(";")]
    assert attributes[0].startswith("export_session=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
    assert "secure" not in attributes, "over plain HTTP no browser would keep it"
    (age,) = [int(each.split("=")[1]) for each in attributes if each.startswith("max-age")]
    assert 500 < age <= 600, "as long as the token"


def test_over_tls_the_cookie_is_for_tls_and_this_host_alone(tmp_path: Path, owner: str) -> None:
    with (
        Api(tmp_path, {"EXPORT_PUBLIC_URL": "https://exports.example"}) as api,
        Visitor(api) as visitor,
    ):
        visitor.http.follow_redirects = False
        response = visitor.post(
            "/sign-in", {"token": token(owner)}, Origin="https://exports.example"
        )

        assert response.status_code == 303
        header = response.headers["set-cookie"].lower()
        assert header.startswith("__host-export_session=")
        assert "secure" in header
        assert "domain" not in header


def test_over_tls_a_cookie_that_another_host_could_set_signs_nobody_in(
    tmp_path: Path, owner: str
) -> None:
    names = ("export_session", "__Host-export_session")
    with (
        Api(tmp_path, {"EXPORT_PUBLIC_URL": "https://exports.example"}) as api,
        Visitor(api) as visitor,
    ):
        found = [
            visitor.http.get("/exports", headers={"Cookie": f"{name}={token(owner)}"}).url.path
            for name in names
        ]

    assert found == ["/sign-in", "/exports"]


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"exp": int(time.time()) - 10}, "The token has expired."),
        ({"iss": "somebody"}, "The token is not valid."),
        ({"sub": None}, "The token is not valid."),
    ],
)
def test_a_token_that_is_worth_nothing_is_refused_with_a_word(
    api: Api, owner: str, claims: dict[str, Any], says: str
) -> None:
    with Visitor(api) as visitor:
        page = visitor.sign_in(token(owner, **claims))

        assert page.status == 401
        assert page.alert.startswith(says)
        assert "new token" in page.alert, "and what to do"
        assert not visitor.http.cookies


@pytest.mark.parametrize("pasted", ["", "garbage", "a.b", "a.b.c.d", "é.b.c", "a;b.c.d", "a.b.c"])
def test_what_is_no_token_is_said_to_be_none(api: Api, pasted: str) -> None:
    with Visitor(api) as visitor:
        page = visitor.sign_in(pasted)

        assert page.status in {400, 401}
        assert page.alert
        assert not visitor.http.cookies


def test_a_token_that_no_browser_would_keep_is_refused_with_a_word(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        page = visitor.sign_in(token(owner, claim="x" * 4000))

        assert page.status == 400
        assert "longer than browsers can keep" in page.alert


def test_a_token_that_may_not_read_opens_nothing(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        page = visitor.sign_in(token(owner, WRITE))

        assert page.status == 403
        assert READ in page.alert
        assert not visitor.http.cookies


def test_an_expired_sign_in_leads_back_to_where_one_was(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        expired = token(owner, exp=int(time.time()) - 1)
        visitor.http.cookies.set("export_session", expired, domain="127.0.0.1")

        page = visitor.get("/exports?status=completed")

        assert page.path == "/sign-in"
        assert "expired" in page.alert
        assert not visitor.http.cookies

        fields = page.form("/sign-in") | {"token": [token(owner)]}
        back = visitor.http.post("/sign-in", data=fields, headers={"Origin": api.url})
        assert str(back.url) == f"{api.url}/exports?status=completed"


def test_a_link_on_another_site_leads_to_the_page_that_it_names(
    api: Api, owner: str, visitor: Visitor
) -> None:
    # Such a request comes without the cookie, whoever is signed in.
    visitor.http.cookies.clear()
    response = visitor.http.get("/exports?status=failed", headers={"Sec-Fetch-Site": "cross-site"})

    page = Page(response)
    assert page.status == 200
    assert page.find("//meta[@http-equiv='refresh']/@content") == ["0;url=/exports?status=failed"]
    again = visitor.http.get("/exports?status=failed", headers={"Sec-Fetch-Site": "same-origin"})
    assert again.url.path == "/sign-in", "and no further when nobody is signed in"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/a\\b",
    ],
)
def test_signing_in_leads_nowhere_else(api: Api, owner: str, target: str) -> None:
    with Visitor(api) as visitor:
        visitor.http.follow_redirects = False
        response = visitor.post("/sign-in", {"token": token(owner), "next": target})

        assert response.headers["location"] == "/"


def test_signing_out_forgets_the_token(visitor: Visitor) -> None:
    page = visitor.send("/sign-out", visitor.get("/").form("/sign-out"))

    assert page.path == "/sign-in"
    assert page.alert == ""
    assert any("stays valid until it expires" in text for text in page.texts("//*[@role='status']"))
    assert not visitor.http.cookies
    assert visitor.get("/exports").path == "/sign-in"
