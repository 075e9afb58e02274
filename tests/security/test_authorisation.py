"""Who may: every route that the API describes times every kind of token."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import delete

from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_model import EVENTS
from activities.automation.webhook_records import WebhookRecords
from activities.automation.webhook_secrets import SecretKeys
from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.audit import Origin
from activities.model.jobs import Status
from activities.people.erasures import Erasures
from activities.people.pseudonyms import pseudonyms_of
from activities.people.schema import erasures
from tests.security.tokens import bad_tokens
from tests.services.export.api_kit import BOTH, READ, WRITE, Api, owner_id, token
from web.app import create_app

ADMIN = "export:admin"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Expected:
    """How a route answers; statuses are those of a request that is otherwise right."""

    scope: str | None
    """What a token must hold; None: nothing, but there must be a token."""
    own: int
    """To the owner."""
    foreign: int
    """To another owner who asks for the same."""


URL = "https://hooks.example/exports"
PUBLIC = Expected(None, 200, 200)
ROUTES = {
    ("POST", "/api/export/"): Expected(WRITE, 202, 404),
    ("POST", "/api/export/bulk"): Expected(WRITE, 202, 422),
    ("GET", "/api/export/jobs"): Expected(READ, 200, 200),
    ("GET", "/api/export/jobs/{job_id}"): Expected(READ, 200, 404),
    ("DELETE", "/api/export/jobs/{job_id}"): Expected(WRITE, 202, 404),
    ("GET", "/api/export/jobs/{job_id}/download"): Expected(READ, 200, 404),
    ("GET", "/api/export/jobs/{job_id}/events"): Expected(READ, 200, 404),
    ("GET", "/api/export/content"): Expected(READ, 200, 200),
    ("GET", "/api/export/collections"): Expected(READ, 200, 200),
    ("GET", "/api/export/formats"): Expected(None, 200, 200),
    ("POST", "/api/export/sign-in-links"): Expected(None, 201, 201),
    # Of one that has none, since other calls want the file.
    ("DELETE", "/api/export/jobs/{job_id}/file"): Expected(WRITE, 204, 404),
    ("PUT", "/api/export/jobs/{job_id}/pin"): Expected(WRITE, 200, 404),
    ("DELETE", "/api/export/jobs/{job_id}/pin"): Expected(WRITE, 200, 404),
    # Of one that was to be delivered nowhere, as there are no destinations here.
    ("POST", "/api/export/jobs/{job_id}/deliveries/{to}/retry"): Expected(WRITE, 404, 404),
    ("POST", "/api/export/jobs/{job_id}/shares"): Expected(WRITE, 201, 404),
    ("GET", "/api/export/jobs/{job_id}/shares"): Expected(READ, 200, 404),
    # Of one that has none, since only workers make them.
    ("GET", "/api/export/jobs/{job_id}/receipt"): Expected(READ, 404, 404),
    ("GET", "/api/export/receipts/keys"): PUBLIC,
    # Of a file; a hash needs no token.
    ("POST", "/api/export/verify"): Expected(None, 200, 200),
    ("GET", "/api/export/shares"): Expected(READ, 200, 200),
    ("GET", "/api/export/usage"): Expected(READ, 200, 200),
    ("PATCH", "/api/export/shares/{share_id}"): Expected(WRITE, 200, 404),
    # Of one that is not there, since the next call wants it.
    ("DELETE", "/api/export/shares/{share_id}"): Expected(WRITE, 404, 404),
    ("GET", "/api/export/admin/state"): Expected(ADMIN, 200, 200),
    ("GET", "/api/export/admin/jobs"): Expected(ADMIN, 200, 200),
    ("GET", "/api/export/notifications"): Expected(READ, 200, 200),
    ("PUT", "/api/export/notifications"): Expected(WRITE, 200, 200),
    ("POST", "/api/export/webhooks"): Expected(WRITE, 201, 201),
    ("GET", "/api/export/webhooks"): Expected(READ, 200, 200),
    ("GET", "/api/export/webhooks/{webhook_id}"): Expected(READ, 200, 404),
    ("PATCH", "/api/export/webhooks/{webhook_id}"): Expected(WRITE, 200, 404),
    # Of one that is not there, since the next call wants it.
    ("DELETE", "/api/export/webhooks/{webhook_id}"): Expected(WRITE, 404, 404),
    ("POST", "/api/export/webhooks/{webhook_id}/test"): Expected(WRITE, 202, 404),
    ("POST", "/api/export/webhooks/{webhook_id}/rotate"): Expected(WRITE, 200, 404),
    ("GET", "/api/export/webhooks/{webhook_id}/deliveries"): Expected(READ, 200, 404),
    ("POST", "/api/export/webhooks/deliveries/{delivery_id}/retry"): Expected(WRITE, 202, 404),
    ("GET", "/api/export/admin/jobs/{job_id}"): Expected(ADMIN, 200, 200),
    ("DELETE", "/api/export/admin/jobs/{job_id}"): Expected(ADMIN, 202, 202),
    ("POST", "/api/export/admin/jobs/{job_id}/retry"): Expected(ADMIN, 202, 202),
    ("GET", "/api/export/admin/audit"): Expected(ADMIN, 200, 200),
    ("POST", "/api/export/admin/codec/decode"): Expected(ADMIN, 200, 200),
    ("POST", "/api/export/admin/codec/encode"): Expected(ADMIN, 200, 200),
    ("POST", "/api/export/schedules"): Expected(WRITE, 201, 201),
    ("GET", "/api/export/schedules"): Expected(READ, 200, 200),
    ("GET", "/api/export/schedules/{schedule_id}"): Expected(READ, 200, 404),
    ("PATCH", "/api/export/schedules/{schedule_id}"): Expected(WRITE, 200, 404),
    ("DELETE", "/api/export/schedules/{schedule_id}"): Expected(WRITE, 204, 404),
    ("POST", "/api/export/schedules/{schedule_id}/run"): Expected(WRITE, 202, 404),
    ("POST", "/api/export/schedules/{schedule_id}/pause"): Expected(WRITE, 200, 404),
    ("POST", "/api/export/schedules/{schedule_id}/resume"): Expected(WRITE, 200, 404),
    ("DELETE", "/api/export/owner"): Expected(WRITE, 202, 202),
    ("GET", "/api/export/owner/erasures/{erasure_id}"): Expected(None, 200, 404),
    ("DELETE", "/api/export/admin/owners/{owner}"): Expected(ADMIN, 202, 202),
    ("GET", "/api/export/admin/erasures/{erasure_id}"): Expected(ADMIN, 200, 200),
    # To one who has an archive made already.
    ("POST", "/api/export/archive"): Expected(WRITE, 409, 422),
    ("GET", "/api/export/archives"): Expected(READ, 200, 200),
    ("GET", "/api/export/archives/{archive_id}"): Expected(READ, 200, 404),
    ("DELETE", "/api/export/archives/{archive_id}"): Expected(WRITE, 202, 404),
    # Of one that is not complete.
    ("GET", "/api/export/archives/{archive_id}/manifest"): Expected(READ, 409, 404),
    ("GET", "/health/live"): PUBLIC,
    ("GET", "/health/ready"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
}
HEADS = {("HEAD", path): expected for (method, path), expected in ROUTES.items() if method == "GET"}
"""HEAD is wherever GET is, and is not described on its own."""
DESCRIBED = set(ROUTES)
ROUTES |= HEADS
NOT_DESCRIBED = {"/docs", "/docs/assets/{name}", "/docs/openapi.json"}
"""What a browser needs to show the description."""
PAGES = {
    "/",
    "/admin",
    "/admin/audit",
    "/admin/jobs",
    "/admin/jobs/{job_id}",
    "/admin/jobs/{job_id}/cancel",
    "/admin/jobs/{job_id}/retry",
    "/assets/{digest}/{name}",
    "/check",
    "/enter",
    "/enter/{code}",
    "/exports",
    "/exports/previews/{preview_id}/{place}",
    "/exports/new",
    "/exports/{job_id}",
    "/exports/{job_id}/cancel",
    "/exports/{job_id}/delete",
    "/exports/{job_id}/deliveries/{to}/retry",
    "/exports/{job_id}/download",
    "/exports/{job_id}/events",
    "/exports/{job_id}/open",
    "/exports/{job_id}/pin",
    "/exports/{job_id}/receipt",
    "/exports/{job_id}/shares",
    "/exports/{job_id}/shares/{share_id}/end",
    "/exports/{job_id}/unpin",
    "/admin/owners",
    "/admin/owners/erase",
    "/archives",
    "/archives/{archive_id}/cancel",
    "/archives/{archive_id}/manifest",
    "/admin/schedules",
    "/erased/{erasure_id}",
    "/settings",
    "/settings/erase",
    "/settings/mails",
    "/schedules",
    "/schedules/{schedule_id}/pause",
    "/schedules/{schedule_id}/remove",
    "/schedules/{schedule_id}/resume",
    "/schedules/{schedule_id}/run",
    "/lti/config.json",
    "/lti/enter",
    "/lti/launch",
    "/lti/login",
    "/s/{code}",
    "/s/{code}/file",
    "/sign-in",
    "/sign-in/oidc",
    "/sign-in/oidc/callback",
    "/sign-in/oidc/leave",
    "/sign-in/oidc/logout",
    "/sign-out",
    "/webhooks",
    "/webhooks/{webhook_id}",
    "/webhooks/{webhook_id}/active",
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/retry",
    "/webhooks/{webhook_id}/remove",
    "/webhooks/{webhook_id}/rotate",
    "/webhooks/{webhook_id}/test",
}
"""For people, who sign in: `tests/pages/test_access.py` says who may see them."""

PROTECTED = {route for route, expected in ROUTES.items() if expected is not PUBLIC}
OPERATORS = {route for route, expected in ROUTES.items() if expected.scope == ADMIN}
"""Are about the jobs of all owners."""
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class Victim:
    """An owner with content, a pending job, a finished one and one that failed, and a webhook."""

    owner: str
    item: str
    pending: str
    finished: str
    failed: str
    webhook: str
    delivery: str
    schedule: str
    share: str
    archive: str
    unwanted: Callable[[], str]
    """Makes a schedule that may be removed."""
    erasure: str
    """One that was completed: the victim has begun anew."""
    spare: Callable[[], None]
    """Takes back that everything of the victim is to be erased."""

    def ids_for(self, route: tuple[str, str]) -> dict[str, str]:
        """What stands in the path."""
        method, path = route
        is_removed = method == "DELETE" and "{webhook_id}" in path
        wants_new = method == "DELETE" and "{schedule_id}" in path
        return {
            "job_id": self.job_for(route),
            "webhook_id": NOWHERE if is_removed else self.webhook,
            "delivery_id": self.delivery,
            "to": "archive",
            "erasure_id": self.erasure,
            "owner": f"nobody-{uuid4().hex}",
            "archive_id": self.archive,
            "share_id": NOWHERE if method == "DELETE" else self.share,
            "schedule_id": self.unwanted() if wants_new else self.schedule,
        }

    def job_for(self, route: tuple[str, str]) -> str:
        """The job to ask for: one that a route can do something with."""
        method, path = route
        if path.endswith(("/retry", "/file")):
            return self.failed
        return self.pending if method == "DELETE" else self.finished


@pytest.fixture(scope="module")
def victim(api: Api) -> Victim:
    owner = owner_id()
    [item] = api.add_content(owner, 1)
    failed = api.add_job(owner, Status.FAILED)

    async def register(database: Database) -> tuple[str, str]:
        records = WebhookRecords(database, SecretKeys(api.settings.webhook_keys))
        webhook, _ = await records.create(
            owner, URL, EVENTS, active=False, now=utc_now(), origin=Origin()
        )
        sent = await WebhookDeliveries(database).send_test(webhook.webhook_id, utc_now())
        return webhook.webhook_id, sent.delivery_id

    async def erase(database: Database) -> str:
        names = pseudonyms_of(owner, api.settings.link_keys)
        erasure = await Erasures(database).ask_for(owner, names, utc_now(), Origin())
        await Erasures(database).complete(erasure, utc_now())
        return erasure.erasure_id

    async def spare(database: Database) -> None:
        under_way = delete(erasures).where(erasures.c.completed_at.is_(None))
        await database.run(lambda connection: connection.execute(under_way))

    finished = api.add_file(owner)
    with api.client(owner) as client:
        share = client.post(f"/api/export/jobs/{finished}/shares", json={}).json()["share_id"]
    return Victim(
        owner,
        item,
        api.add_job(owner),
        finished,
        failed,
        *api.in_database(register),
        api.add_schedule(owner),
        share,
        api.add_archive(owner),
        lambda: api.add_schedule(owner, "Unwanted"),
        api.in_database(erase),
        lambda: api.in_database(spare),
    )


@pytest.fixture(scope="module")
def http(api: Api) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, timeout=30) as client:
        yield client


BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/export/sign-in-links"): {"next": "/exports"},
    ("POST", "/api/export/bulk"): {"format": "txt"},
    ("POST", "/api/export/archive"): {"formats": ["txt"]},
    ("POST", "/api/export/webhooks"): {"url": URL},
    ("POST", "/api/export/schedules"): {
        "name": "Daily",
        "every": "P1D",
        "export": {"format": "txt"},
    },
    ("PUT", "/api/export/notifications"): {"on": []},
}


def call(
    http: httpx.Client, route: tuple[str, str], victim: Victim, authorization: str | None
) -> httpx.Response:
    """A request that is right in everything but its token."""
    method, path = route
    headers = {} if authorization is None else {b"Authorization": authorization.encode()}
    if path == "/api/export/verify":
        return http.request(method, path, headers=headers, content=b"a file")
    body = BODIES.get(route)
    if path == "/api/export/":
        body = {"content_ids": [victim.item], "format": "txt"}
    elif method == "PATCH" or path.endswith(("/shares", "/codec/decode", "/codec/encode")):
        body = {}
    try:
        return http.request(
            method, path.format(**victim.ids_for(route)), headers=headers, json=body
        )
    finally:
        if path == "/api/export/owner":
            victim.spare()


def test_every_route_that_is_described_has_an_entry(http: httpx.Client) -> None:
    paths = http.get("/docs/openapi.json").json()["paths"]
    described = {
        (method.upper(), path): operation
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method.upper() in METHODS
    }

    assert described.keys() == DESCRIBED
    assert {route for route, operation in described.items() if operation.get("security")} == (
        PROTECTED & DESCRIBED
    )


def test_every_route_that_is_served_is_described(api: Api) -> None:
    served = {
        (method, {"/api/export": "/api/export/"}.get(route.path_format, route.path_format))
        for route in create_app(api.settings).routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }

    hidden = {path for method, path in served - ROUTES.keys()}
    assert {path for path in hidden if not path.startswith("/docs")} == PAGES
    assert hidden >= NOT_DESCRIBED


@pytest.mark.parametrize("kind", bad_tokens("x"))
def test_a_bad_token_opens_nothing(http: httpx.Client, victim: Victim, kind: str) -> None:
    authorization = bad_tokens(victim.owner)[kind]
    for route, expected in ROUTES.items():
        response = call(http, route, victim, authorization)

        if expected is PUBLIC:
            assert response.status_code in {200, 503}, route
            continue
        assert response.status_code == 401, route
        assert response.headers["www-authenticate"].startswith('Bearer realm="export"')
        assert victim.owner not in response.text
        if route[0] != "HEAD":
            assert response.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "held",
    [
        "",
        READ,
        WRITE,
        BOTH,
        ADMIN,
        f"{BOTH} {ADMIN}",
        f"{READ}  {WRITE}",
        f"{READ}\u00a0{ADMIN}",
        f"{READ}\t{WRITE}\n{ADMIN}",
        "export:readwrite",
        "EXPORT:READ",
        "*",
    ],
)
def test_a_token_opens_what_its_scope_names(
    api: Api, http: httpx.Client, victim: Victim, held: str
) -> None:
    bearer = f"Bearer {token(victim.owner, held)}"
    for route in PROTECTED:
        expected = ROUTES[route]
        response = call(http, route, victim, bearer)

        if expected.scope is None or expected.scope in held.split(" "):
            assert response.status_code == expected.own, route
        else:
            assert response.status_code == 403, route
            assert f'scope="{expected.scope}"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("scope", [BOTH, f"{BOTH} {ADMIN}"])
def test_nobody_sees_what_is_anothers(
    api: Api, http: httpx.Client, victim: Victim, scope: str
) -> None:
    stranger = f"Bearer {token(owner_id(), scope)}"
    for route in PROTECTED - OPERATORS:
        response = call(http, route, victim, stranger)

        assert response.status_code == ROUTES[route].foreign, route
        assert victim.owner not in response.text
        assert "Lesson" not in response.text
        if route == ("GET", "/api/export/jobs"):
            assert response.json()["total"] == 0
    with api.client(victim.owner) as client:
        kept = client.get(f"/api/export/jobs/{victim.finished}").json()
        assert kept["status"] == "completed"


def test_operators_see_jobs_and_nothing_of_what_is_in_them(
    http: httpx.Client, victim: Victim
) -> None:
    operator = f"Bearer {token(owner_id(), ADMIN)}"
    for route in OPERATORS:
        response = call(http, route, victim, operator)

        assert response.status_code == ROUTES[route].foreign, route
        for secret in ("A title", "Lesson", "signature=", victim.item):
            assert secret not in response.text, route


def test_anothers_job_and_no_job_look_the_same(http: httpx.Client, victim: Victim) -> None:
    stranger = f"Bearer {token(owner_id())}"
    nothing = Victim(
        owner=victim.owner,
        item="no-such-item",
        pending=NOWHERE,
        finished=NOWHERE,
        failed=NOWHERE,
        webhook=NOWHERE,
        delivery=NOWHERE,
        schedule=NOWHERE,
        erasure=NOWHERE,
        spare=victim.spare,
        share=NOWHERE,
        archive=NOWHERE,
        unwanted=lambda: NOWHERE,
    )
    asked = [route for route in PROTECTED if ROUTES[route].foreign == 404]
    for route in asked:
        theirs = call(http, route, victim, stranger)
        none = call(http, route, nothing, stranger)

        assert (theirs.status_code, theirs.headers.keys()) == (
            none.status_code,
            none.headers.keys(),
        )
        assert _blurred(theirs.text, victim) == _blurred(none.text, nothing)


def _blurred(text: str, victim: Victim) -> str:
    """An answer without the ids that the caller himself named."""
    for name in (
        *(victim.item, victim.pending, victim.finished, victim.failed),
        *(victim.webhook, victim.delivery, victim.schedule, victim.share),
        *(victim.archive, NOWHERE),
    ):
        text = text.replace(name, "ID")
    return re.sub("(schedules|erasures)/[0-9a-f-]{36}", r"\1/ID", text)


def test_methods_that_a_route_does_not_have_change_nothing(
    api: Api, http: httpx.Client, victim: Victim
) -> None:
    bearer = f"Bearer {token(victim.owner)}"
    for path in {path for _, path in PROTECTED}:
        for method in METHODS - {method for method, known in ROUTES if known == path}:
            response = http.request(
                method,
                path.format(**victim.ids_for((method, path))),
                headers={"Authorization": bearer, "X-HTTP-Method-Override": "DELETE"},
            )
            assert response.status_code == 405, (method, path)
            assert method not in response.headers["allow"].split(", ")


def test_fields_that_are_not_the_callers_to_set_are_refused(
    api: Api, http: httpx.Client, victim: Victim
) -> None:
    own = {"content_ids": [victim.item], "format": "txt"}
    for field in ("owner_id", "job_id", "status", "created_at", "file_name", "sha256"):
        response = http.post(
            "/api/export/",
            content=json.dumps(own | {field: "x"}),
            headers={
                "Authorization": f"Bearer {token(victim.owner)}",
                "Content-Type": "application/json",
            },
        )
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == f"/{field}"
