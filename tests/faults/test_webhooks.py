"""Whatever is killed, each message to a webhook arrives or is reported, and none is forged."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from activities.automation.webhook_secrets import new_secret, signed_headers
from activities.common.clock import utc_now
from scripts.dev.stack import DEMO_OWNERS
from tests.client import ServiceClient
from tests.faults.arena import OWNER, SMALL, STRANGERS, Arena, running_arena
from tests.faults.orders import Action
from tests.receiver import Answer, Received, Receiver
from tests.waiting import eventually

pytestmark = pytest.mark.faults

WEBHOOKS_EACH = 10
EXPORTS_EACH = 50
CHAOS_SECONDS = 60


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Arena]:
    """A service that may tell the receiver."""
    settings = {"EXPORT_WEBHOOK_ORIGINS": receiver.origin, "EXPORT_EXPRESS": "true"}
    with running_arena(tmp_path_factory.mktemp("arena"), settings) as running:
        yield running


def registered(caller: ServiceClient, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    body = {"url": f"{receiver.origin}/{uuid4().hex}"} | fields
    response = caller.http.post("/api/export/webhooks", json=body)
    made: dict[str, Any] = response.raise_for_status().json()
    return made


def path_of(webhook: dict[str, Any]) -> str:
    url: str = webhook["url"]
    return "/" + url.rpartition("/")[2]


def deliveries(caller: ServiceClient, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    url = f"/api/export/webhooks/{webhook['webhook_id']}/deliveries?page_size=100"
    found: list[dict[str, Any]] = caller.http.get(url).raise_for_status().json()["items"]
    return found


@pytest.mark.parametrize(
    "point",
    [
        *("publish.completed", "webhook.taken", "webhook.started", "webhook.begun"),
        *("webhook.sent", "webhook.noted", "webhook.refused"),
    ],
)
def test_a_message_arrives_although_its_worker_is_killed(
    arena: Arena, receiver: Receiver, point: str
) -> None:
    arena.begin(SMALL, STRANGERS)
    caller = arena.callers[OWNER]
    webhook = registered(caller, receiver)
    if point == "webhook.refused":
        receiver.answers[path_of(webhook)] = [Answer(500), Answer()]
    arena.orders.give(point, Action.KILL)
    job = caller.export(list(SMALL.ids), SMALL.format)
    arena.orders.await_taken(point)

    def delivered() -> dict[str, Any] | None:
        found = [each for each in deliveries(caller, webhook) if each["status"] == "delivered"]
        return found[0] if found else None

    delivery = eventually(delivered, 90)
    assert (delivery["job_id"], delivery["event"]) == (job["job_id"], "export.completed")
    came = receiver.at(path_of(webhook))
    assert {each.message_id for each in came} == {delivery["delivery_id"]}
    assert len({each.body for each in came}) == 1
    for each in came:
        each.verify(webhook["secret"])
    # Only what was sent and not noted may come twice.
    expected = {"webhook.sent": 2, "webhook.refused": 2}.get(point, 1)
    assert len(came) == expected
    caller.http.delete(f"/api/export/webhooks/{webhook['webhook_id']}")


def test_a_thousand_messages_arrive_in_chaos_and_none_is_forged(
    arena: Arena, receiver: Receiver
) -> None:
    arena.begin(SMALL, STRANGERS)
    chance = random.Random(1)
    webhooks: dict[str, tuple[str, dict[str, Any]]] = {}
    for owner, _ in itertools.product(DEMO_OWNERS, range(WEBHOOKS_EACH)):
        made = registered(arena.callers[owner], receiver)
        webhooks[path_of(made)] = (owner, made)
        refusals = [Answer(chance.choice((500, 503, 302, 429))) for _ in range(3)]
        receiver.answers[path_of(made)] = [
            chance.choice((Answer(), Answer(), refusal)) for refusal in refusals
        ] + [Answer()]
    stopping = threading.Event()
    breaking = threading.Thread(target=_break, args=(arena, stopping, chance))
    forging = threading.Thread(target=_forge, args=(receiver, list(webhooks), stopping))
    breaking.start()
    forging.start()
    jobs: dict[str, set[str]] = {}
    try:
        for owner in DEMO_OWNERS:
            wanted = SMALL if owner == OWNER else STRANGERS
            jobs[owner] = {
                _exported(arena.callers[owner], list(wanted.ids), number)
                for number in range(EXPORTS_EACH)
            }
        stopping.wait(CHAOS_SECONDS)
    finally:
        stopping.set()
        breaking.join()
        forging.join()

    def all_ended() -> bool:
        return all(_ended(arena.callers[owner], each) for owner, each in webhooks.values())

    eventually(all_ended, 900, pause=2, otherwise=lambda: _told(arena, webhooks))
    for path, (owner, webhook) in webhooks.items():
        genuine = [each for each in receiver.at(path) if _is_genuine(each, webhook["secret"])]
        arrived = {each.message_id: each.message["data"]["job_id"] for each in genuine}
        reported = {
            each["delivery_id"]: each["job_id"]
            for each in deliveries(arena.callers[owner], webhook)
            if each["status"] == "delivered"
        }
        assert set(reported.values()) == jobs[owner]
        assert len(reported) == EXPORTS_EACH
        assert arrived == reported


def _exported(caller: ServiceClient, ids: list[str], number: int) -> str:
    """Create an export, however often that must be asked for."""
    key = {"Idempotency-Key": f"chaos-{number}"}
    body = {"content_ids": ids, "format": "json"}

    def ask() -> str | None:
        try:
            response = caller.http.post("/api/export/", json=body, headers=key)
        except httpx.TransportError:
            return None
        return str(response.json()["job_id"]) if response.status_code == 202 else None

    return eventually(ask, 120, pause=0.3)


def _break(arena: Arena, stopping: threading.Event, chance: random.Random) -> None:
    """Kill what works on messages, and what stands beside it, every few seconds."""
    # A process that dies as soon as it is started again is given up.
    while not stopping.wait(chance.uniform(8, 15)):
        arena.kill(chance.choice(("worker-io", "worker-io", "worker-express", "temporal", "api")))


def _forge(receiver: Receiver, paths: list[str], stopping: threading.Event) -> None:
    """Send what looks like a message and is signed by nobody who may."""
    number = 0
    while not stopping.wait(0.5):
        number += 1
        body = b'{"type":"export.completed","data":{"job_id":"forged"}}'
        headers = signed_headers(f"forged-{number}", utc_now(), body, [new_secret()])
        httpx.post(f"{receiver.origin}{paths[number % len(paths)]}", content=body, headers=headers)


def _ended(caller: ServiceClient, webhook: dict[str, Any]) -> bool:
    try:
        found = deliveries(caller, webhook)
    except httpx.HTTPError:
        return False
    return len(found) >= EXPORTS_EACH and all(each["status"] != "pending" for each in found)


def _told(arena: Arena, webhooks: dict[str, tuple[str, dict[str, Any]]]) -> object:
    return Counter(
        (each["status"], each["error"])
        for owner, webhook in webhooks.values()
        for each in deliveries(arena.callers[owner], webhook)
    )


def _is_genuine(received: Received, secret: str) -> bool:
    """True if the message is signed by this secret, whenever that was."""
    name, at = received.message_id, received.headers["webhook-timestamp"]
    moment = datetime.fromtimestamp(int(at), UTC)
    expected = Webhook(secret).sign(name, moment, received.body.decode())
    return expected in received.headers["webhook-signature"].split()
