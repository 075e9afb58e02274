"""Links to addresses with spaces in them."""

from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from activities.documents.spaced_addresses import spaced_address

_LABEL_MAX: Final = 1_000
"""Characters up to the end of a label."""


def add_spaced_links(md: MarkdownIt) -> None:
    """Read what the parser's own rule takes for no link."""
    md.inline.ruler.after("link", "spaced_link", _spaced_link)


def _spaced_link(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    # The parser looks for the end of a label up to the end of the text.
    if source[start] != "[" or source.find("](", start, min(state.posMax, start + _LABEL_MAX)) < 0:
        return False
    label = state.pos + 1
    label_end = state.md.helpers.parseLinkLabel(state, state.pos, True)
    found = spaced_address(state.src, label_end + 1, state.posMax) if label_end >= 0 else None
    if found is None:
        return False
    if not silent:
        end = state.posMax
        state.pos, state.posMax = label, label_end
        token = state.push("link_open", "a", 1)
        token.attrs = {"href": state.md.normalizeLink(found.address)}
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("link_close", "a", -1)
        state.posMax = end
    state.pos = found.end
    return True
