"""Signing in at an OpenID Connect provider, and every way in which somebody else could be."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from activities.settings import SettingsError, from_environment
from tests.pages.small_provider import (
    CLIENT,
    LOGOUT,
    SECRET,
    STRANGERS_KEY,
    SmallProvider,
    small_provider,
)
from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import Api
from tests.services.export.test_api_operations import value
from web.auth.oidc_settings import oidc_settings

CALLBACK = "/sign-in/oidc/callback"


@pytest.fixture(scope="module")
def running() -> Iterator[SmallProvider]:
    with small_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def school(running: SmallProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service whose people sign in at the provider."""
    settings = {
        "EXPORT_OIDC_ISSUER": running.issuer,
        "EXPORT_OIDC_CLIENT_ID": CLIENT,
        "EXPORT_OIDC_CLIENT_SECRET": SECRET,
        "EXPORT_OIDC_ADMIN_CLAIM": "groups=export-admins",
        "EXPORT_OIDC_NAME": "North School",
    }
    with Api(tmp_path_factory.mktemp("oidc"), settings) as api:
        yield api


@pytest.fixture
def provider(running: SmallProvider) -> SmallProvider:
    """The provider, as it is when nothing is wrong."""
    fresh = SmallProvider()
    fresh.server_close()
    for name in ("metadata", "claims", "userinfo", "key", "algorithm", "headers", "broken"):
        setattr(running, name, getattr(fresh, name))
    running.redeemed.clear()
    return running


@pytest.fixture
def browser(school: Api) -> Iterator[Visitor]:
    with Visitor(school) as visitor:
        visitor.http.follow_redirects = False
        yield visitor


def begin(browser: Visitor, target: str = "/exports") -> str:
    """Press the button; where the service leads."""
    response = browser.http.get("/sign-in/oidc", params={"next": target})
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def come_back(browser: Visitor, **query: str) -> httpx.Response:
    return browser.http.get(CALLBACK, params=query)


def sign_in(browser: Visitor, provider: SmallProvider, target: str = "/exports") -> httpx.Response:
    return come_back(browser, **provider.sign_in(begin(browser, target)))


def is_signed_in(browser: Visitor) -> bool:
    return bool(browser.http.get("/exports").status_code == 200)


def test_the_way_there_asks_for_a_code_with_a_proof(browser: Visitor, school: Api) -> None:
    location = begin(browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT
    assert asked["redirect_uri"] == f"{school.url}{CALLBACK}"
    assert asked["code_challenge_method"] == "S256"
    assert {"openid"} <= set(asked["scope"].split(" "))
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert asked["state"] != asked["nonce"]


def test_who_signs_in_there_is_signed_in_here(browser: Visitor, provider: SmallProvider) -> None:
    provider.claims = {"sub": "ada-1", "name": "Ada Lovelace"}
    came = sign_in(browser, provider, "/exports?page=2")

    assert (came.status_code, came.headers["location"]) == (303, "/exports?page=2")
    page = Page(browser.http.get("/exports"))
    assert "Signed in as Ada Lovelace" in page.text
    assert page.texts("//header//nav//a") == [
        *("Content", "Exports", "Webhooks", "Schedules", "Settings")
    ], "and operates nothing"
    assert [name for name in browser.http.cookies if "oidc" in name] == []


def test_the_service_shows_its_secret_to_the_provider_alone(
    browser: Visitor, provider: SmallProvider
) -> None:
    provider.authorizations.clear()
    sign_in(browser, provider)
    provider.metadata = {}

    assert provider.authorizations[0].startswith("Basic ")
    assert "client_secret" not in provider.redeemed[0]
    assert len(provider.redeemed[0]["code_verifier"]) >= 43


def test_content_is_the_owners_that_the_claim_names_also_beside_the_token(
    running: SmallProvider, provider: SmallProvider, tmp_path: Path
) -> None:
    settings = {
        "EXPORT_OIDC_ISSUER": running.issuer,
        "EXPORT_OIDC_CLIENT_ID": CLIENT,
        "EXPORT_OIDC_OWNER_CLAIM": "teacher_id",
    }
    with Api(tmp_path, settings) as api, Visitor(api) as browser:
        browser.http.follow_redirects = False
        provider.userinfo = {"sub": "ada", "teacher_id": "teacher-7", "sid": "not from here"}
        assert sign_in(browser, provider).status_code == 303
        assert "teacher-7" in browser.http.get("/exports").text
        assert provider.redeemed[0]["client_id"] == CLIENT, "a public client says who it is"

        provider.userinfo = {"sub": "somebody else", "teacher_id": "teacher-8"}
        assert sign_in(browser, provider).status_code == 400


def test_who_has_the_claim_operates_the_service(browser: Visitor, provider: SmallProvider) -> None:
    for groups, status in (
        (["teachers", "export-admins"], 200),
        ("export-admins", 200),
        (["teachers"], 403),
        ("export-admins-not", 403),
        (None, 403),
    ):
        provider.claims = {"groups": groups, "name": "Grace"}
        assert sign_in(browser, provider).status_code == 303
        assert browser.http.get("/admin").status_code == status


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "/a\\b"]
)
def test_signing_in_there_leads_nowhere_else(
    browser: Visitor, provider: SmallProvider, target: str
) -> None:
    assert sign_in(browser, provider, target).headers["location"] == "/"


def test_a_long_way_back_is_given_up_rather_than_the_sign_in(
    browser: Visitor, provider: SmallProvider
) -> None:
    assert sign_in(browser, provider, "/exports?" + "x" * 6_000).headers["location"] == "/"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"iat": int(time.time()) + 86_400},
        {"iat": None},
        {"sub": None},
        {"sub": " ada"},
        {"sub": "x" * 300},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_signs_nobody_in(
    browser: Visitor, provider: SmallProvider, claims: dict[str, Any]
) -> None:
    provider.claims = {"name": "Ada", **claims}
    response = sign_in(browser, provider)

    assert response.status_code == 400, response.text
    assert "did not succeed" in Page(response).text
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    ("key", "algorithm", "headers"),
    [
        (STRANGERS_KEY, "RS256", {}),
        (STRANGERS_KEY, "RS256", {"kid": "unknown"}),
        (SECRET, "HS256", {}),
        ("", "none", {}),
    ],
)
def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(
    browser: Visitor,
    provider: SmallProvider,
    key: Any,
    algorithm: str,
    headers: dict[str, str],
) -> None:
    provider.key, provider.algorithm, provider.headers = key, algorithm, headers

    assert sign_in(browser, provider).status_code == 400
    assert not is_signed_in(browser)


def test_a_clock_that_is_a_little_late_is_forgiven(
    browser: Visitor, provider: SmallProvider
) -> None:
    provider.claims = {"iat": int(time.time()) + 30, "exp": int(time.time()) - 30}

    assert sign_in(browser, provider).status_code == 303


def test_a_response_belongs_to_the_browser_that_asked(
    browser: Visitor, provider: SmallProvider, school: Api
) -> None:
    response = provider.sign_in(begin(browser))
    with Visitor(school) as other:
        other.http.follow_redirects = False
        assert come_back(other, **response).status_code == 400
        begin(other)
        assert come_back(other, **response).status_code == 400
        assert not is_signed_in(other)
    assert provider.redeemed == [], "the code was not even shown to the provider"

    assert come_back(browser, **response).status_code == 303


def test_a_response_counts_once(browser: Visitor, provider: SmallProvider) -> None:
    location = begin(browser)
    kept = dict(browser.http.cookies)
    response = provider.sign_in(location)
    assert come_back(browser, **response).status_code == 303
    assert come_back(browser, **response).status_code == 400

    browser.http.cookies.clear()
    browser.http.cookies.update(kept)

    assert come_back(browser, **response).status_code == 400, "the provider knows its codes"
    assert not is_signed_in(browser)


def test_two_tabs_may_sign_in_at_once(browser: Visitor, provider: SmallProvider) -> None:
    first, second = begin(browser, "/exports"), begin(browser, "/exports?page=2")

    assert come_back(browser, **provider.sign_in(first)).headers["location"] == "/exports"
    again = come_back(browser, **provider.sign_in(second))
    assert again.headers["location"] == "/exports?page=2"


@pytest.mark.parametrize(
    "change",
    [
        {"state": "x" * 43},
        {"state": ""},
        {"code": "forged"},
        {"code": ""},
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"error": "access_denied"},
        {"error": "access_denied", "code": ""},
    ],
)
def test_a_response_that_was_changed_signs_nobody_in(
    browser: Visitor, provider: SmallProvider, change: dict[str, str]
) -> None:
    response = provider.sign_in(begin(browser))

    assert come_back(browser, **response | change).status_code == 400
    assert not is_signed_in(browser)


def test_a_state_that_shares_its_beginning_is_another(
    browser: Visitor, provider: SmallProvider
) -> None:
    response = provider.sign_in(begin(browser))

    changed = response["state"][:-1] + ("A" if response["state"][-1] != "A" else "B")
    assert come_back(browser, **response | {"state": changed}).status_code == 400


def test_a_cookie_that_was_changed_is_none(browser: Visitor, provider: SmallProvider) -> None:
    response = provider.sign_in(begin(browser))
    [(name, sealed)] = [pair for pair in browser.http.cookies.items() if "oidc" in pair[0]]
    text, _, mac = sealed.strip('"').partition(".")
    browser.http.cookies.clear()
    for forged in (f"{text[:-4]}AAAA.{mac}", f"{text}.{'0' * 64}", text, "", "."):
        browser.http.cookies.set(name, forged, domain="127.0.0.1")
        assert come_back(browser, **response).status_code == 400


def test_a_provider_that_does_not_respond_is_said_to(
    browser: Visitor, provider: SmallProvider, school: Api
) -> None:
    before = {name: sign_ins(school, name) for name in ("accepted", "refused", "failed")}
    provider.broken = 500
    response = sign_in(browser, provider)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    provider.broken = 400
    assert sign_in(browser, provider).status_code == 400
    provider.broken = 0
    assert sign_in(browser, provider).status_code == 303

    after = {name: sign_ins(school, name) for name in before}
    assert {name: after[name] - before[name] for name in before} == {
        "accepted": 1,
        "refused": 1,
        "failed": 1,
    }


def sign_ins(api: Api, outcome: str) -> float:
    return value(api, "export_sign_ins_total", via="oidc", outcome=outcome)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://evil.example/keys"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_says_it_is_another_leads_nowhere(
    provider: SmallProvider, tmp_path: Path, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    settings = {"EXPORT_OIDC_ISSUER": provider.issuer, "EXPORT_OIDC_CLIENT_ID": CLIENT}
    with Api(tmp_path, settings) as api, api.client() as client:
        assert client.get("/sign-in/oidc").status_code == 503


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"EXPORT_OIDC_ISSUER": "http://idp.example"}, "https"),
        ({"EXPORT_OIDC_ISSUER": "idp.example"}, "EXPORT_OIDC_ISSUER"),
        ({"EXPORT_OIDC_CLIENT_ID": ""}, "EXPORT_OIDC_CLIENT_ID"),
        ({"EXPORT_OIDC_ADMIN_CLAIM": "groups"}, "EXPORT_OIDC_ADMIN_CLAIM"),
    ],
)
def test_a_provider_that_is_half_set_up_is_refused(changed: dict[str, str], says: str) -> None:
    good = {"EXPORT_OIDC_ISSUER": "https://idp.example", "EXPORT_OIDC_CLIENT_ID": CLIENT}
    assert oidc_settings(from_environment(good)) is not None
    with pytest.raises(SettingsError, match=says):
        oidc_settings(from_environment(good | changed))


def test_without_a_provider_there_is_no_such_page(api: Api) -> None:
    with Visitor(api) as browser:
        assert browser.get("/sign-in/oidc").status == 404
        assert browser.get(CALLBACK, state="x").status in {400, 404}
        assert browser.send("/sign-in/oidc/logout", {"logout_token": "x"}).status == 404


def test_the_pages_offer_what_there_is(school: Api, api: Api, owner: str) -> None:
    with Visitor(school) as at_school, Visitor(api) as elsewhere:
        first, sign_in_page = at_school.get("/"), at_school.get("/sign-in?next=/exports")
        assert "Take your courses with you" in first.texts("//h1")
        assert len(first.find("//main//img")) == 3
        for source in first.find("//main//img/@src"):
            assert at_school.http.get(source).headers["content-type"] == "image/webp"
        assert "Sign in with North School" in first.text
        assert sign_in_page.find("//a[@href='/sign-in/oidc?next=/exports']")
        assert "North School" not in elsewhere.get("/").text
        assert elsewhere.get("/sign-in").find("//details[@open]//textarea")


# --- Signing out ---


def test_signing_out_here_offers_to_sign_out_there(
    browser: Visitor, provider: SmallProvider
) -> None:
    sign_in(browser, provider)
    form = Page(browser.http.get("/exports")).form("/sign-out")
    left = browser.post("/sign-out", form)
    page = Page(browser.http.get(left.headers["location"]))
    [link] = page.find("//a[contains(text(), 'Sign out at North School too')]/@href")

    assert browser.http.get(link).headers["location"] == (
        f"{provider.issuer}/leave?client_id={CLIENT}"
    )
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ({"sid": "session-1", "sub": "ada"}, True),
        ({"sid": "session-1", "sub": None}, True),
        ({"sub": "ada"}, True),
        ({"sid": "session-2", "sub": "ada"}, False),
        ({"sub": "grace"}, False),
    ],
)
def test_who_signs_out_there_is_signed_out_here(
    browser: Visitor, provider: SmallProvider, said: dict[str, Any], ends: bool
) -> None:
    provider.claims = {"sid": "session-1"}
    sign_in(browser, provider)
    assert is_signed_in(browser)

    response = httpx.post(
        f"{browser.http.base_url}/sign-in/oidc/logout",
        data={"logout_token": provider.logout_token(**said)},
    )

    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert is_signed_in(browser) is not ends


@pytest.mark.parametrize(
    "claims",
    [
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.example/other": {}}},
        {"events": {LOGOUT: "yes"}},
        {"nonce": "n"},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"jti": None},
        {"iat": int(time.time()) - 3600},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
        {"sub": 7},
    ],
)
def test_a_forged_logout_ends_nothing(
    browser: Visitor, provider: SmallProvider, claims: dict[str, Any]
) -> None:
    sign_in(browser, provider)
    forged = [provider.logout_token(**claims), "garbage", ""]
    provider.key = STRANGERS_KEY
    forged.append(provider.logout_token())

    for each in forged:
        response = browser.http.post("/sign-in/oidc/logout", data={"logout_token": each})
        assert response.status_code == 400
    assert is_signed_in(browser)


def test_a_token_that_signs_in_is_none_that_signs_out(
    browser: Visitor, provider: SmallProvider
) -> None:
    sign_in(browser, provider)

    for each in (provider.token(nonce="n"), provider.token()):
        response = browser.http.post("/sign-in/oidc/logout", data={"logout_token": each})
        assert response.status_code == 400
    assert is_signed_in(browser)
