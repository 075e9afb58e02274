"""Coming from a learning platform by LTI 1.3."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import Connection, select

from activities.common.database import Database
from activities.people.schema import lti_nonces, web_sessions
from tests.security.key_server import KeyServer, key_server
from tests.security.lti_platform import CLIENT, ISSUER, LEARNER, TEACHER, Keys, Signer, claims
from tests.services.export.api_kit import Api

ONE, OTHER = Signer("key-1"), Signer("key-1")
ROLES = "http://purl.imsglobal.org/vocab/lis/v2/"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
FRAME = {"Sec-Fetch-Dest": "iframe"}


class Site(NamedTuple):
    """The service, and the platforms' keys."""

    api: Api
    keys: Keys
    server: KeyServer

    def begin(self, browser: httpx.Client, **changes: Any) -> dict[str, str]:
        """Begin a launch; what the platform is asked."""
        asked = {
            "iss": ISSUER,
            "client_id": CLIENT,
            "login_hint": "hint",
            "target_link_uri": f"{self.api.url}/",
            "lti_deployment_id": "deployment-1",
            "lti_message_hint": "message",
        } | changes
        given = {name: value for name, value in asked.items() if value is not None}
        answer = browser.post("/lti/login", data=given)
        assert answer.status_code == 303, answer.text
        location = urlsplit(answer.headers["location"])
        assert (
            f"{location.scheme}://{location.netloc}{location.path}" == "https://school.example/auth"
        )
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    def token(self, asked: dict[str, str], signer: Signer = ONE, **changes: Any) -> str:
        return signer.sign(claims(asked["nonce"], f"{self.api.url}/", **changes))


def launch(
    browser: httpx.Client, asked: dict[str, str], token: str, **headers: str
) -> httpx.Response:
    form = {"state": asked["state"], "id_token": token}
    return browser.post(
        "/lti/launch", data=form, headers={"Sec-Fetch-Site": "cross-site", **headers}
    )


def refused(answer: httpx.Response) -> str:
    """What the page says of a launch that was not taken."""
    assert answer.status_code == 400, answer.text
    assert "session" not in answer.headers.get("set-cookie", "")
    return answer.text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("lti")
    keys = Keys(ONE)
    with key_server(keys) as server:
        platforms = directory / "platforms.toml"
        common = f'auth_url = "https://school.example/auth"\njwks_url = "{server.url}"\n'
        platforms.write_text(
            f'[[platform]]\nname = "school"\nissuer = "{ISSUER}"\nclient_id = "{CLIENT}"\n'
            f'{common}deployments = ["deployment-1", "deployment-2"]\n'
            f'[[platform]]\nname = "college"\nissuer = "https://college.example"\n'
            f'client_id = "{CLIENT}"\n{common}deployments = ["*"]\n'
            'owner_claim = "custom.owner"\nowner_prefix = ""\n'
        )
        with Api(directory / "api", {"EXPORT_LTI_PLATFORMS": str(platforms)}) as api:
            yield Site(api, keys, server)


@pytest.fixture
def browser(site: Site) -> Iterator[httpx.Client]:
    # It keeps cookies as a browser on https would: `Secure` ones as well.
    with Browser(site.api.url) as client:
        yield client


class Browser(httpx.Client):
    """Keeps cookies whatever their attributes are."""

    def __init__(self, url: str) -> None:
        super().__init__(base_url=url, timeout=30, event_hooks={"response": [self._keep]})
        self.kept: dict[str, str] = {}

    def _keep(self, response: httpx.Response) -> None:
        for header in response.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            self.kept[name] = rest.partition(";")[0].strip('"')
        self.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.kept.items())


def session_of(site: Site) -> dict[str, Any]:
    """The newest session."""

    async def read(database: Database) -> dict[str, Any]:
        def newest(connection: Connection) -> dict[str, Any]:
            rows = select(web_sessions).order_by(web_sessions.c.created_at.desc()).limit(1)
            return dict(connection.execute(rows).mappings().one())

        return await database.read(newest)

    return site.api.in_database(read)


def test_a_teacher_comes_in_and_may_export(site: Site, browser: httpx.Client) -> None:
    asked = site.begin(browser)
    assert asked["response_mode"] == "form_post"
    assert (asked["scope"], asked["prompt"], asked["response_type"]) == (
        "openid",
        "none",
        "id_token",
    )
    assert (asked["login_hint"], asked["lti_message_hint"]) == ("hint", "message")
    assert asked["redirect_uri"] == f"{site.api.url}/lti/launch"

    answer = launch(browser, asked, site.token(asked))

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = browser.get("/exports", headers=SAME_ORIGIN)
    assert page.status_code == 200
    found = session_of(site)
    assert (found["owner_id"], found["scopes"]) == ("school:teacher-1", "export:read export:write")
    assert (found["via"], found["name"], found["framed"]) == ("lti", "Ada Teacher", False)


def test_a_login_may_come_by_link_and_without_what_may_be_absent(
    site: Site, browser: httpx.Client
) -> None:
    query = {"iss": ISSUER, "login_hint": "h", "target_link_uri": f"{site.api.url}/exports"}
    answer = browser.get("/lti/login", params=query)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert asked["client_id"] == CLIENT
    token = site.token(
        asked, deployment_id="deployment-2", target_link_uri=f"{site.api.url}/exports"
    )
    assert launch(browser, asked, token).headers["location"] == "/exports"


def test_the_cookie_of_a_flow_lives_in_frames(site: Site, browser: httpx.Client) -> None:
    answer = browser.post(
        "/lti/login",
        data={
            "iss": ISSUER,
            "client_id": CLIENT,
            "login_hint": "h",
            "target_link_uri": f"{site.api.url}/",
        },
    )
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-export_lti_")
    for attribute in ("secure", "httponly", "samesite=none", "partitioned", "path=/"):
        assert attribute in cookie


def test_in_a_frame_the_session_is_the_frames(site: Site, browser: httpx.Client) -> None:
    asked = site.begin(browser)
    answer = launch(browser, asked, site.token(asked), **FRAME)
    assert answer.status_code == 303
    cookies = [each for each in answer.headers.get_list("set-cookie") if "export_frame" in each]
    assert "partitioned" in cookies[0].lower()
    assert session_of(site)["framed"]


@pytest.mark.parametrize(
    ("roles", "writes"),
    [
        ([TEACHER], True),
        ([LEARNER], False),
        ([], False),
        ([LEARNER, TEACHER], True),
        ([f"{ROLES}membership#ContentDeveloper"], True),
        ([f"{ROLES}membership#Administrator"], True),
        ([f"{ROLES}membership/Instructor#TeachingAssistant"], True),
        (["Instructor"], True),
        (["TeachingAssistant"], True),
        ([f"{ROLES}institution/person#Administrator"], True),
        ([f"{ROLES}institution/person#Instructor"], True),
        ([LEARNER, f"{ROLES}institution/person#Instructor"], False),
        ([LEARNER, f"{ROLES}institution/person#Administrator"], True),
        ([f"{ROLES}membership#Mentor", f"{ROLES}institution/person#Student"], False),
        (["https://other.example/membership#Instructor"], False),
        ([f"{ROLES}membership#InstructorNot", "instructor"], False),
    ],
)
def test_roles_give_scopes_and_never_those_of_operators(
    site: Site, browser: httpx.Client, roles: list[str], writes: bool
) -> None:
    asked = site.begin(browser)
    assert launch(browser, asked, site.token(asked, roles=roles)).status_code == 303
    wanted = "export:read export:write" if writes else "export:read"
    assert session_of(site)["scopes"] == wanted


@pytest.mark.parametrize(
    ("custom", "place"),
    [
        ({"item": "content-1"}, "/exports/new?item=content-1"),
        ({"item": "a&b=c"}, "/exports/new?item=a%26b%3Dc"),
        ({"next": "/exports?status=completed"}, "/exports?status=completed"),
        ({"next": "//evil.example/"}, "/"),
        ({"next": "/\\evil.example"}, "/"),
        ({"next": "https://evil.example/", "item": "x"}, "/exports/new?item=x"),
        ({"item": "$Link.item"}, "/"),
        ({"item": 7}, "/"),
    ],
)
def test_a_link_leads_where_the_platform_says(
    site: Site, browser: httpx.Client, custom: dict[str, Any], place: str
) -> None:
    asked = site.begin(browser)
    assert launch(browser, asked, site.token(asked, custom=custom)).headers["location"] == place


def test_owners_of_platforms_stay_apart(site: Site, browser: httpx.Client) -> None:
    college: dict[str, Any] = {"iss": "https://college.example"}
    asked = site.begin(browser, **college, lti_deployment_id=None)
    token = site.token(asked, **college, deployment_id="any", custom={"owner": "teacher-1"})
    assert launch(browser, asked, token).status_code == 303
    assert session_of(site)["owner_id"] == "teacher-1"

    asked = site.begin(browser, **college, lti_deployment_id=None)
    assert "names nobody" in refused(launch(browser, asked, site.token(asked, **college)))


def test_a_launch_counts_once(site: Site, browser: httpx.Client) -> None:
    asked = site.begin(browser)
    token = site.token(asked)
    kept = browser.headers["Cookie"]
    assert launch(browser, asked, token).status_code == 303
    browser.headers["Cookie"] = kept
    assert "used before" in refused(launch(browser, asked, token))
    # Nor does it for somebody without the cookie, who would be asked first.
    with Browser(site.api.url) as stranger:
        assert "used before" in refused(launch(stranger, asked, token))
    # Nor a new token for the same flow.
    browser.headers["Cookie"] = kept
    assert "used before" in refused(launch(browser, asked, site.token(asked, sub="other")))


def test_a_flow_takes_its_own_token_alone(site: Site, browser: httpx.Client) -> None:
    one, other = site.begin(browser), site.begin(browser)
    assert "another flow" in refused(launch(browser, one, site.token(other)))
    assert launch(browser, other, site.token(other)).status_code == 303
    assert launch(browser, one, site.token(one)).status_code == 303


@pytest.mark.parametrize("change", ["", "x", "{0}x", "x{0}", "{1}.{2}"])
def test_a_state_of_somebody_elses_is_refused(
    site: Site, browser: httpx.Client, change: str
) -> None:
    asked = site.begin(browser)
    payload, _, mac = asked["state"].partition(".")
    other = mac[:-1] + ("1" if mac.endswith("0") else "0")
    forged = asked | {"state": change.format(asked["state"], payload, other)}
    assert "none of ours" in refused(launch(browser, forged, site.token(asked)))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"deployment_id": "deployment-9"}, "deployment"),
    ({"deployment_id": None}, "deployment"),
    ({"deployment_id": "deployment-2"}, "deployment"),
    ({"iss": "https://foreign.example"}, "InvalidIssuerError"),
    ({"iss": f"{ISSUER}/"}, "InvalidIssuerError"),
    ({"aud": "client-8"}, "InvalidAudienceError"),
    ({"aud": [CLIENT, "client-8"]}, "azp"),
    ({"aud": [CLIENT, "client-8"], "azp": "client-8"}, "azp"),
    ({"azp": "client-8"}, "azp"),
    ({"nonce": None}, "MissingRequiredClaimError"),
    ({"exp": None}, "MissingRequiredClaimError"),
    ({"iat": None}, "MissingRequiredClaimError"),
    ({"exp": int(time.time()) - 120}, "ExpiredSignatureError"),
    ({"iat": int(time.time()) - 900}, "too old"),
    ({"iat": int(time.time()) + 4_000}, "ImmatureSignatureError"),
    ({"message_type": "LtiDeepLinkingRequest"}, "message type"),
    ({"version": "1.1"}, "version"),
    ({"target_link_uri": "https://evil.example/"}, "target"),
    ({"target_link_uri": None}, "target"),
    ({"sub": None}, "names nobody"),
    ({"sub": "a\nb"}, "cannot be used"),
    ({"roles": TEACHER}, "roles"),
]


@pytest.mark.parametrize(("changes", "reason"), WRONG)
def test_a_launch_that_says_something_else_is_refused(
    site: Site, browser: httpx.Client, changes: dict[str, Any], reason: str
) -> None:
    asked = site.begin(browser)
    assert reason in refused(launch(browser, asked, site.token(asked, **changes)))
    # What was refused uses nothing up.
    assert launch(browser, asked, site.token(asked)).status_code == 303


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("kind", ["none", "HS256", "own key", "jku", "jwk", "unknown kid", "cut"])
def test_a_token_that_the_platform_did_not_sign_is_refused(
    site: Site, browser: httpx.Client, kind: str
) -> None:
    asked = site.begin(browser)
    said = claims(asked["nonce"], f"{site.api.url}/")
    body = encoded(said)
    public = json.dumps(ONE.jwk).encode()
    header = encoded({"alg": "HS256", "kid": "key-1"})
    mac = hmac.new(public, f"{header}.{body}".encode(), hashlib.sha256).digest()
    token = {
        "none": f"{encoded({'alg': 'none', 'kid': 'key-1'})}.{body}.",
        "HS256": f"{header}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}",
        "own key": OTHER.sign(said),
        "jku": OTHER.sign(said, jku="https://evil.example/keys"),
        "jwk": OTHER.sign(said, jwk=OTHER.jwk),
        "unknown kid": OTHER.sign(said, kid="key-9"),
        "cut": ONE.sign(said)[:-8],
    }[kind]
    refused(launch(browser, asked, token))


def test_a_header_that_names_keys_is_refused_even_of_the_platform(
    site: Site, browser: httpx.Client
) -> None:
    asked = site.begin(browser)
    said = claims(asked["nonce"], f"{site.api.url}/")
    refused(launch(browser, asked, ONE.sign(said, jku="https://evil.example/keys")))


@pytest.mark.long
def test_new_keys_are_fetched_once(tmp_path: Path) -> None:
    keys, new = Keys(ONE), Signer("key-2")
    with key_server(keys) as server:
        platforms = tmp_path / "platforms.toml"
        platforms.write_text(
            f'[[platform]]\nname = "school"\nissuer = "{ISSUER}"\nclient_id = "{CLIENT}"\n'
            f'auth_url = "https://school.example/auth"\njwks_url = "{server.url}"\n'
            'deployments = ["*"]\n'
        )
        with Api(tmp_path / "api", {"EXPORT_LTI_PLATFORMS": str(platforms)}) as api:
            site = Site(api, keys, server)
            with Browser(api.url) as browser:
                asked = site.begin(browser)
                assert launch(browser, asked, site.token(asked)).status_code == 303
                keys.signers = [new]
                time.sleep(10.5)  # who invents ids cannot send us there all the time
                asked = site.begin(browser)
                assert launch(browser, asked, site.token(asked, new)).status_code == 303
                for _ in range(5):
                    asked = site.begin(browser)
                    said = claims(asked["nonce"], f"{api.url}/")
                    refused(launch(browser, asked, new.sign(said, kid="key-9")))
                assert len(server.asked) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://foreign.example"},
        {"client_id": "client-8"},
        {"iss": None},
        {"login_hint": None},
        {"target_link_uri": None},
        {"target_link_uri": "https://evil.example/"},
        {"target_link_uri": "{url}.evil.example/"},
        {"target_link_uri": "{url}//evil.example/"},
        {"target_link_uri": "{url}/\\evil.example/"},
        {"lti_deployment_id": "deployment-9"},
    ],
)
def test_a_login_that_is_not_right_leads_nowhere(
    site: Site, browser: httpx.Client, changes: dict[str, str | None]
) -> None:
    form = {
        "iss": ISSUER,
        "client_id": CLIENT,
        "login_hint": "h",
        "target_link_uri": f"{site.api.url}/",
    } | changes
    sent = {k: v.replace("{url}", site.api.url) for k, v in form.items() if v is not None}
    assert browser.post("/lti/login", data=sent).status_code == 400
    assert browser.get("/lti/login", params=sent).status_code == 400


def test_a_platform_that_signs_nobody_in_is_told_of(site: Site, browser: httpx.Client) -> None:
    asked = site.begin(browser)
    answer = browser.post("/lti/launch", data={"state": asked["state"], "error": "login_required"})
    assert "signed nobody in" in refused(answer)


def test_without_the_cookie_a_person_is_asked_first(site: Site, browser: httpx.Client) -> None:
    asked = site.begin(browser)
    with Browser(site.api.url) as other:
        answer = launch(other, asked, site.token(asked, custom={"next": "/exports"}))
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "Ada Teacher" in answer.text
        assert "Biology" in answer.text
        code = answer.text.partition('name="code" value="')[2].partition('"')[0]

        from_elsewhere = other.post(
            "/lti/enter", data={"code": code}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert from_elsewhere.status_code == 403
        entered = other.post("/lti/enter", data={"code": code}, headers=SAME_ORIGIN)
        assert (entered.status_code, entered.headers["location"]) == (303, "/exports")
        assert other.get("/exports", headers=SAME_ORIGIN).status_code == 200
        again = other.post("/lti/enter", data={"code": code}, headers=SAME_ORIGIN)
        assert again.status_code == 410


def test_another_browsers_cookie_does_not_do(site: Site, browser: httpx.Client) -> None:
    asked = site.begin(browser)
    with Browser(site.api.url) as other:
        site.begin(other)
        names = [name for name in browser.headers["Cookie"].split("; ") if "export_lti" in name]
        other.headers["Cookie"] = names[-1].partition("=")[0] + "=guessed"
        assert launch(other, asked, site.token(asked)).status_code == 200


def test_neither_tokens_nor_codes_are_kept_or_logged(site: Site, browser: httpx.Client) -> None:
    asked = site.begin(browser)
    token = site.token(asked)
    with Browser(site.api.url) as other:
        answer = launch(other, asked, token)
    code = answer.text.partition('name="code" value="')[2].partition('"')[0]

    async def rows(database: Database) -> str:
        return str(await database.read(lambda c: c.execute(select(lti_nonces)).all()))

    kept = site.api.in_database(rows)
    logged = site.api.log_file.read_text()
    for secret in (code, asked["nonce"], token, token.rpartition(".")[2], asked["state"]):
        assert secret not in kept
        assert secret not in logged


def test_the_configuration_tells_a_platform_where_things_are(site: Site) -> None:
    found = httpx.get(f"{site.api.url}/lti/config.json").json()
    assert found["oidc_initiation_url"] == f"{site.api.url}/lti/login"
    assert found["redirect_uris"] == [f"{site.api.url}/lti/launch"]
    settings = found["extensions"][0]["settings"]
    assert {each["windowTarget"] for each in settings["placements"]} == {"_blank"}


def test_keys_that_cannot_be_fetched_are_said_so(tmp_path: Path) -> None:
    platforms = tmp_path / "platforms.toml"
    platforms.write_text(
        f'[[platform]]\nname = "school"\nissuer = "{ISSUER}"\nclient_id = "{CLIENT}"\n'
        'auth_url = "https://school.example/auth"\njwks_url = "http://127.0.0.1:1/keys"\n'
        'deployments = ["*"]\n'
    )
    with (
        key_server(Keys()) as unasked,
        Api(tmp_path / "api", {"EXPORT_LTI_PLATFORMS": str(platforms)}) as api,
    ):
        site = Site(api, Keys(), unasked)
        with Browser(api.url) as browser:
            asked = site.begin(browser)
            assert launch(browser, asked, site.token(asked)).status_code == 503
            metrics = httpx.get(f"{api.url}/metrics").text
        assert 'export_sign_ins_total{outcome="failed",via="lti"} 1.0' in metrics
