"""Markdown becomes blocks and runs, and no text breaks or stalls the reader."""

import time
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.documents import budget, markdown
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from activities.documents.model import (
    Block,
    CodeBlock,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    ListItem,
    MathBlock,
    MissingPicture,
    Paragraph,
    Quote,
    Rule,
    Run,
    Table,
)
from activities.documents.plain import block_lines, plain_blocks
from activities.formats.testing import Recorder
from activities.formats.testing.items import data_url, png


def read(source: str, heading_level: int = 3) -> tuple[tuple[Block, ...], list[str]]:
    """The blocks of a text, and the codes of the warnings."""
    warnings, report = ConversionWarnings("content-1"), Recorder()
    blocks = MarkdownReader(warnings, labels("en")).blocks(source, heading_level)
    warnings.flush(report)
    return blocks, [warning.code for warning in report.warnings]


def blocks(source: str) -> tuple[Block, ...]:
    found, codes = read(source)
    assert codes == []
    return found


def runs(source: str) -> tuple[Run, ...]:
    return MarkdownReader(ConversionWarnings("content-1"), labels("en")).runs(source)


def paragraph(text: str) -> Paragraph:
    return Paragraph((Run(text),))


def test_styles_become_flat_runs() -> None:
    assert blocks("a *b **c*** ~~d~~ `e` [f](https://x.org)") == (
        Paragraph(
            (
                Run("a "),
                Run("b ", emphasis=True),
                Run("c", emphasis=True, strong=True),
                Run(" "),
                Run("d", strike=True),
                Run(" "),
                Run("e", code=True),
                Run(" "),
                Run("f", link="https://x.org"),
            )
        ),
    )


def test_line_ends_are_spaces_and_hard_breaks_are_newlines() -> None:
    assert blocks("one\ntwo\\\n*three*") == (
        Paragraph((Run("one two\n"), Run("three", emphasis=True))),
    )


def test_line_ends_between_chinese_letters_are_nothing() -> None:
    assert blocks("光能\n转化") == (paragraph("光能转化"),)
    assert blocks("光*能*\n转化\nATP") == (
        Paragraph((Run("光"), Run("能", emphasis=True), Run("转化 ATP"))),
    )


@pytest.mark.parametrize(
    ("source", "joined"),
    [
        ("대한민국의\n수도는 서울", "대한민국의 수도는 서울"),
        ("ㄱ\nㄴ", "ㄱ ㄴ"),
        ("漢字\n서울", "漢字 서울"),
    ],
)
def test_line_ends_between_korean_words_are_spaces(source: str, joined: str) -> None:
    assert blocks(source) == (paragraph(joined),)
    assert blocks(source + " *b*") == (Paragraph((Run(f"{joined} "), Run("b", emphasis=True))),)


def test_one_line_texts_keep_block_marks() -> None:
    assert runs("# 1. *one*\n- two") == (Run("# 1. "), Run("one", emphasis=True), Run(" - two"))
    assert runs("  plain  ") == (Run("plain"),)
    assert runs("") == ()


def test_headings_start_where_they_are_told_to_and_keep_their_distance() -> None:
    found = [(block.level, block.runs) for block in blocks("## a\n\n### b\n\n###### c\n\n## d")]  # type: ignore[union-attr]
    assert found == [(3, (Run("a"),)), (4, (Run("b"),)), (6, (Run("c"),)), (3, (Run("d"),))]


def test_lists_nest_and_count() -> None:
    assert blocks("3. a\n   - b\n4. c") == (
        ListBlock(
            (
                ListItem((paragraph("a"), ListBlock((ListItem((paragraph("b"),)),)))),
                ListItem((paragraph("c"),)),
            ),
            ordered=True,
            start=3,
        ),
    )


def test_task_lists() -> None:
    assert blocks("- [x] done\n- [ ] *open*\n- [link](https://x.org)\n- [ ]") == (
        ListBlock(
            (
                ListItem((paragraph("done"),), checked=True),
                ListItem((Paragraph((Run("open", emphasis=True),)),), checked=False),
                ListItem((Paragraph((Run("link", link="https://x.org"),)),)),
                ListItem((paragraph("[ ]"),)),
            )
        ),
    )


def test_tables() -> None:
    assert blocks("| a | *b* | c |\n|:--|:-:|--:|\n| 1 | 2 \\| 3 |\n\nafter") == (
        Table(
            header=((Run("a"),), (Run("b", emphasis=True),), (Run("c"),)),
            rows=(((Run("1"),), (Run("2 | 3"),), ()),),
            alignments=("left", "center", "right"),
        ),
        paragraph("after"),
    )


def test_code_quotes_and_rules() -> None:
    assert blocks("```py title\na  b\n\n```\n\n    indented\n\n> q\n\n***") == (
        CodeBlock("a  b\n", "py"),
        CodeBlock("indented"),
        Quote((paragraph("q"),)),
        Rule(),
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$x_1$ is 5", (Run("x_1", math=True), Run(" is 5"))),
        ("is $a\\$b$!", (Run("is "), Run("a\\$b", math=True), Run("!"))),
        ("costs $5 and $10", (Run("costs $5 and $10"),)),
        ("US$5-$10", (Run("US$5-$10"),)),
        ("\\$x$", (Run("$x$"),)),
        ("`$x$`", (Run("$x$", code=True),)),
        ("**$x$**", (Run("x", math=True, strong=True),)),
    ],
)
def test_inline_maths_is_told_from_prices(source: str, expected: tuple[Run, ...]) -> None:
    assert blocks(source) == (Paragraph(expected),)
    assert runs(source) == expected


@pytest.mark.parametrize(
    "source",
    ["$$a\n= b$$", "$$\na\n= b\n$$", "$$ a\n= b $$  ", "before\n$$\na\n= b\n$$\nafter"],
)
def test_displayed_maths_may_have_lines_that_look_like_markup(source: str) -> None:
    formulas = [block for block in blocks(source) if not isinstance(block, Paragraph)]
    assert formulas == [MathBlock("a\n= b")]


def test_displayed_maths_within_a_line_stands_alone() -> None:
    assert blocks("so $$a$$ follows") == (paragraph("so"), MathBlock("a"), paragraph("follows"))
    assert runs("so $$a$$") == (Run("so "), Run("a", math=True))


def test_a_formula_stays_in_its_list_item_and_quotation() -> None:
    assert blocks("- $$\n  a\n  $$\n- b\n\n> $$\n> c\n> $$") == (
        ListBlock((ListItem((MathBlock("a"),)), ListItem((paragraph("b"),)))),
        Quote((MathBlock("c"),)),
    )
    assert blocks("- $$ a\n- b $$") == (
        ListBlock((ListItem((paragraph("$$ a"),)), ListItem((paragraph("b $$"),)))),
    )


def test_unclosed_maths_is_text() -> None:
    assert blocks("$$\nnever closed\n\n- list") == (
        paragraph("$$ never closed"),
        ListBlock((ListItem((paragraph("list"),)),)),
    )


def test_footnotes_are_numbered_as_they_are_referred_to() -> None:
    source = (
        "b[^b] a[^a] b[^b] inline^[*now*]\n\n[^a]: note a\n[^b]: note b\n\n    more\n[^c]: alone"
    )
    text, notes = blocks(source)
    assert isinstance(text, Paragraph)
    assert [run.text for run in text.runs if run.superscript] == ["1", "2", "1", "3"]
    assert {run.link for run in text.runs if run.superscript} == {"#fn-1", "#fn-2", "#fn-3"}
    assert notes == Footnotes(
        (
            ("1", (paragraph("note b"), paragraph("more"))),
            ("2", (paragraph("note a"),)),
            ("3", (Paragraph((Run("now", emphasis=True),)),)),
            ("4", (paragraph("alone"),)),
        )
    )


def test_footnotes_count_on_from_text_to_text() -> None:
    reader = MarkdownReader(ConversionWarnings("content-1"), labels("en"))
    first = reader.blocks("a[^1]\n\n[^1]: one", 3)
    second = reader.blocks("b[^1]\n\n[^1]: two", 3)
    assert first[-1] == Footnotes((("1", (paragraph("one"),)),))
    assert second == (
        Paragraph((Run("b"), Run("2", superscript=True, link="#fn-2"))),
        Footnotes((("2", (paragraph("two"),)),)),
    )


def test_a_footnote_that_is_defined_twice_is_not_lost() -> None:
    *_, notes = blocks("a[^1]\n\n[^1]: one\n[^1]: other")
    assert notes == Footnotes((("1", (paragraph("one"),)), ("2", (paragraph("other"),))))


@pytest.mark.parametrize(
    "source",
    [
        "[text](javascript:alert(1))",
        "[text](JavaScript:alert(1))",
        "[text](&#106;avascript:alert(1))",
        "[text](vbscript:x)",
        "[text](file:///etc/passwd)",
        "[text](data:text/html;base64,PHN2Zz4=)",
        "[text](//example.org)",
        "[text](/local)",
        "[text](ftp://example.org)",
        "[text][ref]\n\n[ref]: javascript:alert(1)",
    ],
)
def test_other_links_leave_their_text(source: str) -> None:
    assert read(source) == ((paragraph("text"),), ["link-removed"])


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("<https://x.org/?a=b&c>", "https://x.org/?a=b&c"),
        ("[t](HTTP://x.org)", "HTTP://x.org"),
        ("[t](<mailto:a@b.org>)", "mailto:a@b.org"),
        ("[t](mailto:o'neil+x@b.org?subject=a%26b)", "mailto:o'neil+x@b.org?subject=a%26b"),
        ("[t](https://x.org/@user?a=b@c)", "https://x.org/@user?a=b@c"),
        ('[t](https://x.org/"quote">)', "https://x.org/%22quote%22%3E"),
        ("[t](https://bücher.example/ä)", "https://xn--bcher-kva.example/%C3%A4"),
    ],
)
def test_web_and_mail_links_survive(source: str, address: str) -> None:
    [only] = blocks(source)
    assert isinstance(only, Paragraph)
    assert [run.link for run in only.runs] == [address]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("http://user:pass@evil.example/a?b#c", "http://evil.example/a?b#c"),
        ("https://bank.example@evil.example", "https://evil.example"),
        ("http://a@b@c.example/@d", "http://c.example/@d"),
        ("http://a.example/%E2%80%AEb", "http://a.example/%EF%BF%BDb"),
        ("http://a.example/%e2%81%a7b%D8%9c", "http://a.example/%EF%BF%BDb%EF%BF%BD"),
        ("http://a.example/\u202eb", "http://a.example/%EF%BF%BDb"),
        ("mailto:a@b.org?attach=/etc/passwd", "mailto:a@b.org"),
        (
            "mailto:a@b.org,c@d.org?cc=x@y&Subject=Hi%20you&body=z",
            "mailto:a@b.org,c@d.org?subject=Hi%20you",
        ),
        ("MAILTO:a@b.org?subject=x%0d%0aBcc:x@y", "mailto:a@b.org?subject=xBcc%3Ax%40y"),
    ],
)
def test_links_lose_what_deceives_and_keep_their_target(address: str, kept: str) -> None:
    [only], codes = read(f"[t](<{address}>)")
    assert isinstance(only, Paragraph)
    assert [(run.text, run.link) for run in only.runs] == [("t", kept)]
    assert codes == ["link-changed"]


@pytest.mark.parametrize(
    "address",
    [
        "http://user@/a",
        "https://",
        "mailto:",
        "mailto:a@b%0d%0aBcc:x@y",
        "mailto:?subject=a",
        "mailto:a@%E2%80%AEb",
    ],
)
def test_links_without_a_target_leave_their_text(address: str) -> None:
    assert read(f"[t]({address})") == ((paragraph("t"),), ["link-removed"])


def test_a_picture_stands_between_the_text_around_it() -> None:
    picture = png(80, 60)
    before, image, after = blocks(f"before ![*a* leaf]({data_url(picture)} 'title') after")
    assert (before, after) == (paragraph("before"), paragraph("after"))
    caption = (Run("title"),)
    assert image == Image(picture, "image/png", "a leaf", 80, 60, caption=caption)


def test_a_small_picture_stays_in_its_line() -> None:
    icon = png(20, 20)
    assert blocks(f"press ![go]({data_url(icon)}) now") == (
        Paragraph(
            (
                Run("press "),
                Run("go", picture=Image(icon, "image/png", "go", 20, 20)),
                Run(" now"),
            )
        ),
    )


def test_headings_and_cells_hold_pictures_with_and_without_description() -> None:
    image = Image(png(), "image/png", "leaf", 8, 4)
    bare = Image(png(), "image/png", "", 8, 4)
    source = f"# ![leaf]({data_url(png())})\n\n| ![]({data_url(png())}) | *a* |\n|--|--|"
    heading, table = blocks(source)
    assert heading == Heading(3, (Run("leaf", picture=image),))
    assert isinstance(table, Table)
    assert table.header == ((Run("", picture=bare),), (Run("a", emphasis=True),))


def test_a_linked_picture_keeps_its_link() -> None:
    url = data_url(png(100, 100))
    [image] = blocks(f"[![leaf]({url})](https://x.org)")
    assert image == Image(png(100, 100), "image/png", "leaf", 100, 100, link="https://x.org")


@pytest.mark.parametrize(
    ("source", "width", "height"),
    [
        ("![x]({0} =40x20)", 40, 20),
        ("![x]({0} =40x)", 40, 20),
        ("![x]({0} =x20)", 40, 20),
        ("![x]({0} =40x40)", 40, 20),
        ('![x]({0} "title" =40x20)', 40, 20),
        ("![x](<{0}> =40x20)", 40, 20),
        ("![x]({0} =0x0)", 200, 100),
    ],
)
def test_a_size_behind_the_address_is_the_box_of_the_picture(
    source: str, width: int, height: int
) -> None:
    [image] = blocks(source.format(data_url(png(200, 100))))
    assert isinstance(image, Image)
    assert (image.shown_width, image.shown_height) == (width, height)


@pytest.mark.parametrize("gap", [" ", "\n", "\r\n", "  \n "])
def test_white_space_in_data_is_nothing(gap: str) -> None:
    head, _, data = data_url(png(200, 100)).partition(",")
    broken = gap.join([data[:40], data[40:80], data[80:]])
    for source in (f"![x]({head},{gap}{data})", f"![x]({head},{broken} =40x20)"):
        [image] = blocks(source)
        assert isinstance(image, Image)
        assert image.width == 200


def test_data_that_was_cut_off_is_never_shown() -> None:
    url = data_url(png(200, 100))
    for source in (f"![a leaf]({url[:200]}", f"![a leaf]({url[:-40]})"):
        found, codes = read(source)
        assert found == (MissingPicture("a leaf", "", "image-unreadable"),)
        assert codes == ["image-unreadable"]


class Gallery:
    """Implements `Media` with one picture."""

    def picture(self, reference: str) -> bytes | None:
        return png(80, 60) if reference == "/there.png" else None


@pytest.mark.parametrize("address", ["https://x.org/a.png", "/etc/passwd", "a.png", ""])
def test_what_stands_for_a_picture_has_its_description_and_address(address: str) -> None:
    warnings, report = ConversionWarnings("content-1"), Recorder()
    reader = MarkdownReader(warnings, labels("en"), Gallery())
    found = reader.blocks(f"![a leaf]({address})\n\nsee ![a leaf]({address})", 3)
    code = "image-not-embedded"
    assert found == (
        MissingPicture("a leaf", address, code),
        Paragraph((Run("see "), Run("a leaf", missing=address))),
    )
    shown = f"[a leaf: {address}]" if address else "[a leaf]"
    assert plain_blocks(found) == f"{shown}\n\nsee {shown}"
    warnings.flush(report)
    [warning] = report.warnings
    assert (warning.code, warning.count) == (code, 2)
    assert "leaf" not in warning.detail
    assert not address or address not in warning.detail


def test_pictures_come_from_what_was_frozen_with_the_content() -> None:
    reader = MarkdownReader(ConversionWarnings("content-1"), labels("en"), Gallery())
    assert reader.blocks("![a](/there.png)", 3) == (Image(png(80, 60), "image/png", "a", 80, 60),)


def test_formats_without_pictures_name_them_and_lose_nothing() -> None:
    found, codes = read("![a leaf](https://x.org/a.png)")
    assert plain_blocks(found) == "[a leaf: https://x.org/a.png]"
    assert codes == []


def test_control_characters_are_removed_also_when_entities_bring_them() -> None:
    warnings, report = ConversionWarnings("content-1"), Recorder()
    reader = MarkdownReader(warnings, labels("en"))
    assert reader.blocks("a\x00b &#12;c\ud800\ufffe", 3) == (paragraph("ab c"),)
    assert reader.runs("\x1b[1m*x*") == (Run("[1m"), Run("x", emphasis=True))
    assert reader.blocks("\x7fa b\x80 &#12;c\x9f", 3) == (paragraph("a b c"),)
    warnings.flush(report)
    [warning] = report.warnings
    assert warning.code == "control-characters-removed"
    assert warning.count == 9


def test_tabs_and_line_ends_of_all_systems_are_no_control_characters() -> None:
    assert blocks("a\tb\r\nc\x85d\r\re\x85\x85f") == (
        paragraph("a\tb c d"),
        paragraph("e"),
        paragraph("f"),
    )


def test_references_to_controls_mean_what_browsers_show() -> None:
    assert blocks("5&#150;6 &#147;a&#148; &#x80; &#0146;") == (paragraph("5–6 “a” € ’"),)
    assert blocks("&#129; &#127; `&#150;` \\&#150;") == (
        Paragraph((Run("� � "), Run("&#150;", code=True), Run(" &#150;"))),
    )


def depth(found: tuple[Block, ...]) -> int:
    below = [
        depth(inner)
        for block in found
        for inner in (
            [block.blocks]
            if isinstance(block, Quote)
            else [entry.blocks for entry in block.items]
            if isinstance(block, ListBlock)
            else []
        )
    ]
    return 1 + max(below) if below else 0


@pytest.mark.parametrize(
    "source",
    [
        "> " * 23 + "the end",
        "- " * 23 + "the end",
        "> - " * 12 + "the end",
        "> " * 500 + "the end",
        "- " * 500 + "the end",
        "1. " * 500 + "the end",
        "\n".join("  " * level + "- the end" for level in range(200)),
    ],
)
def test_deep_nesting_is_flattened_and_nothing_is_lost(source: str) -> None:
    found, _ = read(source)
    assert depth(found) <= 20
    assert plain_blocks(found).count("the end") == source.count("the end")


PATHOLOGICAL = {
    "brackets": "[" * 4000,
    "images": "![" * 2000,
    "closed brackets": "[" * 2000 + "a" + "]" * 2000,
    "links": "[a](b" * 2000,
    "footnotes": "[^a]: x\n\n" + "[^" * 4000,
    "notes": "".join(f"[^{n}]" for n in range(20000, 0, -1))
    + "\n\n"
    + "".join(f"[^{n}]: a\n" for n in range(20000)),
    "inline footnotes": "^[" * 2000,
    "stars": "*a **a " * 2000,
    "mixed emphasis": "*a_ " * 4000,
    "backticks": "".join("e" + "`" * length for length in range(200)),
    "dollars": "$$a $b " * 4000,
    "unclosed formulas": "$$ x\n" * 4000,
    "listed formulas": "- $$ x\n" * 2000,
    "quotes": ">" * 20000,
    "table": "|a" * 4000 + "\n" + "|-" * 4000,
    "short rows": "|" + "a|" * 90 + "\n|" + "-|" * 90 + "\n" + "|\n" * 90,
    "definitions": "[a\n" * 4000,
    "comments": "<!--" * 10000,
    "entities": "&a" * 10000,
    "sizes": "![](a =1x" * 4000,
    "spaces": "![](a" + " " * 20_000,
    "pieces of data": "![](data:image/png;base64, A" * 4000,
    "data": "![a](data:image/png;base64," + "A" * 1_000_000 + ")",
    "controls": "\x00" * 1_000_000 + "*a*",
    "setext": "a\n" * 8000 + "===",
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_no_text_stalls_the_reader(name: str) -> None:
    # Each of these takes well under a second; what grows with the square takes minutes.
    start = time.process_time()
    read(PATHOLOGICAL[name])
    assert time.process_time() - start < 10


def read_with(tokens: int, source: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Block, ...]:
    """The blocks of a text in which so many tokens are too few."""
    monkeypatch.setattr(budget, "TOKENS_MAX", tokens)
    found, codes = read(source)
    assert codes == ["shown-as-source"]
    return found


def test_a_table_beyond_the_budget_is_shown_as_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what it would become, not by what it is: its short rows are filled up."""
    table = "|a|b|\n|-|-|\n" + "|\n" * 10
    found = read_with(100, f"*before*\n\n{table}\nafter\n\n|c|\n|-|\n|d|", monkeypatch)
    assert found == (
        Paragraph((Run("before", emphasis=True),)),
        CodeBlock(table.removesuffix("\n")),
        paragraph("after"),
        Table((paragraph("c").runs,), ((paragraph("d").runs,),), (None,)),
    )


def test_what_follows_the_last_block_of_the_budget_is_shown_as_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = "- a\n- b\n\n> c\n\n# d\n\n- e"
    rest = CodeBlock("b\n\n> c\n\n# d\n\n- e")
    assert read_with(10, f"x\n\n{source}", monkeypatch) == (
        paragraph("x"),
        ListBlock((ListItem((paragraph("a"),)), ListItem((rest,))), ordered=False),
    )
    assert read_with(0, source, monkeypatch) == (CodeBlock(source),)


def test_marks_beyond_the_budget_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    [shown] = read_with(12, "*a* [*b*](https://x.org) `c` *d*", monkeypatch)
    assert isinstance(shown, Paragraph)
    assert shown.runs[:3] == (
        Run("a", emphasis=True),
        Run(" "),
        Run("b", emphasis=True, link="https://x.org"),
    )
    assert shown.runs[-1].text.endswith("*d*")


def test_the_texts_of_an_item_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "TOKENS_MAX", 20)
    reader = MarkdownReader(ConversionWarnings("content-1"), labels("en"))
    shown = [reader.runs("*a*") for _ in range(20)]
    assert shown[0] == (Run("a", emphasis=True),)
    assert shown[-1] == (Run("*a*"),)


def test_images_of_an_item_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "PIXELS_MAX", 3 * 4 * 2)
    picture = f"![alt]({data_url(png(4, 2))})"
    found, codes = read("\n\n".join([picture] * 5))
    assert [type(block) for block in found] == [Image] * 3 + [MissingPicture] * 2
    assert codes == ["image-too-large"]


CHARACTERS = "ab 19\n\n\n\\`*_~$#>|-+=[](){}!&<:^\"'\t光ا\x00\x7f\x96\ud800\u200b\u00a0"
MARKS = ["  \n", "    ", "1. ", "- ", "> ", "- [x] ", "```\n", "[^a]", "[^a]: ", "^[", "$$", "|-|"]
PIECES = [
    "](",
    "![",
    "&#12;",
    "&#129;",
    "&lt;",
    "\r\n",
    "***",
    "---",
    "<https://x.org>",
    "data:image/png;base64,",
]
FRAGMENTS = st.sampled_from([*CHARACTERS, *MARKS, *PIECES])


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_any_text_can_be_read(source: str) -> None:
    found, _ = read(source)
    text = plain_blocks(found)
    text.encode("utf-8")
    assert "".join("".join(block_lines(found, 30)).split()) or not text.split()
    assert not any(category(letter) == "Cc" and letter not in "\t\n" for letter in text)
    assert depth(found) <= 20
    runs(source)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"abz 019.)(]}!?-+=:|>#^'\"\n\n%@/\u00a0\u2003光，", "\n\n", "---", "1. "]
        ),
        max_size=30,
    ).map("".join)
)
def test_text_without_marks_reads_the_same_with_and_without_the_parser(source: str) -> None:
    short_cut = read(source)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "_plain_paragraphs", lambda _source: None)
        assert read(source)[0] == short_cut


def test_the_title_of_an_image_is_its_caption() -> None:
    source = data_url(png())
    [titled, same, plain] = [
        read(f"![Alt]({source}{title})")[0][0] for title in (' "A *caption*"', ' "Alt"', "")
    ]
    assert isinstance(titled, Image)
    assert isinstance(same, Image)
    assert isinstance(plain, Image)
    assert titled.caption == (Run("A *caption*"),)
    assert same.caption == plain.caption == ()
