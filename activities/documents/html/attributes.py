"""What the attributes of an element say: styles, callouts, languages of code."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import turbohtml

from activities.documents.callouts import CALLOUT_KINDS, CalloutKind
from activities.documents.control_characters import remove_control_characters
from activities.documents.html.elements import StyleName

Attributes = Mapping[str, str]
"""Names in lower case; the first of a name counts."""

NO_ATTRIBUTES: Final[Attributes] = MappingProxyType({})
_ATTRIBUTES_MAX: Final = 100
"""Of one element; pages have some ten."""
_STYLE_CHARACTERS_MAX: Final = 2_000
"""Of an attribute `style`: editors write some hundred."""
_CLASSES_MAX: Final = 50

_HIDDEN_CLASSES = frozenset(
    ["sr-only", "visually-hidden", "visuallyhidden", "screenreader-only", "accesshide"]
)
"""Texts for screen readers beside what is seen."""
_DRAWING_CLASSES = frozenset(
    ["katex-html", "MathJax", "MathJax_Preview", "MathJax_Display", "MathJax_SVG", "MathJax_CHTML"]
)

_CALLOUTS: MappingProxyType[str, CalloutKind] = MappingProxyType(
    {
        **CALLOUT_KINDS,
        "primary": "note",
        "secondary": "note",
        "default": "note",
        "success": "tip",
    }
)
_CALLOUT_CLASSES = frozenset(
    [
        "alert",
        "admonition",
        "callout",
        "callout-block",
        "markdown-alert",
        "notice",
        "notice-block",
        "panel",
    ]
)
_CALLOUT_PREFIX = re.compile(r"(?:markdown-alert|alert|callout|notice|panel|admonition)-")
_CALLOUT_TITLES = frozenset(
    ["admonition-title", "alert-heading", "alert-title", "callout-title", "markdown-alert-title"]
)
_CODE_LANGUAGE = re.compile(r"(?:language-|lang-|brush:)([\w+#.-]{1,40})")
_SIZE = re.compile(r"\s*(\d{1,5}(?:\.\d{1,4})?)(?:px)?\s*")
_BOLD = frozenset({"bold", "bolder", "600", "700", "800", "900"})
_NO_BACKGROUNDS = re.compile(
    r"none|transparent|inherit|initial|unset|white|black|#f{3,8}|#0{3,8}"
    r"|rgba?\((?:255, ?255, ?255|0, ?0, ?0)\b.*|var\(.*"
)
"""What pasted text has behind it without being highlighted."""
_NOT_BOLD = frozenset({"normal", "lighter", "100", "200", "300", "400"})


def attributes_of(token: turbohtml.Token) -> Attributes:
    """The attributes of a start tag, without the control characters that entities hide there."""
    pairs = token.attrs
    if not pairs:
        return NO_ATTRIBUTES
    return {
        name: remove_control_characters(value)[0]
        for name, value in reversed(pairs[:_ATTRIBUTES_MAX])
    }


def is_emoji(attributes: Attributes) -> bool:
    """Whether a picture stands for the character that is its description."""
    return any("emoji" in name or "emoticon" in name for name in classes(attributes))


def classes(attributes: Attributes) -> list[str]:
    """The element's classes."""
    return attributes.get("class", "").split(maxsplit=_CLASSES_MAX)[:_CLASSES_MAX]


def declarations(attributes: Attributes) -> dict[str, str]:
    """The declarations of the attribute `style`, in lower case."""
    style = attributes.get("style", "")
    if not style or len(style) > _STYLE_CHARACTERS_MAX:
        return {}
    pairs = (part.partition(":") for part in style.lower().split(";"))
    return {
        name.strip(): value.replace("!important", "").strip()
        for name, colon, value in pairs
        if colon
    }


def is_hidden(attributes: Attributes, style: Mapping[str, str]) -> bool:
    """Whether browsers show nothing of the element."""
    return bool(
        "hidden" in attributes
        or style.get("display") == "none"
        or style.get("visibility") == "hidden"
        or not _HIDDEN_CLASSES.isdisjoint(classes(attributes))
    )


def is_drawn_formula(attributes: Attributes) -> bool:
    """Whether the element is the drawing of a formula, whose source stands beside it."""
    return not _DRAWING_CLASSES.isdisjoint(classes(attributes))


def css_styles(style: Mapping[str, str]) -> list[StyleName]:
    """What declarations ask for of what a run can have."""
    found: list[StyleName] = []
    if style.get("font-weight") in _BOLD:
        found.append("strong")
    if style.get("font-style") in {"italic", "oblique"}:
        found.append("emphasis")
    decoration = style.get("text-decoration", "") + style.get("text-decoration-line", "")
    if "line-through" in decoration:
        found.append("strike")
    if "underline" in decoration:
        found.append("underline")
    raised = style.get("vertical-align")
    if raised == "sub":
        found.append("subscript")
    elif raised == "super":
        found.append("superscript")
    background = style.get("background-color") or style.get("background", "")
    if background and "url(" not in background and not _NO_BACKGROUNDS.fullmatch(background):
        found.append("mark")
    return found


def undoes(name: StyleName, style: Mapping[str, str]) -> bool:
    """Whether declarations take from an element the style that its name gives it, as word
    processors write around what they paste.
    """
    if name == "strong":
        return style.get("font-weight") in _NOT_BOLD
    return name == "emphasis" and style.get("font-style") == "normal"


def callout_kind(attributes: Attributes) -> CalloutKind | None:
    """The kind of callout that a platform marks by the classes of an element, if it is one.

    BookStack writes `callout info`, Bootstrap and Moodle `alert alert-info`, Outline `notice
    notice-tip` or `notice-block`, GitHub `markdown-alert-note`, Sphinx and MkDocs `admonition
    note`, Docmost `data-callout-type`.
    """
    named = attributes.get("data-callout-type", "").lower()
    if named:
        return _CALLOUTS.get(named, "note")
    names = [name.lower() for name in classes(attributes)]
    if _CALLOUT_CLASSES.isdisjoint(names):
        return None
    for name in names:
        kind = _CALLOUTS.get(_CALLOUT_PREFIX.sub("", name))
        if kind is not None:
            return kind
    return "note"


def is_callout_title(attributes: Attributes) -> bool:
    """Whether the element is the title of the callout that it is in."""
    return not _CALLOUT_TITLES.isdisjoint(classes(attributes))


def code_language(attributes: Attributes) -> str:
    """The language of code: `language-x` (HTML, 4.5.15), or as editors write it."""
    named = attributes.get("data-language") or attributes.get("data-lang") or ""
    if named.strip():
        return named.split()[0][:40]
    match = _CODE_LANGUAGE.search(attributes.get("class", "").replace("brush: ", "brush:")[:400])
    if match:
        return match[1]
    # As Mermaid's own script finds its sources.
    return "mermaid" if "mermaid" in attributes.get("class", "").split() else ""


def size(attributes: Attributes, style: Mapping[str, str], name: str) -> float | None:
    """A width or height in pixels, of the declarations before the attribute."""
    for value in (style.get(name), attributes.get(name)):
        match = _SIZE.fullmatch(value) if value else None
        if match and float(match[1]):
            return float(match[1])
    return None


def whole_number(text: str | None, least: int, most: int) -> int | None:
    """A number as attributes have it, kept within bounds; None when it is none."""
    try:
        number = int((text or "").strip()[:20])
    except ValueError:
        return None
    return min(max(number, least), most)


def is_task_done(attributes: Attributes) -> bool | None:
    """Whether a list item is a task that is done or not: ProseMirror's and Outline's items say so.

    None when it is no task, or its checkbox says.
    """
    checked = attributes.get("data-checked")
    if checked is not None:
        return checked.lower() == "true"
    names = set(classes(attributes))
    if names & {"checked", "unchecked"}:
        return "checked" in names
    return None
