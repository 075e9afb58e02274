"""The characters that no font of the set can draw, as warnings tell of them."""

from fontTools import unicodedata

from activities.formats.pdf.text.fontbook import script_of

_SHARED_SCRIPTS = frozenset({"Zyyy", "Zinh", "Zzzz"})
"""The codes for characters of any script, and for those of none that is known."""
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zs"})
"""Categories of characters that nobody would see in a warning."""


def script_in_words(character: str) -> str:
    """The script of a character as a warning names it, if it has one of its own."""
    script = script_of(character)
    if script in _SHARED_SCRIPTS:
        return ""
    return str(unicodedata.script_name(script))


def named_character(character: str) -> str:
    """The character with its number, or the number alone when nobody would see it."""
    code = f"U+{ord(character):04X}"
    category = unicodedata.category(character)
    if category in _NOT_SHOWN:
        return code
    # A mark stands on a circle of dots, as the tables of Unicode show it.
    return f"{'◌' if category[0] == 'M' else ''}{character} ({code})"
