"""`dir` of HTML, where the letters of a text tell another direction."""

import msgspec
import pytest

from activities.documents.direction import runs_are_right_to_left
from activities.documents.html.directions import directed
from activities.documents.model import Block, Run, Runs
from tests.unit.documents.html.reading import (
    html,
    markdown,
    paragraph,
    read_html,
    read_markdown,
)

SHALOM = "\u05e9\u05dc\u05d5\u05dd"


def texts(value: object) -> list[Runs]:
    """The texts within blocks, each of which has a direction of its own."""
    if isinstance(value, msgspec.Struct):
        return [runs for name in value.__struct_fields__ for runs in texts(getattr(value, name))]
    if not isinstance(value, tuple) or not value:
        return []
    if isinstance(value[0], Run):
        return [value]
    return [runs for each in value for runs in texts(each)]


def directions(blocks: tuple[Block, ...]) -> str:
    """R or L for each text: what every format takes for its direction."""
    return "".join(
        "R" if runs_are_right_to_left(runs, otherwise=False) else "L" for runs in texts(blocks)
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<p dir="rtl">Hello', "R"),
        ('<p dir="RTL ">Hello', "R"),
        (f'<p dir="ltr">{SHALOM}', "L"),
        ('<p style="direction: rtl">Hello', "R"),
        ('<p dir="rtl">+1 234-5', "R"),
        (f'<p dir="auto">{SHALOM}', "R"),
        ('<p dir="sideways">Hello', "L"),
        ('<h2 dir="rtl">Hello', "R"),
        (f'<div dir="rtl"><p>a<p dir="ltr">{SHALOM}<p dir="auto">b<p>c</div><p>d', "RLLRL"),
        ('<ul dir="rtl"><li>a<ol><li>b</ol></ul>', "RR"),
        ('<blockquote dir="rtl"><p>a<p>b', "RR"),
        ('<table dir="rtl"><tr><td>a<td dir="ltr">b<tr><td>c<td>d', "RLRR"),
        ('<dl dir="rtl"><dt>a<dd>b', "RR"),
        ('<details dir="rtl"><summary>a</summary>b', "RR"),
        (f'<p><span dir="rtl">{SHALOM} a</span>', "R"),
        (f'<p><span dir="ltr">{SHALOM} a</span>', "L"),
        (f'<p>a <span dir="rtl">{SHALOM}</span>', "L"),
        (f'<p><span dir="rtl">{SHALOM}</span> a', "L"),
    ],
)
def test_a_direction_that_is_set_is_that_of_every_text_within(source: str, expected: str) -> None:
    assert directions(html(source)) == expected


def test_markdown_between_tags_has_their_direction() -> None:
    source = (
        "# a\n\nb *c*\n\n- d\n  1. e\n\n> f\n\n> [!NOTE] g\n> h\n\n"
        "| i | j |\n|---|---|\n| k | l |\n\nT\n: m"
    )
    told = directions(markdown(f'<div dir="rtl">\n\n{source}\n\n</div>\n\nlast'))
    assert told == "R" * (len(told) - 1) + "L"
    assert len(told) == len(texts(markdown(source))) + 1


@pytest.mark.parametrize(
    "source", [f'<p dir="rtl">{SHALOM}', '<p dir="ltr">Hello', '<td dir="rtl">12', "<p>Hello"]
)
def test_nothing_is_added_where_letters_tell_the_same(source: str) -> None:
    [runs] = texts(html(source))
    assert "".join(run.text for run in runs) in {SHALOM, "Hello", "12"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('a <span dir="rtl">b 1</span> c', "a \u2067b 1\u2069 c"),
        ('a <b dir="ltr">b</b> c', "a \u2066b\u2069 c"),
        ("a <bdi>b</bdi> c", "a \u2068b\u2069 c"),
        ('a <span dir="auto">b</span> c', "a \u2068b\u2069 c"),
        ('a <bdo dir="rtl">b</bdo> c', "a \u2067\u202eb\u202c\u2069 c"),
        ('a <bdo dir="ltr">b</bdo> c', "a \u2066\u202db\u202c\u2069 c"),
        ('a <span hidden dir="rtl">b</span>c', "a c"),
    ],
)
@pytest.mark.parametrize("is_html", [True, False])
def test_a_direction_within_a_line_is_isolated(source: str, text: str, is_html: bool) -> None:
    blocks, _ = read_html(f"<p>{source}</p>") if is_html else read_markdown(source)
    [runs] = texts(blocks)
    assert "".join(run.text for run in runs) == text


def test_what_has_no_text_stays_as_it_is() -> None:
    assert directed([paragraph("12")], True) == [paragraph("12")]
