"""A provider of others, npm's `oidc-provider`, signs people in and out."""

import json
import subprocess
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest

from scripts.dev.ports import free_ports
from tests.judges.tools import HERE, installed, npm_packages
from tests.pages.visitor import Page
from tests.services.export.api_kit import Api
from tests.waiting import eventually

pytestmark = pytest.mark.judges

_SECRET = "a secret of the service at the provider"


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/.well-known/openid-configuration").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module", params=[_SECRET, ""], ids=["confidential", "public"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, str]]:
    """A service and the provider by which people sign in; it knows us with or without a secret."""
    secret = request.param
    directory = tmp_path_factory.mktemp("oidc")
    [port] = free_ports(1)
    issuer = f"http://localhost:{port}"
    settings = {
        "EXPORT_OIDC_ISSUER": issuer,
        "EXPORT_OIDC_CLIENT_ID": "exports",
        "EXPORT_OIDC_CLIENT_SECRET": secret,
    }
    api = Api(directory, settings)
    client = {
        "client_id": "exports",
        "redirect_uris": [f"{api.url}/sign-in/oidc/callback"],
        "backchannel_logout_uri": f"{api.url}/sign-in/oidc/logout",
        "backchannel_logout_session_required": True,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        **({"client_secret": secret} if secret else {"token_endpoint_auth_method": "none"}),
    }
    packages = npm_packages(HERE / "oidc" / "package-lock.json", "oidc")
    command = [installed("node"), HERE / "oidc" / "provider.mjs", packages, issuer]
    log = directory / "provider.log"
    with log.open("wb") as output:
        provider = subprocess.Popen(
            [*map(str, command), json.dumps(client)], stdout=output, stderr=output
        )
    try:
        eventually(lambda: _answers(issuer), 180, otherwise=log.read_text)
        with api:
            yield api, issuer
    finally:
        provider.terminate()
        provider.wait(30)


def _press(browser: httpx.Client, response: httpx.Response, **fields: str) -> httpx.Response:
    """Send the form of a page of the provider."""
    [form] = Page(response).root.forms
    action = urljoin(str(response.url), form.get("action"))
    return browser.post(action, data={**dict(form.form_values()), **fields})


def _sign_in(browser: httpx.Client, api: Api) -> httpx.Response:
    asked = browser.get(f"{api.url}/sign-in/oidc", params={"next": "/exports?page=1"})
    consent = _press(browser, asked, login="teacher-1", password="any")
    return _press(browser, consent)


def test_somebody_signs_in_by_it_and_out_again(service: tuple[Api, str]) -> None:
    api, issuer = service
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        came = _sign_in(browser, api)

        assert str(came.url) == f"{api.url}/exports?page=1", came.text
        assert "Signed in as Ada Lovelace" in Page(came).text
        [callback] = [each.url for each in came.history if each.url.path.endswith("/callback")]
        assert {"code", "state", "iss"} <= set(callback.params)
        assert browser.get(callback).status_code == 400, "it counts once"

        leaving = browser.get(f"{issuer}/session/end", params={"client_id": "exports"})
        _press(browser, leaving, logout="yes")

        ended = browser.get(f"{api.url}/exports")
        assert ended.url.path == "/sign-in"
        assert "Your sign-in has ended" in Page(ended).alert


def test_a_code_that_the_provider_does_not_know_signs_nobody_in(
    service: tuple[Api, str],
) -> None:
    api, issuer = service
    with httpx.Client(timeout=30) as browser:
        asked = browser.get(f"{api.url}/sign-in/oidc")
        state = httpx.URL(asked.headers["location"]).params["state"]
        query = {"code": "forged", "state": state, "iss": issuer}

        assert browser.get(f"{api.url}/sign-in/oidc/callback", params=query).status_code == 400
