"""Markdown: a folder or a file that every reader takes for the same headings, lists and texts."""

import io
import re
from typing import Any
from urllib.parse import unquote, urljoin
from zipfile import ZipFile

import pytest
import yaml

from activities.documents.build import build
from activities.documents.model import Block, Card, Heading
from activities.formats.markdown.declaration import MarkdownOptions
from activities.formats.testing import Recorder, render
from activities.formats.testing.items import (
    STUDY_GUIDE,
    data_url,
    full_item,
    hostile_item,
    item,
    plain_item,
    png,
    world_items,
)
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion
from activities.model.content_links import ContentLinks

TRAPS = ("no", "1e3", "---", "[[x]]", "!!python/none", 'a: "b" \\ #c', "\u2028\x85\ufeff", "- x")


def folder(items: list[Item], **options: Any) -> dict[str, str]:
    """The notes of an export, by name; pictures have no text."""
    data, _ = render("markdown", items, MarkdownOptions(**options))
    with ZipFile(io.BytesIO(data)) as package:
        return {
            name: package.read(name).decode() if name.endswith(".md") else ""
            for name in package.namelist()
        }


def file(items: list[Item], **options: Any) -> str:
    data, _ = render("markdown", items, MarkdownOptions(markdown_layout="file", **options))
    return data.decode()


def front_matter(note: str) -> Any:
    assert note.startswith("---\n")
    return yaml.safe_load(note.split("---\n")[1])


def written(guide: str) -> str:
    """A study guide as the format writes it."""
    return file([item(study_guide=guide)]).partition("## Study guide\n\n")[2]


def blocks(guide: str) -> tuple[Block, ...]:
    """What the service reads in a study guide."""
    [part] = build(item(study_guide=guide), MarkdownOptions(), Recorder()).parts
    return part.blocks


def test_folder_has_a_note_for_each_part_and_a_list_of_all() -> None:
    notes = folder([plain_item("a"), full_item()])
    assert list(notes)[-1] == "README.md"
    assert "01-water-cycle/study-guide.md" in notes
    assert "02-photosynthesis-in-depth/reading-guide-questions.md" in notes
    assert notes["README.md"].startswith("# Exported content\n\n1. [Water cycle](01-water-cycle/")
    assert "- [Flashcards](flashcards.md)" in notes["01-water-cycle/index.md"]
    assert notes["01-water-cycle/faqs.md"] == (
        "# Frequently asked questions\n\n[Water cycle](index.md)\n\n"
        "1. Why does it rain?\n\n   **Answer:** Because clouds get heavy.\n"
    )


def test_every_address_of_a_folder_is_that_of_a_file_in_it() -> None:
    titles = ["Über (alles)", "a/b\\c: *d* <e>|?", "光合作用 🌱", "CON", ".hidden", "x" * 300]
    items = [
        item(f"i{n}", title=title, study_guide=f"![a]({data_url(png())})\n\n[to](item:i0)")
        for n, title in enumerate(titles)
    ]
    notes = folder(items)
    for name, text in notes.items():
        led = re.findall(r"\]\(<?([^()#>]+)", text)
        assert led or not text
        assert {unquote(urljoin(name, each)) for each in led} <= notes.keys()


@pytest.mark.parametrize("title", ["con", "..", "a/b:c*?|<>^[]#", "é" * 200, "\u202ex", "Ａ", ""])
def test_names_of_folders_suit_every_file_system(title: str) -> None:
    [name] = {each.partition("/")[0] for each in folder([item(title=title)])} - {"README.md"}
    assert not re.search(r'[<>:"/\\|?*#^\[\]\x00-\x1f]', name)
    assert len(name.encode()) <= 80
    assert name.startswith("01")
    assert name[-1] not in ". "


def test_titles_that_differ_in_capitals_alone_have_folders_of_their_own() -> None:
    names = {name.lower() for name in folder([item("a", title="Dna"), item("b", title="DNA")])}
    assert len(names) == 3


def test_picture_is_one_file_wherever_it_is_shown() -> None:
    guide = f"![One]({data_url(png())})\n\n![Two]({data_url(png())})"
    notes = folder([item("a", study_guide=guide), item("b", study_guide=guide)])
    [name] = [name for name in notes if name.startswith("media/")]
    assert re.fullmatch(r"media/[0-9a-f]{40}\.png", name)
    assert f"![Two](../{name})" in notes["02-photosynthesis/study-guide.md"]


def test_front_matter_says_what_the_item_is() -> None:
    said = front_matter(folder([full_item()])["01-photosynthesis-in-depth/index.md"])
    assert (said["id"], said["version"]) == ("content-full", 3)
    assert said["title"] == "Photosynthesis, in depth"
    assert said["updated"].isoformat() == "2024-03-04T10:30:00+00:00"
    assert said["tags"] == ["pigment", "leaf"]


@pytest.mark.parametrize("trap", TRAPS)
def test_front_matter_is_the_same_text_in_yaml(trap: str) -> None:
    cards = [Flashcard("a", "b", tags=[trap])]
    made = item(trap, title="`x`", flashcards=cards)
    assert front_matter(file([made]))["id"] == trap


def test_front_matter_without_metadata_has_no_times() -> None:
    assert front_matter(file([plain_item()], include_metadata=False)).keys() == {
        "id",
        "title",
        "language",
        "tags",
    }


@pytest.mark.parametrize(
    "guide",
    [
        STUDY_GUIDE,
        "1. one\n2. two\n\n<!-- -->\n\n1. again\n\n- a\n\n<!-- -->\n\n- b",
        "3) three\n4) four\n   - deep\n\n     para\n\n     > quoted\n     > ```x\n     > a\n",
        "- one\n  1. first\n- two\n  3. third",
        "> a\n\n> b\n>> c\n\n- [ ] open\n- [x] done",
        "````md\n```js\n````\n\n~~~\n`````\n~~~",
        "| a | b |\n|:-:|--:|\n| `x\\|y` | \\| |\n| **b** | <br>c |",
        "> [!WARNING]\n> Hot\n\n> [!TIP]\n> - a",
        "a *b* c **d *e* f** ~~g~~ `h` `` i` `` x_y_z *un*believable a**b**c **“q”**r",
        "植物**光合**作用と**「光」**の_反_応",
        "H~2~O x^2^ ==mark== <kbd>Ctrl</kbd> <u>u</u>",
        "one\\\ntwo\\\n\\- three\\\n1\\. four\\\n\\# five",
        "<https://example.org/a?b=1&copy;> [x](https://example.org/(a)_b) <me@example.org>",
        "Note[^1] and[^2].\n\n[^1]: One.\n\n    - two\n[^2]: Three.",
        "$a < b$ and $x_{1}$\n\n$$\\frac{a}{b}$$",
        "# A #\n\n## B\\#\n\n### *c* `d`",
    ],
)
def test_what_is_written_is_read_as_the_same_blocks(guide: str) -> None:
    again = written(guide)
    assert blocks(again) == blocks(guide), again


@pytest.mark.parametrize(
    "text",
    [
        *("* a", "- a", "+ a", "1. a", "# a", "> a", "---", "- - -", "===", "***", "___"),
        *(
            "```",
            "~~~",
            "    a",
            "[a]: b",
            "[^1]: x",
            "<b>",
            "<!-- a",
            "&amp;",
            "&#35;",
            "a\\",
            "\\",
        ),
        *("*a*", "_a_", "__a__", "~~a~~", "`a`", "[a](b)", "![a](b)", "[[a]]", "![[a]]", "$a$"),
        *("==a==", "%%a%%", "#tag", "a #tag", "<% a %>", "a | b", "|-|", ":--", "a ^b", "!", "^a"),
        *("http://a", "snake_case_name", "2 * 3 * 4", "{{7*7}}", ": a", "::: a"),
        *("term\n: definition", "a  \n\n\nb", "[!NOTE]", "[ ] a", "[x] a", "a\n---", "a\n==="),
    ],
)
def test_text_stays_text(text: str) -> None:
    """HTML says without marks of Markdown what the text is."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    cards = [Flashcard(f"<p>{escaped}</p>", "<p>x</p>")]
    made = item(flashcards=cards, text_format="html")
    front = file([made]).partition("1. ")[2].partition("\n\n   **Back")[0].replace("\n   ", "\n")
    [card] = build(made, MarkdownOptions(), Recorder()).parts[0].blocks
    assert isinstance(card, Card)
    assert blocks(front) == card.front, front


def test_nothing_of_one_text_reaches_the_next() -> None:
    made = item(
        faqs=[
            Faq("```\nopen", "<!-- open"),
            Faq("[a]", "[a]: https://example.org"),
            Faq("Last", "---"),
        ]
    )
    text = file([made, plain_item("b")], title="T")
    [part] = build(item(study_guide=text), MarkdownOptions(), Recorder()).parts
    assert sum(isinstance(block, Heading) for block in part.blocks) == 7
    assert "](https://example.org" not in text


def test_commands_of_templater_are_not_in_text() -> None:
    text = file([item(title="<% a %>", faqs=[Faq("<%* b %>", "c <%= d %>")])])
    assert "<%" not in text.partition("\n---\n")[2]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("```dataviewjs\nalert(1)\n```", 1),
        ("```Dataview\nlist\n```\n\n```txt\n<%* tp.a() %>\n```", 2),
        ("```js\na < b % c\n```", 0),
    ],
)
def test_code_that_plug_ins_run_loses_its_language_and_is_told(code: str, count: int) -> None:
    data, warnings = render("markdown", [item(study_guide=code)], MarkdownOptions())
    assert b"dataview" not in data.lower()
    told = [(each.code, each.count) for each in warnings]
    assert told == [("code-fence-runnable", count)] * bool(count)


@pytest.mark.parametrize(
    "tex", ["\\href{javascript:alert(1)}{x}", "a `b`", "\\text{$x$}", "\\require{html} x"]
)
def test_formula_that_would_do_more_is_code(tex: str) -> None:
    made = item(study_guide=f"$${tex}$$\n\nor ${tex}$")
    data, warnings = render("markdown", [made], MarkdownOptions(markdown_layout="file"))
    text = data.decode().partition("Study guide")[2]
    assert "formula-as-source" in {each.code for each in warnings}
    assert "$\\href" not in text
    assert "$\\require" not in text


def test_formula_shows_no_tag_where_there_are_no_formulas() -> None:
    assert "<img" not in written("$a<img src=x onerror=alert(1)>$")
    assert "](" not in written("$[a](https://example.org)$")


def test_learners_edition_answers_nothing() -> None:
    made = item(
        faqs=[Faq("Q1", "secret1")],
        flashcards=[Flashcard("Q2", "secret2", "", ["tag"])],
        reading_guide_questions=[ReadingQuestion("Q3", "secret3")],
    )
    texts = [*folder([made], answers="none").values(), file([made], answers="none")]
    assert "Q3" in "".join(texts)
    assert not any("secret" in text for text in texts)


def test_links_lead_from_item_to_item() -> None:
    items = [
        item("a", title="First", study_guide="# Here\n\nsee [it](#here) and [b](item:b)"),
        item("b", title="Second"),
    ]
    guide = folder(items)["01-first/study-guide.md"]
    [place] = re.findall(r'<a id="(p\w+)"></a>Here', guide)
    assert f"see [it](#{place}) and [b](../02-second/index.md)" in guide
    text = file(items)
    [there] = re.findall(r"\[b\]\(#(p\w+)\)", text)
    assert f'## <a id="{there}"></a>Second' in text
    assert text.count("<a id=") == 2


def test_link_to_an_item_that_was_left_out_is_text() -> None:
    report = Recorder(links=ContentLinks(frozenset({"a", "gone"})))
    made = item("a", study_guide="see [the other](item:gone)")
    data, warnings = render("markdown", [made], MarkdownOptions(markdown_layout="file"), 1, report)
    assert "see <span>the other</span>" in data.decode()
    assert [each.code for each in warnings] == ["link-target-missing"]


def test_footnotes_of_one_file_have_different_labels() -> None:
    guide = "Text[^1].\n\n[^1]: Note."
    text = file([item("a", study_guide=guide), item("b", study_guide=guide)])
    assert re.findall(r"^\[\^(.*?)\]:", text, re.MULTILINE) == ["1-1", "2-1"]
    assert "Text[^2-1]." in text


def test_one_item_is_a_file_that_begins_with_its_title() -> None:
    text = file([plain_item()])
    assert text.partition("\n---\n\n")[2].startswith("# Water cycle\n\n## Study guide\n")
    titled = file([plain_item()], title="Course")
    assert "# Course\n\n## Water cycle\n\n### Study guide\n" in titled


def test_file_holds_its_pictures() -> None:
    assert "](data:image/png;base64," in file([full_item()])


def test_headings_do_not_skip_below_six() -> None:
    deep = "\n\n".join(f"{'#' * level} h{level}" for level in range(1, 7))
    text = file([item("a", study_guide=deep), item("b")])
    assert max(len(found) for found in re.findall(r"^#+", text, re.MULTILINE)) == 6


def test_hostile_item_brings_no_element() -> None:
    text = file([hostile_item(), *world_items()]).partition("\n---\n")[2]
    elements = re.findall(r"(?<!\\)<(?!https?:|mailto:)/?(\w*)", text)
    assert set(elements) <= {"br", "del", "em", "span", "strong", "sub", "sup"}
