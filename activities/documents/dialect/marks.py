"""`==marked==`, `H~2~O` and `x^2^`, as Pandoc and wikis write them.

A letter, digit or bracket stands before the marks of a subscript or superscript, and only signs of
formulas within them, so that `~/path`, ranges such as `3~5` and powers such as `2^10` stay text.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

_MARK = ord("=")
_SIGNS = r"A-Za-z0-9\u00c0-\u02af\u0370-\u052f+\-\u2212\u00b1=()*,.'\u2032\u00b0/"
_SCRIPTS = {sign: re.compile(rf"\{sign}([{_SIGNS}]{{1,20}})\{sign}(?!\{sign})") for sign in "~^"}
_TYPES = {"~": "sub", "^": "sup"}
_SIMPLE = re.compile(r"[+\-\u2212\u00b1]?[^\W_]+[+\-\u2212\u00b1]?|[+\-\u2212\u00b1]")
_NUMBER = re.compile(r"[+\-\u2212\u00b1]?[0-9]+[+\-\u2212\u00b1]?")
_OPERATORS = "+-\u2212\u00b1*/="
_BRACKETS = "({["


def add_marks(md: MarkdownIt) -> None:
    """Add tokens of the types `mark_open`, `mark_close`, `sub` and `sup`."""
    md.inline.ruler.before("strikethrough", "script", _script_rule)
    md.inline.ruler.before("emphasis", "mark", _mark_rule)
    md.inline.ruler2.after("balance_pairs", "mark", _pair_marks)


def _script_rule(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    sign = source[start]
    pattern = _SCRIPTS.get(sign)
    if pattern is None or not start or source[start - 1] == sign or source[start - 1].isspace():
        return False
    match = pattern.match(source, start, state.posMax)
    if match is None:
        return False
    after = source[match.end()] if match.end() < state.posMax else " "
    is_script = _is_subscript if sign == "~" else _is_superscript
    if not is_script(source[start - 1], match[1], after):
        return False
    if not silent:
        state.push(_TYPES[sign], _TYPES[sign], 0).content = match[1]
    state.pos = match.end()
    return True


def _is_subscript(before: str, _text: str, after: str) -> bool:
    """Whether this is none of two ranges in a row: `1~3,5~7`."""
    return not (before.isdigit() and after.isdigit())


def _is_superscript(_before: str, text: str, after: str) -> bool:
    """Whether this is not what stands between two powers: `a^2+b^2`, `x^m,y^n`."""
    if after.isdigit() or after in _BRACKETS:
        return False
    if after.isalpha():
        return bool(_NUMBER.fullmatch(text))
    return after not in _OPERATORS or bool(_SIMPLE.fullmatch(text))


def _mark_rule(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    if silent or source[start] != "=":
        return False
    scanned = state.scanDelims(start, True)
    end = start + scanned.length
    state.pos = end
    if scanned.length != 2:
        state.append_pending(source[start:end])
        return True
    # Within a word of code it compares: `a==b`.
    begins = scanned.can_open and not (start and _is_ascii_word(source[start - 1]))
    ends = scanned.can_close and not (end < state.posMax and _is_ascii_word(source[end]))
    state.push("text", "", 0).content = "=="
    state.delimiters.append(
        Delimiter(
            marker=_MARK, length=0, token=len(state.tokens) - 1, end=-1, open=begins, close=ends
        )
    )
    return True


def _is_ascii_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _pair_marks(state: StateInline) -> None:
    """Let the marks that belong together, within links as well, open and close."""
    _pair(state, state.delimiters)
    for meta in state.tokens_meta:
        if meta and "delimiters" in meta:
            _pair(state, meta["delimiters"])


def _pair(state: StateInline, delimiters: Sequence[Delimiter]) -> None:
    for delimiter in delimiters:
        if delimiter.marker != _MARK or delimiter.end < 0:
            continue
        for end, kind, nesting in (
            (delimiter, "mark_open", 1),
            (delimiters[delimiter.end], "mark_close", -1),
        ):
            token = state.tokens[end.token]
            token.type, token.tag, token.nesting = kind, "mark", nesting  # type: ignore[assignment]
            token.markup, token.content = "==", ""
