"""The elements of HTML, by what becomes of each (https://html.spec.whatwg.org/#elements-3).

This is the allow-list: whatever is not named here has no effect, and leaves its text.
"""

from types import MappingProxyType
from typing import Final, Literal

from activities.documents.model import ListStyle

StyleName = Literal[
    "strong",
    "emphasis",
    "strike",
    "underline",
    "mark",
    "keyboard",
    "code",
    "subscript",
    "superscript",
]
"""The fields of a run that an element can set."""

STYLES: Final[MappingProxyType[str, StyleName]] = MappingProxyType(
    {
        "b": "strong",
        "strong": "strong",
        "cite": "emphasis",
        "dfn": "emphasis",
        "em": "emphasis",
        "i": "emphasis",
        "var": "emphasis",
        "del": "strike",
        "s": "strike",
        "strike": "strike",
        "ins": "underline",
        "u": "underline",
        "mark": "mark",
        "kbd": "keyboard",
        "code": "code",
        "samp": "code",
        "tt": "code",
        "sub": "subscript",
        "sup": "superscript",
    }
)

PLAIN_INLINE: Final = frozenset(
    [
        "abbr",
        "acronym",
        "bdi",
        "bdo",
        "big",
        "button",
        "data",
        "font",
        "label",
        "legend",
        "map",
        "nobr",
        "optgroup",
        "option",
        "output",
        "picture",
        "q",
        "rb",
        "rt",
        "rtc",
        "ruby",
        "select",
        "slot",
        "small",
        "span",
        "textarea",
        "time",
    ]
)
"""Elements within a line that set no style of their own."""

REOPENED: Final = frozenset(
    [
        "a",
        "b",
        "big",
        "code",
        "em",
        "font",
        "i",
        "nobr",
        "s",
        "small",
        "strike",
        "strong",
        "tt",
        "u",
    ]
)
"""Elements that go on in the next block when the one that they began in ends (13.2.4.3, "list of
active formatting elements")."""

PLAIN_BLOCKS: Final = frozenset(
    [
        "address",
        "applet",
        "article",
        "aside",
        "body",
        "center",
        "dialog",
        "div",
        "fieldset",
        "footer",
        "form",
        "head",
        "header",
        "hgroup",
        "html",
        "main",
        "nav",
        "search",
        "section",
    ]
)
"""Elements that part paragraphs and are nothing else."""

HEADINGS: Final = MappingProxyType({f"h{level}": level for level in range(1, 7)})
LISTS: Final = frozenset({"ul", "ol", "menu", "dir"})
SECTIONS: Final = frozenset({"thead", "tbody", "tfoot"})
CELLS: Final = frozenset({"td", "th"})
TABLE_PARTS: Final = SECTIONS | CELLS | {"tr", "caption"}

VOID: Final = frozenset(
    [
        "area",
        "base",
        "basefont",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
"""Elements that have no content, and no end tag (13.1.2)."""

REMOVED: Final = frozenset(
    [
        "canvas",
        "datalist",
        "frameset",
        "meter",
        "noembed",
        "noframes",
        "progress",
        "script",
        "style",
        "template",
        "title",
    ]
)
"""Elements that go with all that is in them: no text for readers."""

SILENTLY_REMOVED: Final = frozenset({"datalist", "noembed", "noframes", "title"})
"""Of these, those that nobody would miss."""

EMBEDDED: Final = MappingProxyType(
    {"iframe": "src", "video": "src", "audio": "src", "object": "data", "embed": "src"}
)
"""Elements that show something from elsewhere, with the attribute that says where it is."""

OPTIONAL_END: Final = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "caption",
        "colgroup",
        "option",
        "optgroup",
        "rt",
        "rp",
        "rb",
    ]
)
"""Elements whose end tags may be left out (13.1.2.4)."""

KNOWN: Final = (
    STYLES.keys()
    | PLAIN_INLINE
    | PLAIN_BLOCKS
    | HEADINGS.keys()
    | LISTS
    | TABLE_PARTS
    | VOID
    | REMOVED
    | EMBEDDED.keys()
    | OPTIONAL_END
    | {
        "a",
        "blockquote",
        "details",
        "dl",
        "figure",
        "figcaption",
        "math",
        "noscript",
        "pre",
        "summary",
    }
    | {"svg", "table", "xmp", "listing", "plaintext"}
)
"""The names of all elements of HTML, those of the past included."""

PREFORMATTED: Final = frozenset({"pre", "listing", "xmp", "plaintext"})

LIST_STYLES: Final[MappingProxyType[str, ListStyle]] = MappingProxyType(
    {
        "a": "lower-alpha",
        "A": "upper-alpha",
        "i": "lower-roman",
        "I": "upper-roman",
        "lower-alpha": "lower-alpha",
        "lower-latin": "lower-alpha",
        "upper-alpha": "upper-alpha",
        "upper-latin": "upper-alpha",
        "lower-roman": "lower-roman",
        "upper-roman": "upper-roman",
    }
)
"""Of the attribute `type` and the property `list-style-type`."""
