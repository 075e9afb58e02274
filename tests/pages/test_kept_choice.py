"""What somebody has chosen and filled in is still there after whatever comes in between."""

import time
from typing import Any

from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import Api, owner_id, token
from web.pages.fields import Fields
from web.pages.kept_form import packed, unpacked

FILLED_IN = {
    "title": ["My own title"],
    "format": ["docx", "epub"],
    "together": ["1"],
    "paper": ["letter"],
    "parts": ["faqs", "outline"],
    "pdf_standard": ["ua-2"],
}


def shown(page: Page) -> dict[str, list[str]]:
    fields = page.form("/exports")
    return {name: fields.get(name, []) for name in FILLED_IN}


def filled_in(visitor: Visitor, items: list[str], **query: Any) -> dict[str, list[str]]:
    form = visitor.get("/exports/new", item=items, **query).form("/exports") | FILLED_IN
    form.pop("include_metadata", None)
    return form


def end_session(api: Api, visitor: Visitor) -> None:
    """As if it had ended elsewhere: the browser still has its cookie."""
    with Visitor(api) as elsewhere:
        elsewhere.http.cookies.set("export_session", visitor.cookie())
        key = elsewhere.get("/exports").form_key()
        elsewhere.post("/sign-out", {"form_key": key})


def test_a_change_of_the_choice_keeps_options_and_filter(
    api: Api, owner: str, visitor: Visitor
) -> None:
    items = api.add_content(owner, 3)
    form = filled_in(visitor, items[:2], text="lesson", sort="title")

    content = visitor.get("/", **form)
    back = visitor.get("/exports/new", **(content.form("/") | {"item": items}))

    assert content.find("//input[@name='text']/@value") == ["lesson"]
    assert content.find("//select[@name='sort']/option[@selected]/@value") == ["title"]
    assert content.form("/")["item"] == items[:2]
    assert shown(back) == FILLED_IN
    assert back.form("/exports")["item"] == items
    assert "include_metadata" not in back.form("/exports")


def test_the_link_to_content_keeps_what_was_chosen(api: Api, owner: str, visitor: Visitor) -> None:
    items = api.add_content(owner, 3)
    for page in (
        visitor.get("/exports/new", **filled_in(visitor, items[:2])),
        visitor.get("/", item=items[:2], text="lesson"),
    ):
        (link,) = page.find("//nav//a[text()='Content']/@href")
        assert sorted(visitor.get(link).form("/")["item"]) == sorted(items[:2])


def test_a_filter_that_is_cleared_keeps_what_was_chosen(
    api: Api, owner: str, visitor: Visitor
) -> None:
    items = api.add_content(owner, 2, title="Light")
    api.add_content(owner, 2, title="Other")
    filtered = visitor.get("/", text="light", item=items)
    assert filtered.find("//button[@name='clear']")

    page = visitor.get("/", **filtered.form("/"), clear="1")

    assert page.find("//input[@name='text']/@value") == [""]
    assert page.texts("//h2")[0] == "4 items"
    assert sorted(page.form("/")["item"]) == sorted(items)
    assert page.find("//button[@name='clear']") == []


def test_a_mistake_in_one_option_costs_none_of_the_others(
    api: Api, owner: str, visitor: Visitor
) -> None:
    items = api.add_content(owner, 2)
    form = filled_in(visitor, items)
    for page in (
        visitor.send("/exports", form | {"parts": []}),
        visitor.get("/exports/new", **(form | {"parts": []})),
    ):
        assert page.status == 400
        assert "Choose at least one of the parts." in page.alert
        assert shown(page) == FILLED_IN | {"parts": []}
        assert "include_metadata" not in page.form("/exports")
        assert page.form("/exports")["item"] == items
        wrong = page.find("//*[@aria-invalid='true']//input/@name")
        assert set(wrong) == {"parts"}
    too_long = visitor.send("/exports", form | {"title": "x" * 201})
    assert too_long.form("/exports")["title"] == ["x" * 201]
    assert too_long.find("//*[@aria-invalid='true']/@name") == ["title"]


def test_a_form_goes_on_after_signing_in(api: Api, owner: str, visitor: Visitor) -> None:
    items = api.add_content(owner, 3)
    form = filled_in(visitor, items[:2])
    end_session(api, visitor)

    asked = visitor.send("/exports", form)
    assert asked.path == "/sign-in"
    assert "What you had filled in is kept" in asked.alert
    page = visitor.send("/sign-in", asked.form("/sign-in") | {"token": token(owner)})

    assert page.path == "/exports/new"
    assert shown(page) == FILLED_IN
    assert page.form("/exports")["item"] == items[:2]
    assert visitor.send("/exports", page.form("/exports")).path.startswith("/exports/")


def test_without_a_session_no_form_is_kept(api: Api, owner: str) -> None:
    with Visitor(api) as stranger:
        assert "kept" not in stranger.send("/exports", {"options": "1", "title": "x"}).text
        stranger.http.cookies.set("export_session", "of-nobody")
        far = {"Sec-Fetch-Site": "cross-site"}
        assert "kept" not in stranger.send("/exports", {"options": "1"}, **far).text


def test_other_forms_lead_back_to_their_page(api: Api, owner: str, visitor: Visitor) -> None:
    end_session(api, visitor)
    for referer, target in (
        (f"{api.url}/exports?page=2", "/exports?page=2"),
        ("https://elsewhere.example/exports", "/"),
    ):
        visitor.http.cookies.set("export_session", "of-nobody")
        page = visitor.send("/exports/x/cancel", {}, Referer=referer)
        assert page.form("/sign-in")["next"] == [target]


def test_a_form_of_an_earlier_sign_in_is_shown_again(
    api: Api, owner: str, visitor: Visitor
) -> None:
    items = api.add_content(owner, 2)
    form = filled_in(visitor, items)
    visitor.sign_in(token(owner))

    page = visitor.send("/exports", form)

    assert page.status == 403
    assert "nothing has started" in page.alert
    assert shown(page) == FILLED_IN
    assert visitor.send("/exports", page.form("/exports")).path.startswith("/exports/")


def test_who_has_chosen_nothing_stays_with_the_content(
    api: Api, owner: str, visitor: Visitor
) -> None:
    [item] = api.add_content(owner, 1)
    form = filled_in(visitor, [item]) | {"text": ["lesson"]}
    del form["item"]

    page = visitor.get("/exports/new", **form)

    assert page.path == "/"
    assert page.alert == "Choose at least one item first."
    assert page.find("//input[@name='text']/@value") == ["lesson"]
    assert shown(visitor.get("/exports/new", **(page.form("/") | {"item": item}))) == FILLED_IN


def test_a_form_too_long_for_an_address_is_kept_without_its_items() -> None:
    few = Fields(b"options=1&title=Mine&item=a&item=b&text=light&form_key=secret&nonce=n")
    assert unpacked(packed(few)).pairs("title", "item", "text", "form_key", "nonce") == [
        ("title", "Mine"),
        ("item", "a"),
        ("item", "b"),
        ("text", "light"),
    ]
    ids = "&".join(f"item={number * 7919**8:040d}" for number in range(200))
    many = unpacked(packed(Fields(f"options=1&title=Mine&{ids}".encode())))
    assert many.pairs("title", "item") == [("title", "Mine")]
    for broken in ("", "x", "é", "AAAA"):
        assert unpacked(broken).pairs("title") == []


def test_a_session_that_soon_ends_says_so(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        visitor.sign_in(token(owner, exp=int(time.time()) + 3_000))
        assert visitor.get("/").find("//*[@data-session-ends]/p") == []
        visitor.sign_in(token(owner, exp=int(time.time()) + 200))
        page = visitor.get("/exports")
    (told,) = page.find("//*[@role='status' and @data-session-ends]/p")
    assert "Your sign-in ends soon." in told.text_content()
    assert told.find("a").get("href") == "/sign-in?next=%2Fexports"


def test_the_last_choices_are_offered_again(api: Api, owner: str, visitor: Visitor) -> None:
    items = api.add_content(owner, 2)
    assert "those of your last export" not in visitor.get("/exports/new", item=items).text
    visitor.send("/exports", filled_in(visitor, items))

    with Visitor(api, owner) as on_another_device:
        page = on_another_device.get("/exports/new", item=items[0])
        assert "Formats and options are those of your last export." in page.text
        assert shown(page) == FILLED_IN | {"title": [""]}
        assert "include_metadata" not in page.form("/exports")
        (usual,) = page.find("//a[text()='Start from the usual ones']/@href")
        fresh = on_another_device.get(usual).form("/exports")
        assert (fresh["format"], fresh["paper"]) == (["pdf"], ["a4"])
        assert fresh["item"] == [items[0]]
        linked = on_another_device.get("/exports/new", item=items, format="anki")
        assert linked.form("/exports")["format"] == ["anki"]
    other = owner_id()
    theirs = api.add_content(other, 1)
    with Visitor(api, other) as stranger:
        assert shown(stranger.get("/exports/new", item=theirs))["format"] == ["pdf"]
