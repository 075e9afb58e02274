"""Several texts as one that can be taken apart again, as lists are in cells and facts.

The texts stand between separators such as `, `. One that begins with a double quote, begins or ends
with a blank, has a line end or holds the separator's sign is in double quotes, its own doubled
(RFC 4180, 2.6 and 2.7), and so is one that is empty and alone.
"""

from collections.abc import Iterable


def joined(texts: Iterable[str], separator: str) -> str:
    """The texts as one.

    Args:
        texts: what is joined.
        separator: a sign with blanks around it.
    """
    sign = separator.strip()
    shown = [_quoted(text) if _is_quoted(text, sign) else text for text in texts]
    return separator.join(shown) if shown != [""] else _quoted("")


def _is_quoted(text: str, sign: str) -> bool:
    return text != text.strip() or text.startswith('"') or sign in text or "\n" in text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
