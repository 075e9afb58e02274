"""Signing in with a token, and out again."""

import time
from pathlib import Path
from typing import Any

import pytest

from activities.jobs.audit import Action
from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import READ, WRITE, Api, token
from tests.services.export.test_api_audit import audited
from tests.services.export.test_api_operations import value
from tests.waiting import eventually


def test_a_token_opens_the_pages(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        assert visitor.get("/exports").path == "/sign-in"

        page = visitor.sign_in(token(owner))

        assert (page.status, page.path) == (200, "/")
        assert owner in page.text


def test_what_was_broken_by_copying_is_taken(api: Api, owner: str) -> None:
    pasted = token(owner)
    with Visitor(api) as visitor:
        page = visitor.sign_in(f"  Bearer {pasted[:40]}\n{pasted[40:]}\n")

        assert (page.path, page.status) == ("/", 200)
        assert owner in page.text


def test_the_cookie_holds_a_random_id_and_nothing_of_the_token(api: Api, owner: str) -> None:
    bearer = token(owner)
    found = []
    for _ in range(2):
        with Visitor(api) as visitor:
            visitor.sign_in(bearer)
            found.append(visitor.cookie())

    assert found[0] != found[1]
    assert {len(each) for each in found} == {43}, "256 bits"


def test_who_signs_in_again_leaves_the_old_session_behind(api: Api, owner: str) -> None:
    with Visitor(api, owner) as visitor, Visitor(api) as other:
        old = visitor.cookie()
        visitor.sign_in(token(owner))
        other.http.cookies.set("export_session", old, domain="127.0.0.1")

        assert visitor.cookie() != old
        assert other.get("/exports").path == "/sign-in"
        assert visitor.get("/exports").path == "/exports"


def test_a_page_says_what_its_reader_is_called(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        page = visitor.sign_in(token(owner, name="Ada Lovelace"))

        assert "Signed in as Ada Lovelace" in page.text


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        visitor.http.follow_redirects = False
        header = visitor.post("/sign-in", {"token": token(owner)}).headers["set-cookie"]

    attributes = [each.strip().lower() for each in header.split(";")]
    assert attributes[0].startswith("export_session=")
    assert {"httponly", "samesite=strict", "path=/"} <= set(attributes)
    assert "secure" not in attributes, "over plain HTTP no browser would keep it"
    (age,) = [int(each.split("=")[1]) for each in attributes if each.startswith("max-age")]
    assert 500 < age - 86_400 <= 600, "a day longer than the token, to be told of its end"


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
    names = ("export_session", "__Secure-export_session", "__Host-export_session")
    with (
        Api(tmp_path, {"EXPORT_PUBLIC_URL": "https://exports.example"}) as api,
        Visitor(api) as visitor,
    ):
        visitor.http.follow_redirects = False
        came = visitor.post("/sign-in", {"token": token(owner)}, Origin="https://exports.example")
        value = came.headers["set-cookie"].partition("=")[2].partition(";")[0]
        found = [
            visitor.http.get("/exports", headers={"Cookie": f"{name}={value}"}).status_code
            for name in names
        ]

    assert found == [303, 303, 200]


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


def test_a_token_may_be_longer_than_a_cookie(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        assert visitor.sign_in(token(owner, claim="x" * 4000)).path == "/"


def test_a_token_that_may_not_read_opens_nothing(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        page = visitor.sign_in(token(owner, WRITE))

        assert page.status == 403
        assert READ in page.alert
        assert not visitor.http.cookies


def test_an_expired_sign_in_leads_back_to_where_one_was(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        visitor.sign_in(token(owner, exp=int(time.time()) + 1))
        eventually(lambda: visitor.http.head("/exports").url.path == "/sign-in", 10)
        assert not visitor.http.cookies, "it is said once"
        visitor.sign_in(token(owner, exp=int(time.time()) + 1))
        time.sleep(1)

        page = visitor.get("/exports?status=completed")

        assert page.path == "/sign-in"
        assert "Your sign-in has ended" in page.alert
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


def test_a_session_lasts_no_longer_than_is_set(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path, {"EXPORT_SESSION_SECONDS": "1"}) as api, Visitor(api, owner) as visitor:
        time.sleep(1)

        assert visitor.get("/exports").alert.startswith("Your sign-in has ended")


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(
    api: Api, visitor: Visitor
) -> None:
    stolen = visitor.cookie()
    page = visitor.send("/sign-out", visitor.get("/").form("/sign-out"))

    assert page.path == "/sign-in"
    assert page.alert == ""
    assert any("stays valid until it expires" in text for text in page.texts("//*[@role='status']"))
    assert not visitor.http.cookies
    assert visitor.get("/exports").path == "/sign-in"
    with Visitor(api) as thief:
        thief.http.cookies.set("export_session", stolen, domain="127.0.0.1")
        assert thief.get("/exports").path == "/sign-in"


def test_who_comes_and_goes_is_in_the_audit_log_and_counted(api: Api, owner: str) -> None:
    before = signed_in_by_token(api)
    with Visitor(api, owner) as visitor:
        visitor.send("/sign-out", visitor.get("/").form("/sign-out"))
        visitor.sign_in("garbage")

    noted = audited(api, actor=owner)
    assert [(entry.action, entry.via) for entry in noted] == [
        (Action.SIGNED_IN, "token"),
        (Action.SIGNED_OUT, "token"),
    ]
    assert all(entry.request_id for entry in noted)
    after = signed_in_by_token(api)
    assert [after[outcome] - before[outcome] for outcome in ("accepted", "refused")] == [1, 1]


def signed_in_by_token(api: Api) -> dict[str, float]:
    """How many sign-ins by token there were, by outcome."""
    return {
        outcome: value(api, "export_sign_ins_total", via="token", outcome=outcome)
        for outcome in ("accepted", "refused")
    }
