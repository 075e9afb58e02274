"""Callouts as Markdown writes them: quotations that begin with `[!NOTE]`.

GitHub has five kinds, in any case, each alone on its line. Obsidian lets a title follow, and a sign
that folds the callout, and has more kinds (https://help.obsidian.md/callouts).
"""

import re
from types import MappingProxyType
from typing import Literal, NamedTuple

CalloutKind = Literal["note", "tip", "important", "warning", "caution", "details"]
"""Those of GitHub's alerts, and `details`: what a browser would show only on request."""

_MARK = re.compile(r"\[!([^\W_][\w-]{0,39})(?:\|[^\]\n]{0,40})?\][+-]?(?:[ \t]+|$)")

CALLOUT_KINDS: MappingProxyType[str, CalloutKind] = MappingProxyType(
    {
        "note": "note",
        "info": "note",
        "tip": "tip",
        "hint": "tip",
        "important": "important",
        "warning": "warning",
        "attention": "warning",
        "caution": "caution",
        "danger": "caution",
        "error": "caution",
        "details": "details",
    }
)
"""By the names that authors and platforms have for them."""


class CalloutMark(NamedTuple):
    """The mark at the beginning of a quotation."""

    kind: CalloutKind
    name: str
    """The author's own word for a kind that is none of ours, to stand for a title."""
    end: int
    """Where in the text what follows the mark begins."""


def callout_mark(text: str) -> CalloutMark | None:
    """The mark that a quotation's first line begins with, if it does with one."""
    match = _MARK.match(text)
    if match is None:
        return None
    return CalloutMark(*named_callout(match[1]), match.end())


def named_callout(name: str) -> tuple[CalloutKind, str]:
    """The kind of that name; `note`, and the name for a title, if it is none of ours."""
    kind = CALLOUT_KINDS.get(name.lower())
    if kind is not None:
        return kind, ""
    name = name.replace("-", " ").replace("_", " ")
    return "note", name[:1].upper() + name[1:].lower()
