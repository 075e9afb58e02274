"""Items that grow: what has to cost in proportion to its length, whatever it is made of.

Each is made for a number of characters, more or less. They are texts that make parsers look back or
ahead, characters that join each other without end, and structures within structures.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from activities.formats.testing.items import item
from activities.model.content import (
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Section,
)

Make = Callable[[int], Item]

_MARKS: Final = (
    # Brackets, quotes and fences that are opened and not closed, or the other way round.
    *("&", "&am", "&#", "<", "<a", "<a:b ", "` ", "*", "*_", "*a ", "_a ", "**a ", "a** ", "a* "),
    *("~", "~~a ", "a~~", "[", "![", "[a](", "[a](<", '[a](b "', "[^", "[^a]", "^[", "^[a "),
    *("$", "$a ", "$$ ", "$$a", "$$\\$", "$1", "a$", "\\", "\\a", "!", "(", "]", "](", "[[a]"),
    *("a_b", "a  \n", "a\\\n", "\n", " ", "\t", "> ", ">", "- ", "- a\n", "1) a\n", "|", "|a|b|\n"),
    *("#", "# a\n", "```\n", "~~~ a\n", "    a\n", "[a]: b\n", "a\n===\n", "---\n", "<http://a"),
    *("http://a.b ", "&copy;", "&#9;", "&#x301;", "\u200b", "é ", "漢\n", "\r", "\0", "a\n-\n"),
    *("[a][b]", "[a]", "[a]\n", "![a][", "*a **b ", "x^", "> a\n", "> a\nb\n", "- a\n b\n", "$$\n"),
    *(
        "$$\na\n",
        "[^a]: b\n",
        "[^a]:\n    b\n\n",
        "$x^{2}$ ",
        "a\u00a0",
        "-a",
        "a\u00ad",
        "a/",
        "a.",
    ),
    *("a\u2011", "a     ", "a\t", "# a\n\n", "###### a\n\n", "---\n\n", "|a|\n|-|\n|b|\n\n"),
    *("[a](http://b.c) ", "**a** ", "- [ ] a\n", "![a](x) ", "- a\n\n", "1. a\n\n", "`א` a "),
    *("&#8203;", "*a*b", "*א*ב", "`a`א", "\n[](a)", "^[a]", "***a** b* ", "> - a\n", "- > a\n"),
    *("> a\n\nb\n\n", "- a\n\n  b\n\n", "- ```\n  a\n  ```\n", "- |a|b|\n  |-|-|\n  |c|d|\n"),
)
_LETTERS: Final = (
    # Characters that join their neighbours, or turn them around: UAX #9, #14 and #29.
    *("a", "漢", "。", "\u0301", "a\u0301", "\u034f", "a\u200d", "\u200c", "\u0628\u200d"),
    *("\U0001f469\u200d", "\U0001f469\U0001f3fd", "\U0001f1e9\U0001f1ea", "\U0001f1e9"),
    *("1\ufe0f\u20e3", "a\ufe0f", "\ufe0f", "\U000e0061", "漢\U000e0100", "\u1820\u180b"),
    *("\u1100", "\u1161", "\u11a8", "\u1100\u1161", "क्", "क्ष", "क\u093c", "க்", "கொ"),
    *("\u0d9a\u0dca\u200d", "\u1780\u17d2", "\u1000\u1039", "\u0f40\u0f90", "กำ", "\u0600"),
    *("\U000110bd", "a\u2060", "a\u200b", "1\u202f", '"a', "1,", "1/", "\u05d0\u05b0", "\u0628"),
    *("\u0627\u0644 ", "\u0628\u064e", "a\u05d0", "a \u05d0 1 ", "(\u05d0", "\u2067a", "\u2067"),
    *("\u2067a\u2069 ", "\u202aa", "\u202e", "\u202c", "\U00020000", "\U0001d400", "\U00016800"),
    "\ue000",
)
_TAGS: Final = (
    # Elements that are opened and not closed, or the other way round, and what may hide tags.
    *("<div>", "</div>", "<p>", "<b>", "<b><i>", "<a href=http://b.c>", "<sub>", "</b>", "<br>"),
    *("<ul><li>", "<li>", "<ul>", "</li>", "<dl><dd>", "<dt>a<dd>b", "<blockquote>", "<details>"),
    *("<table>", "<table><tr><td>", "<td>", "<tr>", "<td colspan=1000>", "<td rowspan=60000>a"),
    *("<h1>a", "<pre>", "<pre>a</pre>", "<math>", "<math><mi>x", "<svg>", "<script>", "<noscript>"),
    *("<!--", "<!-- -->", "<![CDATA[", "<?", "&amp;", "&CounterClockwiseContourIntegra", "<img>"),
    *("<p hidden>a", "<span style='a:b'>c", "<q>", "<ruby><rt>", "<abbr title=a>b", "<video>"),
    *("<select><option>a", "<textarea>", "<title>", "<plaintext>", "a <b c='", "<figure>a", "$a "),
    *("<b>a</b> ", "<details>\n\n", "<div>\n\na\n\n</div>\n\n", "<br>\n", "|<br>a|\n", "<b x="),
)
"""HTML, which Markdown may hold as well."""
_PLACES: Mapping[str, Callable[[str], dict[str, Any]]] = MappingProxyType(
    {
        "a text": lambda text: {"study_guide": text},
        "a text from right to left": lambda text: {"study_guide": text, "language": "ar"},
        "a heading": lambda text: {"study_guide": f"# {text}"},
        "a cell": lambda text: {"study_guide": f"|a|b|\n|-|-|\n|{text}|b|\n"},
        "a footnote": lambda text: {"study_guide": f"a[^1]\n\n[^1]: {text}"},
        "a link": lambda text: {"study_guide": f"[{text}](http://b.c)"},
        "code": lambda text: {"study_guide": f"`{text}`"},
        "a block of code": lambda text: {"study_guide": f"```\n{text}\n```"},
        "a formula": lambda text: {"study_guide": f"$\\text{{{text[:3_900]}}}$ " * 10},
        "a title": lambda text: {"title": text},
        "a card": lambda text: {"flashcards": [Flashcard(text, "b", tags=[text])]},
        "an objective": lambda text: {"outline": Outline("", [Section("a", "", [text])])},
        "metadata": lambda text: {"metadata": {text: text}},
    }
)


def _text(make: Callable[[int], str]) -> Make:
    return lambda length: item(study_guide=make(length))


def _nested(depth: int) -> Outline:
    section = Section("a")
    for _ in range(depth):
        section = Section("a", sections=[section])
    return Outline("", [section])


def _defined(length: int, use: str, definition: str) -> str:
    numbers = range(length // 20)
    return "".join(map(use.format, numbers)) + "\n\n" + "".join(map(definition.format, numbers))


def _formula(*parts: tuple[str, int]) -> Callable[[int], str]:
    """Formulas of the greatest length that is set."""
    tex = "".join(unit * times for unit, times in parts)
    return lambda length: f"${tex}$ " * max(1, length // len(tex))


_STRUCTURES: Mapping[str, Make] = MappingProxyType(
    {
        "backticks that grow": _text(
            lambda n: " ".join("`" * i for i in range(int((2 * n) ** 0.5)))
        ),
        "definitions": _text(lambda n: _defined(n, "[a{}] ", "[a{}]: http://b.c\n")),
        "notes": _text(lambda n: _defined(n, "a[^{}] ", "[^{}]: b\n")),
        "references to a note": _text(lambda n: "[^1]" * (n // 4) + "\n\n[^1]: b\n"),
        "references to a link": _text(lambda n: "[a]" * (n // 3) + "\n\n[a]: http://b.c\n"),
        "a note of paragraphs": _text(lambda n: "a[^1]\n\n[^1]: b\n" + "\n    c\n" * (n // 7)),
        "links that differ": _text(
            lambda n: "".join(f"[a](http://b.c/{i}) " for i in range(n // 20))
        ),
        "a long address": _text(lambda n: f"[a](http://b/{'c' * n})"),
        "a long description": _text(lambda n: f"[{'a ' * (n // 2)}](http://b.c)"),
        "emphasis in emphasis": _text(lambda n: "*a " * (n // 6) + "b*" * (n // 6)),
        "lists in lists": _text(
            lambda n: "".join("  " * (i % 24) + "- a\n" for i in range(n // 26))
        ),
        "numbered lists": _text(
            lambda n: "".join("   " * (i % 16) + "1. a\n" for i in range(n // 28))
        ),
        "numbers": _text(lambda n: "".join(f"{i}. a\n" for i in range(n // 8))),
        "quotations and lists": _text(lambda n: ("> - " * 12 + "b\n") * (n // 50)),
        "deep quotations": _text(lambda n: (">" * 40 + " a\n") * (n // 42)),
        "one deep quotation": _text(lambda n: ">" * 48 + " " + "a " * (n // 2)),
        "headings": _text(lambda n: "".join("#" * (1 + i % 6) + " a\n\n" for i in range(n // 7))),
        "a wide table": _text(lambda n: f"|{'a|' * (n // 4)}\n|{'-|' * (n // 4)}\n"),
        "a long table": _text(lambda n: "|a|b|\n|-|-|\n" + "|c|d|\n" * (n // 6)),
        "an empty table": _text(lambda n: "|||\n|-|-|\n" + "|||\n" * (n // 4)),
        "a table that is filled up": _text(
            lambda n: f"|{'a|' * (n // 8)}\n|{'-|' * (n // 8)}\n" + "|a\n" * (n // 8)
        ),
        "a table of notes": _text(lambda n: "|a|\n|-|\n" + "|b^[c]|\n" * (n // 9)),
        "a table of formulas": _text(lambda n: "|a|\n|-|\n" + "|$b^2$|\n" * (n // 9)),
        "long words in cells": _text(
            lambda n: "|a|b|\n|-|-|\n" + f"|{'a' * 300}|{'b' * 300}|\n" * (n // 604)
        ),
        "lines of code": _text(lambda n: "```\n" + ("a b " * 100 + "\n") * (n // 401) + "```"),
        "formulas that differ": _text(lambda n: " ".join(f"$x_{{{i}}}$" for i in range(n // 10))),
        "displayed formulas": _text(lambda n: "$$\na+b\n$$\n\n" * (n // 12)),
        "long formulas": _text(_formula(("a+", 1_900), ("b", 1))),
        "fractions": _text(_formula(("\\frac{a}{", 300), ("b", 1), ("}", 300))),
        "powers": _text(_formula(("x^{", 900), ("x", 1), ("}", 900))),
        "braces": _text(_formula(("{", 1_900), ("x", 1), ("}", 1_900))),
        "brackets of formulas": _text(_formula(("\\left(", 270), ("x", 1), ("\\right)", 270))),
        "a matrix": _text(_formula(("\\begin{matrix}", 1), ("a & ", 900), ("b\\end{matrix}", 1))),
        "primes": _text(_formula(("x", 1), ("'", 3_900))),
        "roots": _text(_formula(("\\sqrt{", 500), ("x", 1), ("}", 500))),
        "accents": _text(_formula(("\\hat{", 500), ("x", 1), ("}", 500))),
        "begins": _text(_formula(("\\begin{matrix}", 280))),
        "sections": lambda n: item(outline=Outline("", [Section("a", "b")] * (n // 20))),
        "sections in sections": lambda n: item(outline=_nested(min(n // 50, 900))),
        "key points": lambda n: item(
            outline=Outline("", [Section("a", key_points=["a"] * (n // 4))])
        ),
        "questions": lambda n: item(faqs=[Faq("a^[b]", "b")] * (n // 28)),
        "cards": lambda n: item(flashcards=[Flashcard("a", "b")] * (n // 24)),
        "tags": lambda n: item(flashcards=[Flashcard("a", "b", tags=["t"] * (n // 4))]),
        "reading questions": lambda n: item(
            reading_guide_questions=[ReadingQuestion("a")] * (n // 30)
        ),
        "facts": lambda n: item(metadata={f"k{i}": 1 for i in range(n // 10)}),
        "a list of facts": lambda n: item(metadata={"k": [1] * (n // 2)}),
        "metrics": lambda n: item(quality_metrics={f"k{i}": 1.0 for i in range(n // 10)}),
        "a long id": lambda n: item("x" * n, study_guide="a"),
        "a long language": lambda n: item(language="a-" * (n // 2) + "a", study_guide="a"),
    }
)


def _repeated(unit: str, place: Callable[[str], dict[str, Any]]) -> Make:
    return lambda length: item(**place((unit * length)[:length]))


GROWING: Final[Mapping[str, Make]] = MappingProxyType(
    {f"{unit!a}": _repeated(unit, _PLACES["a text"]) for unit in _MARKS}
    | {
        f"{unit!a} in {name}": _repeated(unit, place)
        for unit in _LETTERS
        for name, place in _PLACES.items()
    }
    | {
        f"{unit!a} as {name}": _repeated(unit, place)
        for unit in _TAGS
        for name, place in {
            "HTML": lambda text: {"study_guide": text, "text_format": "html"},
            "HTML in Markdown": lambda text: {"study_guide": text},
            "HTML in a cell": lambda text: {
                "study_guide": f"<table><tr><td>{text}",
                "text_format": "html",
            },
        }.items()
    }
    | dict(_STRUCTURES)
)
"""Makers of items by what they are made of."""
