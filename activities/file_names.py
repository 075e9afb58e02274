"""The name under which a person saves an export."""

import re
import unicodedata

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\s]+')
_LONGEST = 80


def file_name(title: str, extension: str) -> str:
    """A name made from a title: readable, in its own script, safe on every file system."""
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", title)
        if unicodedata.category(character)[0] != "C" or character in "\u200c\u200d\t\n"
    )
    stem = _FORBIDDEN.sub("-", kept).strip("-. ")[:_LONGEST].strip("-. ")
    return f"{stem or 'export'}.{extension}"
