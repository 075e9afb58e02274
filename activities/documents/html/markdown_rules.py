"""Markdown rules for HTML between and within its lines (CommonMark 0.31, 4.6 and 6.6).

They differ from CommonMark in what they take for a tag: only the names that HTML has.
`List<String>`, `<T>` and `<your-name>` are text, as whoever wrote them meant it, and so are
processing instructions and declarations, which nobody writes into a course but to show them.
Comments are nothing.
"""

import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.html_re import close_tag, open_tag
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from activities.documents.html.elements import KNOWN, OPTIONAL_END, PLAIN_INLINE, STYLES, VOID

_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?=[\s/>]|\Z)")
_TAG = re.compile(f"{open_tag}|{close_tag}")
_BROKEN_IMAGE = re.compile(
    r"<img\b[^<>]*?\bsrc\s*=\s*(?P<quote>[\"']?)\s*data:image/[^<>]*>?", re.IGNORECASE
)
_WHOLE: Final = frozenset(
    [
        "audio",
        "iframe",
        "math",
        "object",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "video",
    ]
)
"""Elements that are taken with all that is in them, which is no Markdown."""
_COMMENT_END = "-->"
_NEVER: Final = "never"
"""The key of the environment for what a text has no more of."""


def add_html(parser: MarkdownIt) -> None:
    """Let a parser read HTML, into tokens of the types `html_block` and `html_inline`."""
    parser.options["html"] = True
    parser.block.ruler.at("html_block", _block, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.at("html_inline", _inline)


def unmatched_tags(tokens: Sequence[Token]) -> set[int]:
    """The places of tags in a line that are no tags after all, but text: of two that belong
    together there is only one, as in `a List<Object>`.
    """
    unmatched: set[int] = set()
    opened: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        if token.type != "html_inline":
            continue
        name = _element_name(token.content)
        if name in VOID or name in OPTIONAL_END or token.content.endswith("/>"):
            continue
        if not token.content.startswith("</"):
            if not token.content.endswith(f"</{name}>"):
                opened.setdefault(name, []).append(place)
        elif opened.get(name):
            opened[name].pop()
        elif name in STYLES or name in PLAIN_INLINE:
            unmatched.add(place)
    return unmatched.union(*opened.values())


def _element_name(tag: str) -> str:
    """The name in a tag, in lower case; empty when it is none of HTML's."""
    match = _NAME.match(tag)
    name = match[1].lower() if match else ""
    return name if name in KNOWN else ""


def _block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    start = state.bMarks[first] + state.tShift[first]
    if not state.src.startswith("<", start):
        return False
    if state.src.startswith("<!--", start):
        if _find(state, _COMMENT_END, start) < 0:
            return False
    elif not _element_name(state.src[start : start + 20]):
        return False
    return bool(html_block(state, first, end, silent))


def _inline(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if state.src.startswith("<!--", start):
        end = _find(state, _COMMENT_END, start)
        if end < 0:
            return False
        state.pos = end + len(_COMMENT_END)
        if state.src[start - 1 : start] == " " and state.src.startswith(" ", state.pos):
            state.pos += 1
        return True
    name = _element_name(state.src[start : start + 20])
    if not name:
        return False
    match = _TAG.match(state.src, start)
    if match is not None:
        end = match.end()
        if name in _WHOLE and not match[0].startswith("</"):
            closing = _find(state, f"</{name}>", end)
            end = closing + len(name) + 3 if closing >= 0 else end
        tag = state.src[start:end]
    elif name == "img" and (broken := _BROKEN_IMAGE.match(state.src, start)):
        # Nobody wants to read its data, so browsers' leniency holds here.
        end = broken.end()
        tag = broken[0] if broken[0].endswith(">") else f"{broken[0]}{broken['quote']}>"
    else:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = tag
    state.pos = end
    return True


def _find(state: StateBlock | StateInline, wanted: str, start: int) -> int:
    """Where something is in the text from a place on; -1 when it is nowhere.

    What a text has no more of is looked for once.
    """
    never = state.env.setdefault(_NEVER, {})
    known = never.get((wanted, state.src))
    if known is not None and start >= known:
        return -1
    found = state.src.find(wanted, start)
    if found < 0:
        never[wanted, state.src] = start
    return found
