"""Definitions of links, `[label]: address`, of which those that nothing refers to are text.

CommonMark shows none of them, and so loses an answer such as `[Answer]: 42`, and the sources below
a text that does not cite them. What people hide on purpose leads nowhere: `[//]: # (a comment)`.
"""

from typing import Any, Final

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import reference as read_definition
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_DEFINITION: Final = "definition"
_REFERENCES: Final = "references"
"""The key that the parser has for them in its environment."""
_NOWHERE = frozenset({"", "#"})


class _Definitions(dict[str, Any]):
    """Those of one text, which know what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for = set[str]()

    def get(self, label: str, default: Any = None) -> Any:
        self.asked_for.add(label)
        return super().get(label, default)


def definition(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """The parser's rule, which leaves a token where a definition stands."""
    definitions = state.env.setdefault(_REFERENCES, _Definitions())
    known = len(definitions)
    if not read_definition(state, first, end, silent):
        return False
    if not silent:
        token = state.push(_DEFINITION, "", 0)
        token.map = [first, state.line]
        token.content = state.getLines(first, state.line, state.blkIndent, False).strip()
        # Of equal labels the first counts, and nothing refers to the others.
        label = next(reversed(definitions)) if len(definitions) > known else ""
        newest = definitions[label] if label else state.env["duplicate_refs"][-1]
        token.meta = {"label": label, "is_hidden": newest["href"] in _NOWHERE}
    return True


def show_unused(state: StateCore) -> list[Token]:
    """Let definitions that nothing referred to be paragraphs; the inline tokens that these need."""
    definitions = state.env.get(_REFERENCES)
    if not isinstance(definitions, _Definitions) or not definitions:
        return []
    asked_for = frozenset(definitions.asked_for)
    tokens: list[Token] = []
    shown: list[Token] = []
    for token in state.tokens:
        if token.type != _DEFINITION:
            tokens.append(token)
        elif not token.meta["is_hidden"] and token.meta["label"] not in asked_for:
            # It would refer to itself.
            definitions.pop(token.meta["label"], None)
            inline = Token("inline", "", 0, content=token.content, map=token.map, children=[])
            inline.level = token.level + 1
            tokens += (
                Token("paragraph_open", "p", 1, map=token.map, level=token.level, block=True),
                inline,
                Token("paragraph_close", "p", -1, level=token.level, block=True),
            )
            shown.append(inline)
    state.tokens = tokens
    return shown
