"""Numeric references to letters of Windows-1252, which mean those letters.

CommonMark takes them for control characters, HTML for what was meant
(https://html.spec.whatwg.org/#numeric-character-reference-end-state): `5&#150;6` is 5–6.
"""

import re

from markdown_it.rules_inline import StateInline, entity

_REFERENCE = re.compile(r"&#(?:0{0,4}(1[2-5]\d)|[xX]0{0,4}([89][0-9a-fA-F]));")


def reference(state: StateInline, silent: bool) -> bool:
    """The parser's rule, but for these."""
    match = _REFERENCE.match(state.src, state.pos, state.posMax)
    if match is None:
        return bool(entity(state, silent))
    code = int(match[1] or match[2], 10 if match[1] else 16)
    meant = bytes([code]).decode("cp1252", "ignore") if code >= 0x80 else ""
    if not meant:
        return bool(entity(state, silent))
    if not silent:
        token = state.push("text_special", "", 0)
        token.content, token.markup, token.info = meant, match[0], "entity"
    state.pos = match.end()
    return True
