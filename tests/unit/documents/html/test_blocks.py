"""HTML becomes blocks, as browsers show it and as platforms write it."""

import pytest

from activities.documents.model import (
    Callout,
    CodeBlock,
    Definition,
    Definitions,
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
from activities.documents.plain import plain_blocks
from activities.formats.testing.items import data_url, png
from tests.unit.documents.html.reading import html, paragraph, read_html, styled, text_of


def test_paragraphs_end_where_browsers_end_them() -> None:
    assert html("<p>one<p>two</p>three<div>four</div>five") == tuple(
        map(paragraph, ("one", "two", "three", "four", "five"))
    )
    assert html("<div><p>a</div>b</p>c") == tuple(map(paragraph, "abc"))


def test_white_space_collapses_as_in_browsers() -> None:
    assert html("<p>\n  a \t b\n</p>\n\n<p> x&nbsp; y </p>") == (
        paragraph("a b"),
        paragraph("x\u00a0 y"),
    )
    assert text_of("<p>a <b> b </b> c</p>") == "a b c"
    assert text_of("<p>end.<br> \n next</p>") == "end.\nnext"
    assert html("<p>光合\n作用</p>") == (paragraph("光合作用"),)
    assert html("<p>see\n<b>this</b>\none</p>") == (
        Paragraph((Run("see "), Run("this", strong=True), Run(" one"))),
    )


def test_styles_become_flat_runs() -> None:
    assert styled(
        html(
            "<p><b>b</b> <em>e</em> <s>s</s> <u>u</u> <mark>m</mark> <kbd>k</kbd> <code>c</code> "
            "<sub>1</sub> <sup>2</sup> <b><i>bi</i></b></p>"
        )
    ) == [
        ("b", {"strong"}),
        ("e", {"emphasis"}),
        ("s", {"strike"}),
        ("u", {"underline"}),
        ("m", {"mark"}),
        ("k", {"keyboard"}),
        ("c", {"code"}),
        ("1", {"subscript"}),
        ("2", {"superscript"}),
        ("bi", {"strong", "emphasis"}),
    ]


def test_styles_that_editors_write_as_css() -> None:
    assert styled(
        html(
            '<p><span style="font-weight: bold">b</span> <span style="font-style:italic">i</span> '
            '<span style="text-decoration: underline line-through">d</span> '
            '<span style="vertical-align: sub">s</span> '
            '<span style="background-color: #fbeeb8">m</span> '
            '<span style="background-color: rgb(255, 255, 255)">plain</span> '
            '<b style="font-weight:normal">pasted</b></p>'
        )
    ) == [
        ("b", {"strong"}),
        ("i", {"emphasis"}),
        ("d", {"strike", "underline"}),
        ("s", {"subscript"}),
        ("m", {"mark"}),
        ("plain pasted", set()),
    ]


def test_bold_goes_on_in_the_next_paragraph_and_a_subscript_does_not() -> None:
    assert html("<p><b>one<p>two</b> three") == (
        Paragraph((Run("one", strong=True),)),
        Paragraph((Run("two", strong=True), Run(" three"))),
    )
    assert html("<p>H<sub>2<p>next") == (
        Paragraph((Run("H"), Run("2", subscript=True))),
        paragraph("next"),
    )


def test_headings_keep_their_distance_and_their_ids() -> None:
    assert html('<h2 id="start">One</h2><h4>Two</h4><a name="here"></a><h2>Three</h2>') == (
        Heading(3, (Run("One"),), anchors=("start",)),
        Heading(5, (Run("Two"),)),
        Heading(3, (Run("Three"),), anchors=("here",)),
    )


def test_lists_nest_however_they_are_written() -> None:
    nested = ListBlock(
        (
            ListItem((paragraph("a"), ListBlock((ListItem((paragraph("b"),)),)))),
            ListItem((paragraph("c"),)),
        )
    )
    assert html("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>") == (nested,)
    assert html("<ul><li>a<ul><li>b</ul><li>c</ul>") == (nested,)
    # Word and older editors put a list beside the items.
    assert html("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>") == (nested,)


@pytest.mark.parametrize(
    "source",
    [
        "<ul><ul><li>a</li></ul></ul>",
        "<ol>\n<ul>\n<ul><li>a</ul></ul></ol>",
        "<ul><ul><ul><li>a</ul></ul>",
        "<ul><li></li><ul><li>a</ul></ul>",
    ],
)
def test_a_list_that_only_indents_another_has_no_bullet(source: str) -> None:
    assert html(source) == (ListBlock((ListItem((paragraph("a"),)),)),)


def test_a_list_beside_terms_is_what_they_mean() -> None:
    meaning = ListBlock((ListItem((paragraph("a"),)),))
    assert html("<dl><dt>T</dt><ul><li>a</ul></dl>") == (
        Definitions((Definition(((Run("T"),),), ((meaning,),)),)),
    )


def test_what_comes_behind_a_list_within_one_is_an_item() -> None:
    assert html("<ul><ul><li>a</ul><li>b</ul>") == (
        ListBlock((ListItem((paragraph("a"),)),)),
        ListBlock((ListItem((paragraph("b"),)),)),
    )


def test_numbered_lists_begin_and_count_as_written() -> None:
    assert html('<ol start="3" type="a"><li>x</li></ol>') == (
        ListBlock((ListItem((paragraph("x"),)),), True, 3, "lower-alpha"),
    )
    assert html('<ol><li value="7">x</li></ol>') == (
        ListBlock((ListItem((paragraph("x"),)),), True, 7),
    )


@pytest.mark.parametrize(
    "item",
    [
        '<li><input type="checkbox" checked> done</li>',
        '<li class="task-list-item"><input type="checkbox" checked disabled>done</li>',
        (
            '<li data-checked="true" data-type="taskItem"><label><input type="checkbox" checked>'
            "<span></span></label><div><p>done</p></div></li>"
        ),
        '<li class="checked">done</li>',
    ],
)
def test_checkboxes_make_tasks(item: str) -> None:
    assert html(f"<ul>{item}</ul>") == (ListBlock((ListItem((paragraph("done"),), True),)),)


def test_tables_with_head_foot_and_caption() -> None:
    assert html(
        "<table><caption>Cap</caption><thead><tr><th>A<th>B</thead><tfoot><tr><td>f<td>g</tfoot>"
        "<tbody><tr><td>1<td style='text-align:right'>2</tbody></table>"
    ) == (
        Table(
            ((Run("A"),), (Run("B"),)),
            (((Run("1"),), (Run("2"),)), ((Run("f"),), (Run("g"),))),
            (None, None),
            (Run("Cap"),),
        ),
    )


def test_cells_that_reach_over_others_leave_these_empty() -> None:
    [table] = html("<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d<tr><td>e</table>")
    assert isinstance(table, Table)
    texts = [["".join(run.text for run in cell) for cell in row] for row in table.rows]
    assert texts == [["a", "b", ""], ["", "c", "d"], ["e", "", ""]]


def test_heads_of_several_rows_become_one() -> None:
    [table] = html(
        "<table><thead><tr><th rowspan=2>Year<th colspan=2>Energy<tr><th>in<th>out</thead>"
        "<tr><td>1<td>2<td>3</table>"
    )
    assert isinstance(table, Table)
    assert table.header is not None
    texts = ["".join(run.text for run in cell) for cell in table.header]
    assert texts == ["Year", "Energy\nin", "Energy\nout"]


def test_a_row_head_is_bold_and_no_head_of_the_table() -> None:
    assert html("<table><tr><th>r<td>1<tr><th>s<td>2</table>") == (
        Table(
            None,
            (
                ((Run("r", strong=True),), (Run("1"),)),
                ((Run("s", strong=True),), (Run("2"),)),
            ),
            (None, None),
        ),
    )


def test_everything_in_a_cell_is_there() -> None:
    text = text_of(
        "<table><tr><td><p>p</p><ul><li>x<ol><li>y</ol></ul><pre>code</pre><td>"
        "<table><tr><td>in<td>ner</table><blockquote>quoted</blockquote></table>"
    )
    for word in ("p", "x", "y", "code", "in", "ner", "quoted"):
        assert word in text


def test_tables_that_only_arrange_are_none() -> None:
    assert html("<table><tr><td><p>a</p><p>b</p></td></tr></table>") == tuple(map(paragraph, "ab"))
    assert html('<table role="presentation"><tr><td>a<td>b</table>') == tuple(map(paragraph, "ab"))


def test_text_beside_cells_stands_before_the_table() -> None:
    blocks = html("<table>stray<tr><td>a</td><td>b</td></tr></table>after")
    assert blocks[0] == paragraph("stray")
    assert isinstance(blocks[1], Table)
    assert blocks[2] == paragraph("after")


def test_quotations_rules_and_definitions() -> None:
    assert html("<blockquote><p>q</p></blockquote><hr><dl><dt>T<dt>U<dd>d<dd>e<dt>V<dd>f</dl>") == (
        Quote((paragraph("q"),)),
        Rule(),
        Definitions(
            (
                Definition(((Run("T"),), (Run("U"),)), ((paragraph("d"),), (paragraph("e"),))),
                Definition(((Run("V"),),), ((paragraph("f"),),)),
            )
        ),
    )


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ('<pre><code class="language-python">a &lt; b\n  c\n</code></pre>', "python"),
        ('<pre class="language-python"><code>a &lt; b\n  c</code></pre>', "python"),
        ('<pre class="brush: python">\na &lt; b\n  c</pre>', "python"),
        ('<pre data-language="python">a &lt; b<br>  c</pre>', "python"),
        ("<pre><div>a &lt; b</div><div>  c</div></pre>", ""),
    ],
)
def test_code_keeps_its_lines(source: str, language: str) -> None:
    assert html(source) == (CodeBlock("a < b\n  c", language),)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ('<p class="callout info">Body</p>', "note"),
        ('<p class="callout success">Body</p>', "tip"),
        ('<p class="callout warning">Body</p>', "warning"),
        ('<p class="callout danger">Body</p>', "caution"),
        ('<div class="alert alert-warning" role="alert">Body</div>', "warning"),
        ('<div class="notice-block tip"><div class="content"><p>Body</p></div></div>', "tip"),
        (
            '<div class="admonition note"><p class="admonition-title">Note</p><p>Body</p></div>',
            "note",
        ),
        ('<div data-type="callout" data-callout-type="danger"><p>Body</p></div>', "caution"),
        (
            (
                '<div class="markdown-alert markdown-alert-important">'
                '<p class="markdown-alert-title">Important</p><p>Body</p></div>'
            ),
            "important",
        ),
    ],
)
def test_callouts_of_platforms(source: str, kind: str) -> None:
    [callout] = html(source)
    assert isinstance(callout, Callout)
    assert callout.kind == kind
    assert callout.title == (Run(kind.capitalize()),)
    assert callout.blocks == (paragraph("Body"),)


def test_details_have_their_summary_as_title() -> None:
    assert html("<details><summary>Show <b>it</b></summary><p>Answer</p></details>") == (
        Callout("details", (Run("Show "), Run("it", strong=True)), (paragraph("Answer"),)),
    )


def test_a_title_is_a_caption_unless_it_is_the_description() -> None:
    picture = f'<img src="{data_url(png(8, 8))}" alt="A leaf" title="{{}}">'
    for title, caption in (("By Ann", (Run("By Ann"),)), ("A leaf", ()), ("", ())):
        [found] = html(picture.format(title))
        assert isinstance(found, Image)
        assert found.caption == caption


def test_a_figure_has_its_caption_below() -> None:
    blocks = html('<figure><img src="a.png" alt="A"><figcaption>Cap</figcaption></figure>')
    assert blocks == (MissingPicture("A", "a.png", ""), Paragraph((Run("Cap"),), "note"))


def test_a_caption_ends_with_its_element() -> None:
    blocks = html("<figure><p>a</p><figcaption>Cap</figcaption></figure>after<p>last</p>")
    assert blocks == (
        paragraph("a"),
        Paragraph((Run("Cap"),), "note"),
        paragraph("after"),
        paragraph("last"),
    )


def test_what_is_no_text_goes_with_a_warning() -> None:
    assert read_html(
        "<script>alert('<p>x')</script><style>p{}</style><template><p>y</p></template><p>text"
    ) == ((paragraph("text"),), ["html-removed"])


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">gone</p>',
        "<p hidden>gone</p>",
        '<div style="DISPLAY : none"><ul><li>gone</ul></div>',
        '<span class="screenreader-only">gone</span>',
        '<table style="visibility:hidden"><tr><td>gone</table>',
    ],
)
def test_what_a_page_hides_is_not_shown(hidden: str) -> None:
    assert read_html(f"{hidden}<p>seen") == ((paragraph("seen"),), ["hidden-removed"])


@pytest.mark.parametrize(
    ("source", "name", "address"),
    [
        (
            '<iframe src="https://www.youtube.com/embed/a" title="Film"></iframe>',
            "Film",
            "https://www.youtube.com/embed/a",
        ),
        ('<iframe src="//e.org/x"><p>old</p></iframe>', "e.org: x", "https://e.org/x"),
        (
            '<video controls><source src="https://e.org/v.mp4">No video.</video>',
            "e.org: v.mp4",
            "https://e.org/v.mp4",
        ),
        ('<audio src="https://e.org/a.mp3"></audio>', "e.org: a.mp3", "https://e.org/a.mp3"),
        ('<object data="https://e.org/d.pdf">old</object>', "e.org: d.pdf", "https://e.org/d.pdf"),
        ('<embed src="https://e.org/e.swf">', "e.org: e.swf", "https://e.org/e.swf"),
    ],
)
def test_what_is_shown_from_elsewhere_is_a_link(source: str, name: str, address: str) -> None:
    assert read_html(source) == ((Paragraph((Run(name, link=address),)),), ["embedded-as-link"])


def test_small_elements() -> None:
    assert text_of("<q>a <q>b</q></q>") == "“a ‘b’”"
    assert text_of('<abbr title="Hypertext">HT</abbr> <abbr title="Hypertext">HT</abbr>') == (
        "HT (Hypertext) HT"
    )
    assert text_of("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>") == "漢(kan)"
    assert text_of("<noscript><p>shown</p></noscript>") == "shown"
    assert text_of('<img class="emoji" alt="😀" src="https://e.org/1.png">') == "😀"


def test_text_that_looks_like_markup_stays() -> None:
    assert text_of("<p>a < b, 1 <2, &lt;b&gt;, c > d, <3") == "a < b, 1 <2, <b>, c > d, <3"
    assert text_of("if x <b") == "if x <b"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('<p>a</p><p title="b > c', 'a <p title="b > c'),
        ("a <b", "a <b"),
        ("<p>a</p>\r\n<p\r\n>b <c", "a b <c"),
        ('<b>a</b><i title="<b>d', 'a<i title="<b>d'),
        ("<p>a</p><TEXTAREA>b <c", "a b <c"),
    ],
)
def test_a_tag_that_was_cut_off_is_text(source: str, text: str) -> None:
    assert " ".join(plain_blocks(html(source)).split()) == text


def test_links_are_those_of_markdown() -> None:
    blocks, codes = read_html(
        '<a href="https://e.org/a">ok</a> <a href=" javascript:alert(1)">js</a> '
        '<a href="https://user:secret@e.org/">u</a>'
    )
    assert blocks == (
        Paragraph(
            (
                Run("ok", link="https://e.org/a"),
                Run(" js "),
                Run("u", link="https://e.org/"),
            )
        ),
    )
    assert set(codes) == {"link-removed", "link-changed"}


@pytest.mark.parametrize(
    "source",
    [
        '<pre><code class="language-math">x^2</code></pre>',
        '<pre class="lang-katex">$$x^2$$</pre>',
        '<pre data-language="latex">\\[x^2\\]</pre>',
    ],
)
def test_code_that_is_a_formula_is_one(source: str) -> None:
    assert html(source) == (MathBlock("x^2"),)
    assert html(f"<ul><li>{source}</li></ul>") == (ListBlock((ListItem((MathBlock("x^2"),)),)),)
    assert html(f"<blockquote>{source}</blockquote>") == (Quote((MathBlock("x^2"),)),)


@pytest.mark.parametrize(
    "source",
    [
        '<pre><code class="language-mermaid">graph LR</code></pre>',
        '<pre class="mermaid">graph LR</pre>',
        '<pre data-lang="plantuml">graph LR</pre>',
    ],
)
def test_a_diagram_is_told_to_be_its_source(source: str) -> None:
    (notice, code), codes = read_html(source)
    assert isinstance(notice, Paragraph)
    assert notice.role == "note"
    assert isinstance(code, CodeBlock)
    assert (code.text, codes) == ("graph LR", ["diagram-as-source"])


@pytest.mark.parametrize(
    "head",
    [
        "<thead><tr><th></th><th> </th></tr></thead>",
        "<tr><th></th><th><br></th></tr>",
        "<thead><tr><td><p></p></td><td>&nbsp;</td></tr><tr><th></th><th></th></tr></thead>",
    ],
)
def test_a_head_with_nothing_in_it_is_none(head: str) -> None:
    table = f"<table>{head}<tbody><tr><td>key</td><td>value</td></tr></tbody></table>"
    expected = Table(None, (((Run("key"),), (Run("value"),)),), (None, None))
    assert html(table) == (expected,)
    assert html(f"<blockquote>{table}</blockquote>") == (Quote((expected,)),)


def test_soft_hyphens_are_left_out() -> None:
    assert html("<p>Donau&shy;dampf\u00adschiff <b>fa&#173;hrt</b></p>") == (
        Paragraph((Run("Donaudampfschiff "), Run("fahrt", strong=True))),
    )


@pytest.mark.parametrize(
    "drawing",
    [
        "<svg></svg>",
        '<svg class="icon" viewBox="0 0 16 16"><use href="#search"></use></svg>',
        '<svg><use xlink:href="/icons.svg#home"/><title>Home</title></svg>',
        "<svg><defs></defs><g></g></svg>",
    ],
)
def test_a_drawing_that_draws_nothing_leaves_no_room(drawing: str) -> None:
    assert html(f"<p>a {drawing}b</p>") == (paragraph("a b"),)
    assert html(drawing) == ()


def test_a_drawing_of_parts_that_it_uses_is_a_picture() -> None:
    [picture] = html('<svg><defs><path id="p" d="M0 0h9v9z"/></defs><use href="#p"/></svg>')
    assert isinstance(picture, Image)
