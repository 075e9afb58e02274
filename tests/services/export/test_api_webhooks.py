"""Webhooks as the API registers, shows, changes and removes them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pages.visitor import Visitor
from tests.services.export.api_kit import READ, WRITE, Api, owner_id

URL = "https://platform.example/hooks?token=1"
BASE = "/api/export/webhooks"
NO_SUCH = "3b2f8c1e-6d0a-4f6b-9a53-0c8e1d7f2a94"


@pytest.fixture
def client(api: Api, owner: str) -> Iterator[httpx.Client]:
    with api.client(owner) as caller:
        yield caller


def registered(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    response = client.post(BASE, json={"url": URL} | fields)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def test_a_webhook_is_registered_read_changed_and_removed(client: httpx.Client) -> None:
    response = client.post(BASE, json={"url": URL, "events": ["export.failed"]})
    made = response.json()
    one = f"{BASE}/{made['webhook_id']}"
    assert response.headers["Location"].endswith(one)
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert len(secret) > 40
    assert (made["url"], made["events"], made["active"]) == (URL, ["export.failed"], True)
    assert client.get(one).json() == made
    assert client.get(BASE).json()["items"] == [made]
    changed = client.patch(one, json={"active": False}).json()
    assert changed == made | {"active": False}
    test = client.post(f"{one}/test")
    assert test.status_code == 202
    listed = client.get(f"{one}/deliveries?page_size=1")
    assert [each["delivery_id"] for each in listed.json()["items"]] == [test.json()["delivery_id"]]
    assert 'rel="first"' in listed.headers["Link"]
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
    assert client.post(f"{BASE}/deliveries/{test.json()['delivery_id']}/retry").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": "http://platform.example/"}, "/url"),
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"url": "https://xn--.example/"}, "/url"),
        ({"url": "https://user:pass@platform.example/"}, "/url"),
        ({"url": f"https://a.example/{'x' * 2_100}"}, "/url"),
        ({"url": URL, "events": []}, "/events"),
        ({"url": URL, "events": ["export.failed"] * 2}, "/events"),
        ({"url": URL, "events": ["export.started"]}, "/events/0"),
        ({"url": URL, "active": "yes"}, "/active"),
        ({"url": URL, "secret": "mine"}, "/secret"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(
    client: httpx.Client, body: dict[str, Any], pointer: str
) -> None:
    response = client.post(BASE, json=body)
    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["pointer"] == pointer
    if "url" in body and "events" not in body and "secret" not in body:
        one = f"{BASE}/{registered(client)['webhook_id']}"
        assert client.patch(one, json=body).status_code == 400


def test_an_owner_has_twenty_at_most(client: httpx.Client) -> None:
    for _ in range(20):
        registered(client)
    response = client.post(BASE, json={"url": URL})
    assert (response.status_code, response.json()["code"]) == (409, "too-many-webhooks")


def test_what_is_another_owners_is_not_there(api: Api, client: httpx.Client) -> None:
    made = registered(client)
    delivery = client.post(f"{BASE}/{made['webhook_id']}/test").json()["delivery_id"]
    with api.client(owner_id()) as stranger:
        assert stranger.get(BASE).json()["items"] == []
        for webhook_id in (made["webhook_id"], NO_SUCH, "none", "%00"):
            one = f"{BASE}/{webhook_id}"
            answers = [
                stranger.get(one),
                stranger.patch(one, json={"active": False}),
                stranger.delete(one),
                stranger.post(f"{one}/test"),
                stranger.post(f"{one}/rotate"),
                stranger.get(f"{one}/deliveries"),
                stranger.post(f"{BASE}/deliveries/{delivery}/retry"),
            ]
            assert [each.status_code for each in answers] == [404] * len(answers), webhook_id
    assert client.get(f"{BASE}/{made['webhook_id']}").json()["active"]


def test_each_call_has_its_scope(api: Api, owner: str, client: httpx.Client) -> None:
    one = f"{BASE}/{registered(client)['webhook_id']}"
    with api.client(owner, READ) as reader, api.client(owner, WRITE) as writer:
        for url in (BASE, one, f"{one}/deliveries"):
            assert (reader.get(url).status_code, writer.get(url).status_code) == (200, 403)
        for url in (BASE, f"{one}/test", f"{one}/rotate"):
            assert reader.post(url, json={"url": URL}).status_code == 403
        assert reader.delete(one).status_code == 403
        assert writer.patch(one, json={}).status_code == 200


def test_without_a_key_there_are_no_webhooks(tmp_path: Path, owner: str) -> None:
    settings = {"EXPORT_WEBHOOK_SECRETS": ""}
    with (
        Api(tmp_path, settings) as api,
        api.client(owner) as client,
        Visitor(api, owner) as visitor,
    ):
        assert "not set up here" in visitor.get("/webhooks").text
        response = client.post(BASE, json={"url": URL})
        assert (response.status_code, response.json()["code"]) == (503, "webhooks-off")
        assert client.get(BASE).json()["items"] == []
