"""Choosing formats and options, what is told beforehand, and starting."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from activities.formats.pdf.declaration import PdfOptions
from activities.model.catalog import formats
from activities.model.job_formats import decode_options
from activities.model.presets import PRESETS, PresetName, with_preset
from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import Api, token

PICTURE = "![A leaf](data:image/png;base64," + "A" * 4000 + ")"
GUIDE = f"# Light\n\n$x^2$ and $$\\int y$$\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n{PICTURE}\n"


def jobs_of(api: Api, owner: str) -> list[dict[str, Any]]:
    with api.client(owner) as client:
        return list(client.get("/api/export/jobs").json()["items"])


def expected(page: Page, name: str) -> dict[str, str]:
    """A format's line in the table of what to expect."""
    heads = page.texts("//section[@id='preview']//thead//th")
    path = f"//section[@id='preview']//tbody/tr[th[normalize-space()='{name}']]/*"
    return dict(zip(heads, page.texts(path), strict=True))


def test_every_format_is_a_card_that_says_what_it_carries(
    api: Api, owner: str, visitor: Visitor
) -> None:
    [item] = api.add_content(owner, 1)

    page = visitor.get("/exports/new", item=item)

    cards = dict(
        zip(
            page.find("//input[@name='format']/@value"),
            page.texts("//label[@class='card']"),
            strict=True,
        )
    )
    assert len(cards) == len(formats())
    for entry in formats().values():
        card = cards[entry.id]
        assert entry.name in card
        assert entry.description in card
        assert html.unescape(entry.limits) in card
        assert entry.opening
        assert " ".join(entry.opening.split()) in card
        assert ("✓ Pictures" in card) is entry.carries.images


def test_the_preview_says_what_each_format_makes_of_the_content(
    api: Api, owner: str, visitor: Visitor
) -> None:
    ids = api.add_content(owner, 3, study_guide=GUIDE)

    page = visitor.get("/exports/new", item=ids, format=["pdf", "csv"], options="1", parts=PARTS)

    pdf, csv = expected(page, "PDF"), expected(page, "CSV")
    assert (pdf["Items"], csv["Items"]) == ("3", "3")
    assert re.fullmatch(r"about \d+", pdf["Pages"])
    assert csv["Pages"].startswith("none")
    assert "kB" in pdf["Size"]
    assert "second" in pdf["Time"]
    assert pdf["What changes"] == "Nothing is lost."
    assert "Formulas stay as TeX source: 6 here." in csv["What changes"]
    assert "Tables become lines of text: 3 here." in csv["What changes"]
    assert "Of pictures only the description stays: 3 here." in csv["What changes"]
    assert page.texts("//p[@id='summary']")[0].startswith("2 files · about ")


PARTS = ["outline", "study_guide", "faqs", "flashcards", "reading_guide_questions"]


def test_what_is_left_out_is_not_counted(api: Api, owner: str, visitor: Visitor) -> None:
    [item] = api.add_content(owner, 1, study_guide=GUIDE, faqs=[])

    page = visitor.get("/exports/new", item=item, format="csv", options="1", parts=["faqs"])

    assert expected(page, "CSV")["What changes"] == "Headings, bold and links become plain text."


def test_everything_that_matches_is_taken_up_to_what_one_export_takes(
    api: Api, owner: str, visitor: Visitor
) -> None:
    ids = api.add_content(owner, 103)
    api.add_content(owner, 2, title="Other")

    few = visitor.get("/exports/new", all="1", text="other")
    many = visitor.get("/exports/new", all="1", text="lesson")

    assert len(few.form("/exports")["item"]) == 2
    assert many.form("/exports")["item"] == list(reversed(ids[3:]))
    assert "3 more matched" in many.text


def test_options_reach_the_job(api: Api, owner: str, visitor: Visitor) -> None:
    ids = api.add_content(owner, 2)
    form = visitor.get("/exports/new", item=ids).form("/exports")
    assert form["format"] == ["pdf"]
    assert form["parts"] == PARTS
    del form["include_metadata"]

    page = visitor.send(
        "/exports",
        form
        | {
            "parts": ["flashcards", "outline"],
            "title": "My *own* title",
            "paper": "letter",
            "cards": "cutout",
            "answers": "none",
            "cover": "false",
            "language": "ar",
            "on_item_error": "skip",
            "include_quality_metrics": "1",
        },
    )

    [job] = jobs_of(api, owner)
    assert page.path == f"/exports/{job['job_id']}"
    assert page.texts("//h1") == ["My own title"]
    assert job["progress"]["items_total"] == 2
    assert job["options"] == {
        "include_metadata": False,
        "include_quality_metrics": True,
        "min_quality": None,
        "receipt": False,
        "on_item_error": "skip",
        "on_media_error": "warn",
        "parts": ["flashcards", "outline"],
        "include_answers": False,
        "answers": "none",
        "title": "My *own* title",
        "language": "ar",
        "paper": "letter",
        "hyphenate": False,
        "look": "standard",
        "theme": None,
        "cover": False,
        "facing": False,
        "glossary": False,
        "points": "blank",
        "cards": "cutout",
        "paper_tint": "cream",
        "tagged": True,
        "pdf_standard": "ua-1",
    }


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_the_options_that_follow_it(
    api: Api, owner: str, visitor: Visitor, name: PresetName
) -> None:
    ids = api.add_content(owner, 2)
    first = visitor.get("/exports/new", item=ids)
    described = first.texts("//section[contains(@class, 'presets')]//button")
    assert described == [each.label for each in PRESETS.values()]
    form = first.form("/exports") | {"title": ["Mine"], "paper": ["letter"], "language": ["de"]}
    form["answers"] = ["none" if PRESETS[name].options["answers"] != "none" else "key"]

    page = visitor.get("/exports/new", **form, preset=name)

    pressed = page.find("//button[@name='preset'][@aria-pressed='true']/@value")
    assert pressed == [name]
    visitor.send("/exports", page.form("/exports"))
    [job] = jobs_of(api, owner)
    wanted = with_preset(PdfOptions(title="Mine", paper="letter", language="de"), name, ())
    assert decode_options("pdf", json.dumps(job["options"])) == wanted
    again = visitor.get("/exports/new", **(page.form("/exports") | {"title": ["Other"]}))
    assert again.form("/exports")["title"] == ["Other"], "what follows a preset is kept"


def test_the_return_key_presses_no_preset(api: Api, owner: str, visitor: Visitor) -> None:
    [item] = api.add_content(owner, 1)
    page = visitor.get("/exports/new", item=item)
    first = page.find("//form[@action='/exports']//button[not(@type='button')]")[0]
    assert first.get("name") is None
    assert first.get("formaction") == "/exports/new"


def test_what_few_people_change_is_behind_more_options_until_it_is_changed(
    api: Api, owner: str, visitor: Visitor
) -> None:
    ids = api.add_content(owner, 2)
    page = visitor.get("/exports/new", item=ids)
    more = "//details[summary='More options']"
    names = set(page.find(f"{more}//@name"))
    assert {"pdf_standard", "facing", "include_metadata"} <= names
    assert {"parts", "answers", "look", "paper"} <= set(page.find("//@name")) - names
    assert page.find(f"{more}[@open]") == []
    form = page.form("/exports")
    # What a preset sets is no surprise, and what was set by hand is seen.
    for name in ("teacher", "cards"):
        pressed = visitor.get("/exports/new", **form, preset=name)
        assert pressed.find(f"{more}[@open]") == []
    changed = visitor.get("/exports/new", **(form | {"pdf_standard": ["ua-2"]}))
    assert changed.find(f"{more}[@open]")
    assert changed.find("//select[@name='pdf_standard']/option[@selected]/@value") == ["ua-2"]


def test_pages_and_word_come_first(api: Api, owner: str, visitor: Visitor) -> None:
    [item] = api.add_content(owner, 1)
    listed = visitor.get("/exports/new", item=item).find("//input[@name='format']/@value")
    assert listed[:2] == ["pdf", "docx"]
    assert {"json", "csv", "xlsx", "txt"} <= set(listed)


def test_themes_are_those_of_the_visitor(tmp_path: Path, owner: str) -> None:
    themes = tmp_path / "themes"
    themes.mkdir()
    for name in ("north", "south"):
        (themes / f"{name}.toml").write_text('accent = "#0B5D4A"')
    with Api(tmp_path, {"EXPORT_THEMES": str(themes)}) as api, Visitor(api) as visitor:
        visitor.sign_in(token(owner, tenant="north"))
        [item] = api.add_content(owner, 1)
        page = visitor.get("/exports/new", item=item)
        assert page.find("//select[@name='theme']/option/@value") == ["", "default", "north"]
        visitor.send("/exports", page.form("/exports"))
        visitor.send("/exports", page.form("/exports") | {"theme": ["default"]})
        kept = [job["options"]["theme"] for job in jobs_of(api, owner)]
        assert sorted(kept) == ["default", "north"]
        refused = visitor.send("/exports", page.form("/exports") | {"theme": ["south"]})
        assert refused.status == 400
        visitor.sign_in(token(owner))
        assert not visitor.get("/exports/new", item=item).find("//*[@name='theme']")


def test_a_form_that_is_sent_twice_starts_one_export(
    api: Api, owner: str, visitor: Visitor
) -> None:
    [item] = api.add_content(owner, 1)
    form = visitor.get("/exports/new", item=item).form("/exports")

    first, second = visitor.send("/exports", form), visitor.send("/exports", form)

    assert first.path == second.path
    assert len(jobs_of(api, owner)) == 1
    visitor.send("/exports", form | {"paper": "letter"})
    assert len(jobs_of(api, owner)) == 2, "another choice is another export"
    again = visitor.get("/exports/new", item=item).form("/exports")
    visitor.send("/exports", again)
    assert len(jobs_of(api, owner)) == 3, "and so is another visit to the page"


def test_each_format_becomes_an_export(api: Api, owner: str, visitor: Visitor) -> None:
    ids = api.add_content(owner, 2)
    form = visitor.get("/exports/new", item=ids).form("/exports")

    page = visitor.send("/exports", form | {"format": ["pdf", "xlsx", "no-such-format"]})

    assert page.path == "/exports"
    assert "2 exports have started." in page.texts("//*[@role='status']")
    assert sorted(job["format"] for job in jobs_of(api, owner)) == ["pdf", "xlsx"]
    visitor.send("/exports", form | {"format": ["pdf", "xlsx"]})
    assert len(jobs_of(api, owner)) == 2


def test_what_was_started_before_a_limit_is_told(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path, {"EXPORT_OWNER_JOBS_IN_FLIGHT": "1"}) as api, Visitor(api, owner) as visitor:
        [item] = api.add_content(owner, 1)
        form = visitor.get("/exports/new", item=item).form("/exports")

        page = visitor.send("/exports", form | {"format": ["pdf", "txt"]})
        after = visitor.send("/exports", form | {"format": ["txt"]})

    told = "1 of 2 exports have started. Wait until some of your exports have ended"
    assert told in page.text
    assert after.status == 429
    assert "You have 1 exports not finished; 1 are allowed." in after.alert
    assert after.form("/exports")["format"] == ["txt"], "the choices are kept"


def test_an_export_is_made_again_with_the_same_choices(
    api: Api, owner: str, visitor: Visitor
) -> None:
    ids = api.add_content(owner, 2)
    options = {
        "parts": ["faqs", "study_guide"],
        "include_answers": False,
        "csv_layout": "files",
        "title": "Again",
    }
    with api.client(owner) as client:
        body = {"content_ids": ids, "format": "csv", **options}
        first = client.post("/api/export/", json=body).json()
        client.delete(f"/api/export/jobs/{first['job_id']}")
    link = visitor.get(f"/exports/{first['job_id']}").find("//a[contains(@href, 'again')]/@href")

    visitor.send("/exports", visitor.get(link[0]).form("/exports"))

    second, _ = jobs_of(api, owner)
    assert second["job_id"] != first["job_id"]
    assert (second["format"], second["options"]) == ("csv", first["options"])
    assert second["progress"]["items_total"] == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": []}, "Choose at least one format."),
        ({"item": []}, "Choose at least one item."),
        ({"parts": []}, "Choose at least one of the parts."),
        ({"paper": "a3"}, "Paper: this value is not possible."),
        ({"title": "x" * 201}, "Title of the file: this value is not possible."),
        ({"title": "a\u2028b"}, "A title is one line of text"),
    ],
)
def test_mistakes_are_told_on_the_page_itself(
    api: Api, owner: str, visitor: Visitor, changes: dict[str, Any], says: str
) -> None:
    [item] = api.add_content(owner, 1)
    form = visitor.get("/exports/new", item=item).form("/exports")

    page = visitor.send("/exports", form | changes)

    assert page.status == 400
    assert says in page.alert
    assert page.texts("//h1") == ["Format and options"]
    assert jobs_of(api, owner) == []


def test_content_that_vanished_meanwhile_is_told(api: Api, owner: str, visitor: Visitor) -> None:
    ids = api.add_content(owner, 2)
    form = visitor.get("/exports/new", item=ids).form("/exports")

    page = visitor.send("/exports", form | {"item": [*ids, "gone"]})

    assert page.status == 404
    assert "1 of 3 content ids were not found" in page.alert
    assert "Choose again" in page.alert
    assert visitor.send("/exports", page.form("/exports")).path.startswith("/exports/")


def test_a_hundred_items_of_the_longest_ids_go_through(
    api: Api, owner: str, visitor: Visitor
) -> None:
    [item] = api.add_content(owner, 1)
    longest = [f"{number:03}{'é' * 252}" for number in range(99)]
    form = visitor.get("/exports/new", item=item).form("/exports")

    page = visitor.send("/exports", form | {"item": [item, *longest]})

    assert page.status == 404
    assert "99 of 100" in page.alert
