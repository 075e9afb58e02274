"""Links in content lead to places in the file, and none leads nowhere."""

from collections.abc import Iterator

import msgspec
import pytest

from activities.documents.build import build
from activities.documents.link_targets import slug
from activities.documents.model import PART_LEVEL, Heading, Run
from activities.formats.testing import EVERYTHING, Recorder
from activities.formats.testing.items import data_url, item, png
from activities.model.content import Faq, Flashcard, Item
from activities.model.content_links import ContentLinks


def places(content: Item, links: ContentLinks) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Headings by their anchors, addresses by the linked text, and the codes of the warnings."""
    report = Recorder(links=links)
    document = build(content, EVERYTHING, report)
    found = list(_of(document.title)) + [each for part in document.parts for each in _of(part)]
    headings = {
        anchor: "".join(run.text for run in heading.runs)
        for heading in found
        if isinstance(heading, Heading)
        for anchor in heading.anchors
    }
    addresses = {run.text: run.link for run in found if isinstance(run, Run) and run.link}
    return headings, addresses, [warning.code for warning in report.warnings]


def _of(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, tuple):
        for part in value:
            yield from _of(part)
    for name in getattr(value, "__struct_fields__", ()):
        yield from _of(getattr(value, name))


OWN = ContentLinks(frozenset({"content-1"}))


@pytest.mark.parametrize(
    ("heading", "fragment"),
    [
        ("Intro", "intro"),
        ("1. Overview", "1-overview"),
        ("What's new?", "whats-new"),
        ("A `code` & *more*", "a-code--more"),
        ("Über uns", "über-uns"),
        ("Über uns", "%C3%BCber-uns"),
        ("光合作用", "光合作用"),
        ("Пример_два", "пример_два"),
        ("Plants 🌱", "plants-"),
        ("Plants 🌱", "plants"),
        ("Key Terms", "Key-Terms"),
        ("Key Terms", "key terms"),
    ],
)
def test_fragments_name_headings_as_on_github(heading: str, fragment: str) -> None:
    guide = f"[go](<#{fragment}>)\n\n## {heading}\n\ntext"
    headings, addresses, codes = places(item(study_guide=guide), OWN)
    assert codes == []
    assert headings[addresses["go"].removeprefix("#")]
    assert addresses["go"] != "#item:content-1"


@pytest.mark.parametrize(
    "heading",
    [
        '## <a id="here"></a>Two',
        '## Two <a name="here"></a>',
        '<a name="here"></a>\n\n## Two',
        'text <a name="here"></a>\n\nTwo\n---',
        '<h2 id="here">Two</h2>',
        '<div>\n\n<a id="here"></a>\n\n## Two\n\n</div>',
        '> <a id="here"></a>\n\n## Two',
    ],
)
def test_names_that_an_author_gave_lead_to_the_heading(heading: str) -> None:
    guide = f"# One\n\n[go](#here)\n\n{heading}\n\n## Three"
    headings, addresses, codes = places(item(study_guide=guide), OWN)
    assert codes == []
    assert headings[addresses["go"].removeprefix("#")].strip() == "Two"


def named(content: Item) -> tuple[str, list[str]]:
    """What the link of the text "go" leads to, and the codes of the warnings."""
    report = Recorder(links=OWN)
    document = build(content, EVERYTHING, report)
    found = [each for part in document.parts for each in _of(part)]
    [address] = {run.link for run in found if isinstance(run, Run) and run.text == "go"}
    assert address is not None
    [place] = [each for each in found if address[1:] in getattr(each, "anchors", ())]
    if isinstance(place, Run):
        shown = "picture" if place.picture else place.text.strip()
    else:
        shown = f"{type(place).__name__}"
    return shown, [warning.code for warning in report.warnings]


PICTURE = data_url(png())
NAMED = [
    ('<p id="here">found</p>', "found"),
    ('<p>one</p><div id="here"><p>found <b>x</b></p></div>', "found"),
    ('<p>one <span id="here"><b>found</b> two</span></p>', "found"),
    ('<p>one <a name="here" href="https://e.org">found</a> two</p>', "found"),
    ('<p>one</p><a id="here"></a><p>found</p>', "found"),
    ('<ul><li>one</li><li id="here">found<ul><li>x</li></ul></li></ul>', "found"),
    ('<ol id="here"><li><p>found</p></li></ol>', "found"),
    ('<table id="here"><tr><td>found</td><td>x</td></tr></table>', "found"),
    ('<table><tr><td>x</td></tr><tr id="here"><td>found</td></tr></table>', "found"),
    ('<table><tr><td>x</td><td id="here">found</td></tr></table>', "found"),
    ('<table><caption id="here">found</caption><tr><td>x</td><td>y</td></tr></table>', "found"),
    ('<blockquote id="here"><p>found</p></blockquote>', "found"),
    ('<details id="here"><summary>found</summary><p>x</p></details>', "found"),
    ('<p class="callout info" id="here">found</p>', "found"),
    ('<dl><dt>x</dt><dd id="here">found</dd></dl>', "found"),
    ('<p>x</p><pre id="here">code</pre><p>y</p>', "CodeBlock"),
    (f'<p>x</p><img id="here" src="{PICTURE}"><p>y</p>', "Image"),
    (f'<figure id="here"><img src="{PICTURE}"><figcaption>y</figcaption></figure>', "Image"),
    (f'<p>x <span id="here"><img src="{PICTURE}" height="9"></span> y</p>', "picture"),
    ('<p id="here"><img src="https://e.org/a.png"></p><p>y</p>', "MissingPicture"),
    (r'<p>x</p><div id="here">\[x^2\]</div><p>y</p>', "MathBlock"),
    (r'<p>x <span id="here">\(x^2\)</span> y</p>', "x^2"),
    ('<p>x</p><hr id="here"><p>found</p>', "found"),
    ('<p>x</p><p id="here" hidden>gone</p><p>found</p>', "found"),
    ('<p id="bkmrk-Größe-%">x</p><p id="here">found</p>', "found"),
    ('<p id="here">found</p><p id="here">the second of a name</p>', "found"),
]


@pytest.mark.parametrize(("source", "place"), NAMED)
@pytest.mark.parametrize(
    "around", ["{}", "<ul><li>{}</li></ul>", "<table><tr><td>{}</td></tr></table>"]
)
def test_whatever_has_a_name_in_html_can_be_led_to(source: str, place: str, around: str) -> None:
    codes = ["hidden-removed"] if "hidden" in source else []
    guide = f'<p><a href="#here">go</a></p>{around.format(source)}<h2>Next</h2>'
    assert named(item(study_guide=guide, text_format="html")) == (place, codes)
    in_markdown = f"[go](#here)\n\n{around.format(source)}\n\n## Next"
    assert named(item(study_guide=in_markdown)) == (place, codes)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ('<a id="here"></a>\n\nfound *text*', "found"),
        ('one <a name="here"></a>found', "found"),
        ('- one\n- <a id="here"></a>found', "found"),
        ('> <span id="here">found</span> text', "found"),
        ('| a |\n|---|\n| <a id="here"></a>found |', "found"),
        ('note[^1]\n\n[^1]: <a id="here"></a>found', "found"),
        ('<div id="here">\n\n- found\n\n</div>', "found"),
        ('<a id="here"></a>\n\n```\ncode\n```', "CodeBlock"),
        ('<a id="here"></a>\n\n$$x$$', "MathBlock"),
        ('<a id="here"></a>\n\n```math\nx\n```', "MathBlock"),
        (f'<a id="here"></a>\n\n![]({PICTURE})', "Image"),
        ('<a id="here"></a>\n\n$x$ text', "x"),
        ('<a id="here"></a>\n\nfound\n: text', "found"),
    ],
)
def test_a_name_in_markdown_is_that_of_what_comes_next(source: str, place: str) -> None:
    assert named(item(study_guide=f"[go](#here)\n\n{source}\n\n## Next")) == (place, [])
    other = item(study_guide=source, faqs=[Faq("[go](#here)?", "See [go](#here).")])
    assert named(other) == (place, [])


@pytest.mark.parametrize(
    "link",
    [
        *(
            "[go](#here)",
            "[go](<#here>)",
            "[go]( #here )",
            "[go](\n#here)",
            "[go][x]\n\n[x]: #here",
        ),
        *("[go][x]\n\n[x]:\n  <#here>", "[go](&#35;here)", "[go](&#x23;here)", "[go](&num;here)"),
        *(
            "[go](\\#here)",
            '<a href="#here">go</a>',
            "<a href='#here'>go</a>",
            "<a href=#here>go</a>",
        ),
        *('<a HREF = " #here ">go</a>', '<a href="\t#here">go</a>', '<a href="&#035;here">go</a>'),
    ],
)
def test_names_are_kept_for_links_of_every_spelling(link: str) -> None:
    content = item(study_guide='<p id="here">found</p>', faqs=[Faq("a", link)])
    assert named(content) == ("found", [])


def test_names_that_nothing_leads_to_are_not_in_the_document() -> None:
    content = item(
        study_guide='<h2 id="a">x</h2><p id="b">y <i id="c">z</i></p><pre id="d">code</pre>',
        text_format="html",
    )
    for source in (
        content,
        msgspec.structs.replace(content, faqs=[Faq('<a href="#b">go</a>', "")]),
    ):
        document = build(source, EVERYTHING, Recorder(links=OWN))
        anchors = [
            anchor
            for part in document.parts
            for each in _of(part)
            for anchor in getattr(each, "anchors", ())
        ]
        assert anchors == ([] if source is content else ["item:content-1#b"])


def test_headings_of_the_same_text_are_counted() -> None:
    guide = "[a](#x) [b](#x-1) [c](#x-2)\n\n# X\n\n## X\n\n# X-1\n\n## X"
    headings, addresses, codes = places(item(study_guide=guide), OWN)
    assert codes == []
    assert len({addresses["a"], addresses["b"], addresses["c"]}) == 3
    assert headings[addresses["a"].removeprefix("#")] == "X"
    assert slug("X") == "x"


@pytest.mark.parametrize("heading", ["Photosynthesis", "Study guide"])
def test_headings_of_the_author_come_before_those_around_them(heading: str) -> None:
    guide = f"# {heading}\n\n[go](#{slug(heading)})"
    document = build(item(study_guide=guide), EVERYTHING, Recorder(links=OWN))
    [target] = [each for each in _of(document.parts) if isinstance(each, Heading) and each.anchors]
    assert target.level > PART_LEVEL


def test_links_lead_from_part_to_part_and_to_the_top() -> None:
    content = item(
        study_guide="# Light\n\n| a |\n|---|\n| [cell](#light) |\n\n> [quoted](#light)",
        faqs=[Faq("[asked](#light)?", "[top](#top) [up](#) [part](#flashcards)")],
        flashcards=[Flashcard("[front](#light)", "back")],
    )
    headings, addresses, codes = places(content, OWN)
    assert codes == []
    light = {addresses[text] for text in ("cell", "quoted", "asked", "front")}
    assert [headings[address.removeprefix("#")] for address in light] == ["Light"]
    assert headings[addresses["top"].removeprefix("#")] == "Photosynthesis"
    assert addresses["up"] == addresses["top"]
    assert headings[addresses["part"].removeprefix("#")] == "Flashcards"


def test_a_link_that_looks_like_one_to_a_footnote_leads_to_none() -> None:
    guide = "[text](#fn-1) note[^1]\n\n[^1]: a"
    _, addresses, codes = places(item(study_guide=guide), OWN)
    assert addresses == {"1": "#fn-1"}
    assert codes == ["link-target-missing"]


def test_what_is_not_there_is_told_and_stays_as_text() -> None:
    report = Recorder(links=OWN)
    guide = "# Light\n\n[gone](#nowhere) and [other](item:content-2)"
    build(item(study_guide=guide), EVERYTHING, report)
    [warning] = report.warnings
    assert (warning.code, warning.count) == ("link-target-missing", 2)
    _, addresses, _ = places(item(study_guide=guide), OWN)
    assert addresses == {}


@pytest.mark.parametrize(
    "address",
    [
        *("item:b 2", "item:b%202", "<b 2>", "b%202", "./b%202", "/courses/b%202", "../b%202/"),
        *("b%202?x=1", "b%202#part", "https://platform.example/c/b%202"),
    ],
)
def test_items_of_the_export_are_found_in_the_file(address: str) -> None:
    links = ContentLinks(frozenset({"content-1", "b 2"}), "https://platform.example/")
    source = address if address.startswith("<") else f"<{address}>"
    _, addresses, codes = places(item(study_guide=f"[go]({source})"), links)
    assert (addresses, codes) == ({"go": "#item:b%202"}, [])


@pytest.mark.parametrize(
    ("address", "base", "expected"),
    [
        ("page/3", "https://platform.example/a/", "https://platform.example/a/page/3"),
        ("../3", "https://platform.example/a/", "https://platform.example/3"),
        ("/3", "https://platform.example/a/", "https://platform.example/3"),
        ("https://other.example/content-2", "https://platform.example/", None),
        ("page/3", "", ""),
    ],
)
def test_relative_links_are_relative_to_the_base(
    address: str, base: str, expected: str | None
) -> None:
    links = ContentLinks(frozenset({"content-1", "content-2"}), base)
    _, addresses, codes = places(item(study_guide=f"[go]({address})"), links)
    assert addresses.get("go", "") == (address if expected is None else expected)
    assert codes == ([] if addresses else ["link-removed"])
