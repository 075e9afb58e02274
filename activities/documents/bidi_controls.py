"""Marks of direction in a text that is put beside others (UAX #9, section 2)."""

import re

_EMBEDDINGS = frozenset("\u202a\u202b\u202d\u202e")
_ISOLATES = frozenset("\u2066\u2067\u2068")
_END_OF_EMBEDDING, _END_OF_ISOLATE = "\u202c", "\u2069"
_OPENING = re.compile("[\u202a\u202b\u202d\u202e\u2066-\u2068]")


def close_bidi_controls(text: str) -> str:
    """The text with an end for each direction that it begins, so that none reaches what follows."""
    if text.isascii() or not _OPENING.search(text):
        return text
    missing: list[str] = []
    open_isolates = 0
    for character in text:
        if character in _EMBEDDINGS:
            missing.append(_END_OF_EMBEDDING)
        elif character in _ISOLATES:
            missing.append(_END_OF_ISOLATE)
            open_isolates += 1
        elif character == _END_OF_ISOLATE and open_isolates:
            open_isolates -= 1
            # It ends what was begun within the isolate too.
            while missing.pop() != _END_OF_ISOLATE:
                pass
        elif character == _END_OF_EMBEDDING and missing[-1:] == [_END_OF_EMBEDDING]:
            missing.pop()
    return text + "".join(reversed(missing))
