"""Links in content lead to places in the file, and none leads nowhere."""

from collections.abc import Iterator

import pytest

from activities.documents.build import build
from activities.documents.link_targets import slug
from activities.documents.model import Heading, Run
from activities.formats.testing import EVERYTHING, Recorder
from activities.formats.testing.items import item
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


def test_headings_of_the_same_text_are_counted() -> None:
    guide = "[a](#x) [b](#x-1) [c](#x-2)\n\n# X\n\n## X\n\n# X-1\n\n## X"
    headings, addresses, codes = places(item(study_guide=guide), OWN)
    assert codes == []
    assert len({addresses["a"], addresses["b"], addresses["c"]}) == 3
    assert headings[addresses["a"].removeprefix("#")] == "X"
    assert slug("X") == "x"


def test_links_lead_from_part_to_part_and_to_the_top() -> None:
    content = item(
        study_guide="# Light\n\n| a |\n|---|\n| [cell](#light) |\n\n> [quoted](#light)",
        faqs=[Faq("[asked](#light)?", "[top](#top) [part](#flashcards)")],
        flashcards=[Flashcard("[front](#light)", "back")],
    )
    headings, addresses, codes = places(content, OWN)
    assert codes == []
    light = {addresses[text] for text in ("cell", "quoted", "asked", "front")}
    assert [headings[address.removeprefix("#")] for address in light] == ["Light"]
    assert headings[addresses["top"].removeprefix("#")] == "Photosynthesis"
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
