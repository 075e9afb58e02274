"""HTML in Markdown: what is a tag, what stays text, and what is Markdown within HTML."""

import pytest

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from activities.documents.model import (
    Callout,
    Heading,
    Image,
    ListBlock,
    ListItem,
    MissingPicture,
    Paragraph,
    Quote,
    Run,
    Table,
)
from activities.documents.plain import plain_blocks
from activities.formats.testing.items import data_url, png
from tests.unit.documents.html.reading import markdown, paragraph, read_markdown, styled

PICTURE = data_url(png())


def test_marks_within_a_line() -> None:
    assert styled(
        markdown("H<sub>2</sub>O x<sup>**2**</sup> <kbd>Ctrl</kbd> <u>*u*</u> **b<mark>m</mark>**")
    ) == [
        ("H", set()),
        ("2", {"subscript"}),
        ("O x", set()),
        ("2", {"superscript", "strong"}),
        ("Ctrl", {"keyboard"}),
        ("u", {"underline", "emphasis"}),
        ("b", {"strong"}),
        ("m", {"strong", "mark"}),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "a < b and c > d, 1<2",
        "`List<String>` is code, List<String> and Map<String, List<Object>> are not",
        "the type <T> of a <name>, mail <your-name> or <Your Name>",
        "write </b> to end it and <b> to begin",
        "<?php echo 1 ?> and <!DOCTYPE html>",
        "x<y>z",
    ],
)
def test_text_that_only_looks_like_tags_is_text(source: str) -> None:
    assert plain_blocks(markdown(source)) == source.replace("`", "")


def test_comments_are_nothing() -> None:
    assert markdown("a <!-- note --> b\n\n<!-- to\n\neditors -->\n\nc") == (
        paragraph("a b"),
        paragraph("c"),
    )
    assert plain_blocks(markdown("not closed <!-- stays")) == "not closed <!-- stays"


@pytest.mark.parametrize("tag", ["<br>", "<br/>", "<br />", "<BR>"])
def test_line_breaks_in_cells(tag: str) -> None:
    [table] = markdown(f"| a |\n|---|\n| one{tag}two |")
    assert isinstance(table, Table)
    assert "".join(run.text for run in table.rows[0][0]) == "one\ntwo"


def test_lists_in_cells_become_lines() -> None:
    [table] = markdown("| a |\n|---|\n| <ul><li>x</li><li>**y**</li></ul> |")
    assert isinstance(table, Table)
    assert "".join(run.text for run in table.rows[0][0]) == "• x\n• y"


def test_details_hold_markdown() -> None:
    assert markdown(
        "<details>\n<summary>Answer</summary>\n\nIt is **42**.\n\n- a\n\n</details>\n\nafter"
    ) == (
        Callout(
            "details",
            (Run("Answer"),),
            (
                Paragraph((Run("It is "), Run("42", strong=True), Run("."))),
                ListBlock((ListItem((paragraph("a"),)),)),
            ),
        ),
        paragraph("after"),
    )


def test_an_element_ends_with_the_item_or_quotation_that_it_began_in() -> None:
    [quote, after] = markdown("> <details>\n> <summary>q</summary>\n>\n> in\n\nafter")
    assert quote == Quote((Callout("details", (Run("q"),), (paragraph("in"),)),))
    assert after == paragraph("after")


def test_headings_count_together() -> None:
    assert markdown('<h1 align="center">Title</h1>\n\n## Part') == (
        Heading(3, (Run("Title"),)),
        Heading(4, (Run("Part"),)),
    )


def test_wrappers_leave_their_content() -> None:
    assert markdown(
        '<div align="center">\n\n**x**\n\n</div>\n\n<center>y</center>\n\n'
        '<font color="red">z</font>'
    ) == (Paragraph((Run("x", strong=True),)), paragraph("y"), paragraph("z"))


def test_tables_and_lists_in_html() -> None:
    table, items = markdown(
        "<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td>\n\n**md**\n\n</td><td>x</td></tr>\n"
        "</table>\n\n<ol>\n<li>one</li>\n</ol>"
    )
    assert table == Table(
        ((Run("A"),), (Run("B"),)),
        (((Run("md", strong=True),), (Run("x"),)),),
        (None, None),
    )
    assert items == ListBlock((ListItem((paragraph("one"),)),), True)


@pytest.mark.parametrize(
    "source",
    [
        f'<img src="{PICTURE}" alt="chart" width="30">',
        f"<p align='center'>\n  <img src='{PICTURE}' alt='chart' width='30'>\n</p>",
        f'<img src="{PICTURE.replace("base64,", "base64, ")}" alt="chart" style="width: 30px">',
        f'<img\n  alt="chart"\n  width=30\n  src="{PICTURE[:60]}\n{PICTURE[60:]}"\n/>',
        f'<figure><img src="{PICTURE}" alt="chart" width="30"></figure>',
    ],
)
def test_pictures_as_tags(source: str) -> None:
    [image] = markdown(source)
    assert isinstance(image, Image)
    assert image.alt == "chart"
    assert image.display_width == 30


def test_a_picture_from_elsewhere_keeps_its_description_and_address() -> None:
    assert markdown('<img src="https://e.org/a.png" alt="A">') == (
        MissingPicture("A", "https://e.org/a.png", ""),
    )


@pytest.mark.parametrize(
    "source",
    [
        f'before <img src="{PICTURE}" alt="a "b" c"> after',
        f'before <img src="{PICTURE}',
        f"before ![x]({PICTURE[:-40]}",
        f"before {PICTURE} after",
        f"before {PICTURE.rstrip('=')} after",
        f"before\n{PICTURE.rstrip('=')}",
        f'before [x]({PICTURE} "t) after',
        f'<p>before <img src="{PICTURE}',
    ],
)
def test_data_is_never_printed(source: str) -> None:
    blocks, _ = read_markdown(source)
    text = plain_blocks(blocks)
    assert "before" in text
    assert PICTURE[40:80] not in text
    runs = MarkdownReader(ConversionWarnings("item"), labels("en")).runs(source)
    assert PICTURE[40:80] not in "".join(run.text for run in runs)


def test_scripts_and_styles_are_gone() -> None:
    blocks, codes = read_markdown("a <script>alert(1)</script> b\n\n<style>\np {}\n</style>\n\nc")
    assert plain_blocks(blocks) == "a b\n\nc"
    assert codes == ["html-removed"]


@pytest.mark.parametrize(
    "source",
    [
        "<table><tr><td>\n<pre>\nfirst\n\nsecond *third*\n</pre>\n</td></tr></table>",
        "<ul><li><pre>first\n\nsecond\n\nthird</pre></li></ul>",
        "<div><pre>first\n\n| second |\n| --- |\n| third |\n\n</pre></div>",
        "<details><summary>S</summary><pre><code>first\n\n- second\n\n</code></pre>third</details>",
    ],
)
def test_code_in_other_elements_loses_nothing_at_a_blank_line(source: str) -> None:
    text = plain_blocks(markdown(source))
    assert text.index("first") < text.index("second") < text.index("third")


@pytest.mark.parametrize(
    "source", ["<div *?-<---\n*foo*", '<p title="a > b\nfoo', "<b>x</b> <i foo"]
)
def test_a_tag_that_does_not_end_is_text(source: str) -> None:
    assert "foo" in plain_blocks(markdown(source))


@pytest.mark.parametrize(
    "source",
    [
        "<math><mi>x&#27;</mi></math>",
        '<math alttext="x&#27;"></math>',
        '<math><semantics><annotation encoding="application/x-tex">x&#27;</annotation></math>',
    ],
)
def test_no_control_character_is_in_a_formula(source: str) -> None:
    [block], _ = read_markdown(source)
    assert block == Paragraph((Run("x", math=True),))


@pytest.mark.parametrize("spelled", ["pic&#x0D;ture&#27;.png", "&#14; pic&#9;ture.png&#10;"])
def test_no_control_character_of_an_address_is_shown(spelled: str) -> None:
    blocks, _ = read_markdown(f'<img src="{spelled}" alt="A&#27; cell">')
    [missing] = blocks
    assert isinstance(missing, MissingPicture)
    assert (missing.address, missing.description) == ("picture.png", "A cell")
