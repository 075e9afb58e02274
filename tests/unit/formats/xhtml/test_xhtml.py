"""What the emitter of XHTML makes of content, profile by profile."""

import re
from html.parser import HTMLParser
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from activities.formats.shared.xhtml.pictures import PictureFiles, data_address
from activities.formats.shared.xhtml.places import element_id, nowhere
from activities.formats.shared.xhtml.profiles import ANKI, LMS, MOODLE, PAGE, QTI, Profile
from activities.formats.testing.items import (
    arabic_item,
    data_url,
    full_item,
    hostile_item,
    item,
    png,
    world_items,
)
from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section
from activities.model.options import PictureOptions, RenderOptions
from tests.unit.formats.xhtml.reading import MATHS, PROFILES, Written

QTI_ELEMENTS: Final = (
    {"p", "div", "span", "ol", "ul", "li", "dl", "dt", "dd", "pre", "code", "blockquote", "hr"}
    | {"table", "caption", "thead", "tbody", "tr", "th", "td", "em", "strong", "sub", "sup"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "kbd", "br", "img", "a", "body"}
)
HOSTILE_TEX: Final = (
    r"\text{<script>alert(1)</script>}",
    r"\text{</mtext></math><img src=x onerror=alert(1)>}",
    r"\href{javascript:alert(1)}{x}",
    r"\style{background:url(http://evil.example)}{x}",
    r"\class{evil}{x}",
    r"\cssId{evil}{x}",
    r"\frac{a}",
    r"}{",
    r"\def\x{\x\x}\x",
    r"\require{html}",
    r"\input{/etc/passwd}",
    "\\begin{evil}x\\end{evil}",
    r"\unknowncommand{x}",
    r"\text{\)<b>x</b>\(}",
    r"]]> [sound:../../etc/passwd.mp3]",
)
HOSTILE_PROSE: Final = (
    r"\\(x\\) and \\[y\\] and $$ alone, \\begin{align} x \\end{align}",
    "[sound:a.mp3] [latex]x[/latex] [[link]] @@PLUGINFILE@@/x {mlang en}",
    "a &nbsp; b &lt;b&gt; <!-- --> ]]> <![CDATA[ <?php ?>",
    "`\\(code\\)` and `[sound:b.mp3]` and `$$`",
    '![\\\\(alt\\\\) $$ "quoted" [sound:c.mp3]](' + data_url(png()) + ")",
)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("each", [*world_items(), hostile_item()], ids=lambda each: each.id)
def test_all_content_is_well_formed_without_entities_of_html(profile: Profile, each: Item) -> None:
    written = Written(each, profile)

    assert set(re.findall("&([a-z]+);", written.text)) <= {"amp", "lt", "gt", "quot"}
    assert not written.all("//script|//style|//iframe|//object|//@style|//@onclick|//@onerror")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=60))
def test_any_text_is_well_formed(profile: Profile, text: str) -> None:
    Written(
        item(
            title=text,
            study_guide=f"{text}\n\n`{text}`\n\n${text}$\n\n```{text}\n{text}",
            faqs=[Faq(text, text)],
            flashcards=[Flashcard(text, text, tags=[text])],
        ),
        profile,
    )


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("tex", HOSTILE_TEX)
def test_hostile_formulas_are_shown_and_do_nothing(profile: Profile, tex: str) -> None:
    written = Written(item(study_guide=f"$$\n{tex}\n$$\n\nand ${tex}$"), profile)

    assert not written.all("//script|//img|//b|//a|//@href|//@style|//@onerror|//@class[.='evil']")
    allowed = {"display", "alttext", "encoding", "mathvariant", "stretchy", "fence", "xmlns"}
    for element in written.root.iter(f"{MATHS}*"):
        assert set(element.attrib) <= allowed | {"linethickness", "form", "width", "height"}, tex
        assert element.tag != f"{MATHS}mfrac" or len(element) == 2
    if profile.maths == "tex":
        shown = "".join(
            part for part in map(str, written.root.itertext()) if "\\(" in part or "\\[" in part
        )
        commands = re.findall(r"\\[a-zA-Z]+", shown)
        assert set(commands) <= {r"\text", r"\frac"}, shown


def test_a_formula_that_cannot_be_read_is_its_tex_with_a_warning() -> None:
    written = Written(item(study_guide=r"Take $\frac{a}$ and $a+b$."))

    assert written.texts("//code") == [r"\frac{a}"]
    assert written.warnings == {"formula-as-source": 1}
    assert len(written.elements(f"{MATHS}math")) == 1


@pytest.mark.parametrize("profile", [PAGE, QTI], ids=["page", "qti"])
def test_formulas_are_mathml_with_their_tex(profile: Profile) -> None:
    written = Written(item(study_guide="Inline $a<b$.\n\n$$\n\\mathbf{x}^2\n$$"), profile)

    inline, displayed = written.elements(f"{MATHS}math")
    assert (inline.get("display"), displayed.get("display")) == ("inline", "block")
    assert inline.get("alttext") == "a<b"
    (annotation,) = displayed.iter(f"{MATHS}annotation")
    assert annotation.get("encoding") == "application/x-tex"
    assert annotation.text == r"\mathbf{x}^2"
    assert "𝐱" in "".join(displayed.itertext())
    assert written.has_maths


@pytest.mark.parametrize("profile", [LMS, MOODLE, ANKI], ids=["lms", "moodle", "anki"])
def test_formulas_are_tex_between_delimiters(profile: Profile) -> None:
    written = Written(item(study_guide="Inline $a<b$.\n\n$$\n\\frac{1}{2}\n$$"), profile)

    assert r"Inline \( a&lt;b \)." in written.text
    assert written.texts("//div[@class='formula']") == [r"\[ \frac{1}{2} \]"]
    assert not written.has_maths


@pytest.mark.parametrize("profile", [LMS, MOODLE, ANKI], ids=["lms", "moodle", "anki"])
@pytest.mark.parametrize("prose", HOSTILE_PROSE)
def test_prose_and_code_are_no_formulas(profile: Profile, prose: str) -> None:
    written = Written(item(study_guide=prose, title=prose), profile)

    for text in map(str, written.root.itertext()):
        assert not re.search(r"\\[(\[]|\\begin\{|\$\$", text)
    assert not re.search(r"\\[(\[]|\\begin\{|\$\$", written.text)


def test_nothing_in_a_field_of_anki_is_a_tag_of_anki() -> None:
    for prose in (*HOSTILE_PROSE, *(f"${tex}$\n\n$$\n{tex}\n$$" for tex in HOSTILE_TEX)):
        written = Written(item(study_guide=prose, title=prose), ANKI)
        assert not re.search(r"\[(?! )", written.text), prose


def test_a_question_of_moodle_names_no_file_but_our_own() -> None:
    written = Written(
        item(study_guide="\n\n".join(HOSTILE_PROSE)),
        MOODLE,
        picture_address=PictureFiles("@@PLUGINFILE@@/"),
    )

    assert written.text.count("@@") == 2
    assert re.fullmatch(r"@@PLUGINFILE@@/[0-9a-f]{40}\.png", written.all("//img/@src")[0])


@pytest.mark.parametrize("each", [*world_items(), hostile_item()], ids=lambda each: each.id)
def test_qti_is_its_strict_subset(each: Item) -> None:
    written = Written(each, QTI)

    names = {element.tag for element in written.root.iter() if isinstance(element.tag, str)}
    assert {name for name in names if not name.startswith(MATHS)} <= QTI_ELEMENTS
    assert not written.all("//@dir|//@start|//@type|//@style|//@tabindex|//@role|//ol[@class]")
    assert not written.all("//tr[not(parent::tbody|parent::thead)]|//img[not(@alt)]")
    assert not written.all("//blockquote[text()]")


def test_a_list_keeps_its_numbers_where_lists_have_none() -> None:
    source = "c) third\nd) fourth"

    assert Written(item(study_guide=source), QTI).texts("//li") == ["c) third", "d) fourth"]
    page = Written(item(study_guide=source))
    assert page.all("//ol/@start") == ["3"]
    assert page.all("//ol/@type") == ["a"]


def test_a_direction_of_its_own_is_an_attribute_or_a_mark_with_a_warning() -> None:
    guide = item(study_guide="English first.\n\nالضوء طاقة")

    page = Written(guide)
    assert page.all("//p[@dir='rtl']/text()") == ["الضوء طاقة"]
    assert page.warnings == {}
    qti = Written(guide, QTI)
    assert qti.texts("//p")[-1] == "\u200fالضوء طاقة"
    assert qti.warnings == {"direction-left-out": 1}


def test_labels_in_another_language_say_which() -> None:
    each = item(
        study_guide="A leaf\n\n> [!NOTE]\n> noted\n\n> [!TIP] My title\n> told",
        outline=Outline("Summary", [Section("Light", key_points=["energy"])]),
        faqs=[Faq("Why?", "So.")],
        flashcards=[Flashcard("Front", "Back side", tags=["green"])],
    )

    page = Written(each, options=PictureOptions(language="ar"))
    labels = page.all("//h2|//p[@class='label']|//summary|//span[@class='label']|//p[.='ملاحظة']")
    assert len(labels) == 9
    assert {(label.get("lang"), label.get("dir")) for label in labels} == {("ar", None)}
    assert len(page.all("//*[@lang]")) == len(labels)
    assert page.warnings == {}

    qti = Written(each, QTI, options=PictureOptions(language="ar"))
    assert set(qti.all("//@xml:lang")) == {"ar"}
    assert not qti.all("//@lang|//@dir")
    assert not Written(each).all("//@lang")


def test_english_labels_stand_in_for_a_language_without_any() -> None:
    page = Written(item(language="sw", study_guide="Mwanga ni nishati"))

    assert page.all("//h2/@lang") == ["en"]


def test_in_an_arabic_document_its_own_direction_is_not_said_again() -> None:
    written = Written(arabic_item())

    assert not written.all("//p/@dir")
    assert written.all("//li[@dir]") == []


def test_answers_wait_where_they_can_fold() -> None:
    each = item(
        faqs=[Faq("Why?", "So.")],
        flashcards=[Flashcard("Front", "Back side")],
        reading_guide_questions=[ReadingQuestion("Where?", "Here."), ReadingQuestion("Who?")],
    )

    page = Written(each)
    assert page.texts("//details") == ["AnswerSo.", "BackBack side", "AnswerHere."]
    assert len(page.all("//div[@class='room']")) == 1
    assert not Written(each, LMS).elements("details")


def test_the_learners_edition_answers_nothing() -> None:
    each = item(
        faqs=[Faq("Why?", "Zebra")],
        flashcards=[Flashcard("Front", "Zebra")],
        reading_guide_questions=[ReadingQuestion("Where?", "Zebra")],
    )

    for profile in PROFILES.values():
        text = Written(each, profile, options=RenderOptions(include_answers=False)).text
        assert "Zebra" not in text
        assert "Answer" not in text
        assert "Back" not in text


def test_pictures_are_files_or_in_the_text() -> None:
    each = item(study_guide=f"![A leaf]({data_url(png())} 'Seen from above')")
    files = PictureFiles("media/")

    (address,) = Written(each, picture_address=files).all("//figure/img/@src")
    (name,) = files.files
    assert re.fullmatch(r"[0-9a-f]{40}\.png", name)
    assert address == f"media/{name}"
    page = Written(each, picture_address=data_address)
    assert page.all("//img/@src")[0].startswith("data:image/png;base64,")
    assert page.all("//img/@alt") == ["A leaf"]
    assert page.texts("//figcaption") == ["Seen from above"]


def test_links_lead_out_safely_or_to_a_place_in_the_file() -> None:
    guide = (
        "# Light reactions\n\n[down](#light-reactions) [self](item:content-1) "
        "[web](https://example.org/a|b?q=ü&x=<y>#z) [odd](http://müller.example:99999/) "
        "[none](http://../) "
        "[bad](javascript:alert(1))"
    )
    written = Written(item(study_guide=guide))

    down, self_, web = written.all("//a/@href")
    assert [f"#{heading}" for heading in written.all("//h3/@id")] == [down]
    assert [f"#{heading}" for heading in written.all("//h1/@id")] == [self_]
    assert web == "https://example.org/a%7Cb?q=%C3%BC&x=%3Cy%3E#z"
    assert written.warnings == {"link-removed": 1, "link-unusable": 2}
    apart = Written(item(study_guide=guide), place_address=nowhere)
    assert apart.all("//a/@href") == [web]


def test_ids_are_names_that_hold_nothing_of_the_content() -> None:
    guide = "# Größe <x>\n\n[there](#größe-x) and a note[^n]\n\n[^n]: Here."
    written = Written(item('id "of" item', study_guide=guide))

    ids = written.all("//@id")
    assert len(ids) == len(set(ids)) >= 4
    assert all(re.fullmatch(r"p[0-9a-f]{16}r?", name) for name in ids)
    assert element_id("item:a") != element_id("item:b")


def test_footnotes_and_their_references_lead_to_each_other() -> None:
    written = Written(item(study_guide="One[^a] two[^b] one[^a].\n\n[^a]: First.\n\n[^b]: Second."))

    targets = [link.removeprefix("#") for link in written.all("//a/@href")]
    assert set(targets) <= set(written.all("//@id"))
    assert written.texts("//div[@class='note']") == ["1 First.", "2 Second."]
    unlinked = Written(item(study_guide="One[^a].\n\n[^a]: First."), QTI)
    assert not unlinked.elements("a")
    assert unlinked.texts("//sup") == ["1", "1"]


def test_tables_have_heads_captions_and_alignments() -> None:
    table = "| A | | C |\n|:--|--:|:-:|\n| 1 | 2 | 3 |"
    page, moodle = (Written(item(study_guide=table), each) for each in (PAGE, MOODLE))

    assert page.texts("//thead/tr/th[@scope='col']") == ["A", "C"]
    assert page.texts("//tbody/tr/td") == ["1", "2", "3"]
    assert page.all("//tbody//td/@class") == ["left", "right", "center"]
    assert moodle.all("//tbody//td/@align") == ["left", "right", "center"]


def test_tasks_show_whether_they_are_done() -> None:
    written = Written(item(study_guide="- [x] read\n- [ ] write"))

    assert written.texts("//ul[@class='tasks']/li") == ["☑ read", "☐ write"]


def test_code_keeps_its_lines_and_names_its_language_if_that_is_a_name() -> None:
    written = Written(item(study_guide='```python\n\nif a < b:\n    pass\n```\n\n```"><x>\n1\n```'))

    assert written.texts("//pre/code") == ["\nif a < b:\n    pass", "1"]
    assert written.all("//pre/code/@class") == ["language-python"]


def test_callouts_have_titles_and_fold_when_the_author_folded_them() -> None:
    source = "> [!WARNING]\n> Hot.\n\n<details><summary>More</summary>\n\nInside\n\n</details>"
    written = Written(item(study_guide=source))

    assert written.texts("//div[@class='callout warning']") == ["WarningHot."]
    assert written.texts("//details/summary") == ["More"]


def test_headings_begin_where_the_file_wants_them() -> None:
    each = item(study_guide="# One\n\n## Two")

    assert [e.tag for e in Written(each, levels_above=1).all("//h2|//h3|//h4|//h5")] == [
        *("h2", "h3", "h4", "h5")
    ]


def test_a_parser_of_html_reads_the_same_as_one_of_xml() -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def handle_data(self, data: str) -> None:
            self.found.append(data)

    for each in (full_item(), hostile_item()):
        written = Written(each)
        reader = Reader()
        reader.feed(written.text)
        assert "".join(reader.found) == "".join(map(str, written.root.itertext()))


def test_the_same_is_written_again() -> None:
    assert Written(full_item()).text == Written(full_item()).text
    assert etree.tostring(Written(full_item()).root)
