"""Webhooks on the pages: added, tested, renewed, switched, removed, and their messages."""

from activities.automation.webhook_model import Attempt
from activities.automation.webhook_outbox import WebhookOutbox
from activities.common.clock import utc_now
from activities.common.database import Database
from tests.pages.visitor import Visitor
from tests.services.export.api_kit import Api, owner_id

URL = "https://platform.example/hooks?a=<b>"


def test_a_webhook_is_added_and_its_secret_shown_once(visitor: Visitor) -> None:
    page = visitor.get("/webhooks")
    assert "No webhooks yet." in page.text
    form = page.form("/webhooks")
    shown = visitor.send("/webhooks", form | {"url": URL, "event": ["export.failed"]})
    (secret,) = shown.find("//input[@id='secret']/@value")
    assert secret.startswith("whsec_")
    listed = visitor.get("/webhooks")
    assert URL in listed.text
    assert "An export has failed" in listed.texts("//article")[0]
    assert secret not in listed.text
    (one,) = listed.find("//article//a/@href")
    assert secret not in visitor.get(one).text

    renewed = visitor.send(f"{one}/rotate", visitor.get(one).form(f"{one}/rotate"))
    assert renewed.find("//input[@id='secret']/@value") != [secret]
    assert "The secret before it counts until" in renewed.text


def test_what_is_wrong_is_told_beside_what_was_written(visitor: Visitor) -> None:
    form = visitor.get("/webhooks").form("/webhooks")
    page = visitor.send("/webhooks", form | {"url": "https://127.0.0.1/", "event": []})
    assert page.status == 400
    assert page.alert
    assert page.find("//input[@id='url']/@value") == ["https://127.0.0.1/"]


def test_messages_are_shown_with_their_attempts_and_sent_again(api: Api, visitor: Visitor) -> None:
    form = visitor.get("/webhooks").form("/webhooks")
    added = visitor.send("/webhooks", form | {"url": URL})
    (one,) = added.find("//p[@class='actions']/a/@href")
    page = visitor.send(f"{one}/test", visitor.get(one).form(f"{one}/test"))
    assert page.texts("//tbody//span[contains(@class, 'badge')]") == ["On its way"]

    async def fail(database: Database) -> None:
        outbox = WebhookOutbox(database)
        [due] = await outbox.take_due(utc_now(), 10)
        going = await outbox.begin(due.delivery_id, utc_now())
        assert going is not None
        attempt = Attempt(1, utc_now(), 7, None, "unreachable")
        await outbox.failed(going, attempt, None, gone=False)

    api.in_database(fail)
    page = visitor.get(one)
    assert page.texts("//tbody//span[contains(@class, 'badge')]") == ["Not accepted"]
    assert "The receiver cannot be reached." in page.texts("//tbody//li")[0]
    with Visitor(api, "an-operator", "export:admin") as operator:
        (row,) = operator.get("/admin").find("//section[@aria-labelledby='not-arrived']//tbody/tr")
    told = " ".join(row.text_content().split())
    assert "Webhook" in told
    assert "unreachable" in told
    assert URL not in told
    (retry,) = page.find("//tbody//form/@action")
    page = visitor.send(retry, page.form(retry))
    assert page.texts("//tbody//span[contains(@class, 'badge')]") == ["On its way"]


def test_a_webhook_is_switched_off_and_removed_by_its_owner_alone(
    api: Api, visitor: Visitor
) -> None:
    form = visitor.get("/webhooks").form("/webhooks")
    (one,) = visitor.send("/webhooks", form | {"url": URL}).find("//p[@class='actions']/a/@href")
    switched = visitor.send(f"{one}/active", visitor.get(one).form(f"{one}/active"))
    assert "Inactive" in switched.text
    with Visitor(api, owner_id()) as stranger:
        assert stranger.get(one).status == 404
        key = stranger.get("/webhooks").form("/webhooks")["form_key"]
        assert stranger.send(f"{one}/remove", {"form_key": key}).status == 404
    removed = visitor.send(f"{one}/remove", visitor.get(one).form(f"{one}/remove"))
    assert "No webhooks yet." in removed.text


def test_webhooks_are_told_in_the_language_of_the_reader(visitor: Visitor) -> None:
    form = visitor.get("/webhooks").form("/webhooks")
    added = visitor.send("/webhooks", form | {"url": URL})
    (one,) = added.find("//p[@class='actions']/a/@href")
    visitor.send(f"{one}/test", visitor.get(one).form(f"{one}/test"))
    page = visitor.get(one, lang="de")
    assert page.texts("//h2") == ["Nachrichten"]
    assert page.texts("//tbody//span[contains(@class, 'badge')]") == ["Unterwegs"]
    assert "Ein Export ist fertig" in page.text
    assert visitor.get("/webhooks", lang="de").texts("//h1") == ["Deine Webhooks"]
