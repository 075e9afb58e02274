"""What is fetched before a text is read holds all that its readers ask for."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.html.reader import HtmlReader
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from activities.documents.picture_references import keys_of, references


class Asked:
    """Implements `Media` without a picture, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.references: list[str] = []

    def picture(self, reference: str) -> bytes | None:
        self.references.append(reference)
        return None


TEXTS = {
    "![a](x.png)": {"x.png"},
    "![a]( <x y.png> 'title')": {"x y.png"},
    "![a](/api/attachments.redirect?id=12&b=1)": {"/api/attachments.redirect?id=12&b=1"},
    "![a](@@PLUGINFILE@@/pic%20one.png)": {"@@PLUGINFILE@@/pic%20one.png"},
    "![a](@@PLUGINFILE@@/größe.png =100x)": {"@@PLUGINFILE@@/größe.png"},
    "![a](https://x.org/a_(b).png)": {"https://x.org/a_(b).png"},
    "![a [b [c]] d](x.png)": {"x.png"},
    "![`]` a](x.png)": {"x.png"},
    "[![a](x.png)](https://x.org)": {"x.png"},
    "![a](x&amp;y.png)": {"x&y.png"},
    "![a](x\\)y.png)": {"x)y.png"},
    "![a][Label]\n\n[label]: x.png 'title'": {"x.png"},
    "![label][]\n\n> [label]: <x y.png>": {"x y.png"},
    "![label]\n\n[LABEL]:\n  x.png": {"x.png"},
    "| a |\n|---|\n| ![x](cell.png) |": {"cell.png"},
    "![a](x.png) ![b](x.png)": {"x.png"},
    "<img alt='a > b' src='x.png'> <IMG SRC=\"/y.png?a=1&amp;b=2\"/> <img src=z.png>": {
        "x.png",
        "/y.png?a=1&b=2",
        "z.png",
    },
    "![a](data:image/png;base64,AAAA) ![](#x) [a](link.png) ![a]() a![": set(),
    "<img data-src='lazy.png'> <img src='' data-src=late.png>": {"lazy.png", "late.png"},
    "<img alt='src=a.png' srcset='b.png 2x' src=x.png><video src=v.mp4></video>": {"x.png"},
    "<img alt='<img' src=x.png>": {"x.png"},
    "<img alt='a > b <img c> d' src=x.png>": {"x.png"},
    "<img src=x.png src=y.png>": {"x.png"},
    "<img src='/x?a=1&copy=2&amp;b=&lt;&#x41;'>": {"/x?a=1&copy=2&b=<A"},
    "<picture><source srcset='a.avif'><img src='x.png'></picture>": {"x.png"},
    "> ![a](\n> x.png) ![b]\n>\n> [b]:\n> y.png": {"x.png", "y.png"},
    "![a](x.png) `[b]` [c](d.png) and `![e](f.png)`[^g]\n\n[^g]: The": {"x.png"},
    "- a ` b\n- ![a](x.png) ` c": {"x.png"},
    "\\`![a](x.png)`": {"x.png"},
    "![a]\n\n[a]: \n\n[a]: x.png": {"[a]:", "x.png"},
    "![a]\n\n[a]:\n> [a]: x.png": {"[a]:", "x.png"},
}


@pytest.mark.parametrize("text", TEXTS)
def test_references_are_as_the_author_wrote_them(text: str) -> None:
    found = set(references(text))
    assert found == TEXTS[text]
    known = {key for reference in found for key in keys_of(reference)}
    assert {each for each in asked_of_markdown(text) if not each.startswith("#")} - {""} <= known


def asked_of_markdown(text: str) -> list[str]:
    asked = Asked()
    MarkdownReader(ConversionWarnings("content-1"), labels("en"), asked).blocks(text, 3)
    return asked.references


def asked_of_html(text: str) -> list[str]:
    asked = Asked()
    markdown = MarkdownReader(ConversionWarnings("content-1"), labels("en"), asked)
    HtmlReader(markdown).blocks(text, 3)
    return asked.references


ADDRESSES = st.sampled_from(
    [
        "a.png",
        "/b?x=1&y=2",
        "/c?x&amp;y&lt=1&copy",
        "@@PLUGINFILE@@/\u00fc%20d.png",
        "e_(f).png",
        "",
    ]
)
QUOTES = st.sampled_from(["'", '"', ""])
NOISE = st.sampled_from(
    [
        *("\n", "\n\n", " ", "> ", "- ", "    ", "`", "``", "\n```\n", "[", "]", "(", ")", "!"),
        *("<", ">", "<b>", "</b>", "<!-- ", " -->", "'", '"', "\\", "|", "$", "<p>", "<code>"),
        *("<picture>", "<figure>", "</figure>", "<a href='", "text", "&amp;", "<pre>", "| - |"),
    ]
)


@st.composite
def tags(draw: st.DrawFn) -> str:
    quote = draw(QUOTES)
    value = f"{quote}{draw(ADDRESSES)}{quote}"
    name = draw(st.sampled_from(["src", "SRC", "data-src", "srcset", "src "]))
    before = draw(
        st.sampled_from(["", "alt='a > b'", 'title="src=no.png"', "alt='<img'", "src=''"])
    )
    end = draw(st.sampled_from([">", "/>", " />", " alt=x>", "\n>"]))
    return f"<img {before} {name}={value}{end}"


MARKDOWN = st.one_of(
    st.builds("![{}]({})".format, NOISE, ADDRESSES),
    st.builds("![{}](<{}> 'a title')".format, NOISE, ADDRESSES),
    st.builds("![a]({} =100x)".format, ADDRESSES),
    st.builds("[![a]({})](https://x.org)".format, ADDRESSES),
    st.sampled_from(["![a][b]", "![b][]", "![b]", "![a [c] d][B]"]),
    st.builds("\n\n[b]: {}\n\n".format, ADDRESSES),
    st.builds("\n\n[ B ]:\n<{}> 'title'\n\n".format, ADDRESSES),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(MARKDOWN, tags(), NOISE), max_size=12).map("".join))
def test_whatever_readers_ask_for_was_found(text: str) -> None:
    known = {key for reference in references(text) for key in keys_of(reference)}
    for asked in (asked_of_markdown(text), asked_of_html(text)):
        assert {each for each in asked if not each.startswith("#")} - {""} <= known


HOSTILE = {
    "images": "![" * 100_000,
    "closed": "![](a" * 50_000,
    "open brackets": "[" * 100_000 + "]" * 100_000,
    "parentheses": "![](" + "(" * 100_000,
    "pairs": "![](" + "()" * 100_000,
    "tags": "<img " * 50_000,
    "attributes": "<img" + " a='b'" * 50_000 + " <img" * 1_000,
    "sources": "<img " + "src=" * 50_000,
    "quotes": "<img src='" * 30_000,
    "spaces": "<img src" + " " * 100_000,
    "definitions": "![a]" + "[a]: " * 50_000,
    "defined labels": "![a]" + "\n[a]:" * 50_000,
    "definitions in brackets": "![a]" + " [a]:<x" * 50_000,
    "definitions within one": "![a]" + " [a]:" + "[a]:" * 50_000,
    "escapes": "![" + "\\[" * 100_000,
    "backticks": "`![](a`" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_looked_through_in_a_moment(name: str) -> None:
    started = time.process_time()
    for _ in references(HOSTILE[name]):
        pass
    assert time.process_time() - started < 2
