"""Text as a receiver may have it: no markup, and nothing that it takes for more than text."""

import re
from collections.abc import Callable
from functools import partial

from activities.formats.shared.xhtml.profiles import Profile
from activities.formats.shared.xml_escaping import xml_attribute, xml_text

_IN_ATTRIBUTES = "\\$"
"""Filters of LMSs look for formulas in the source of a page, attributes included."""


class Escaping:
    """Escapes text for one profile."""

    def __init__(self, profile: Profile) -> None:
        self._references = {ord(sign): f"&#{ord(sign)};" for sign in profile.references}
        in_attributes = profile.references + (_IN_ATTRIBUTES if profile.delimiters else "")
        self._in_attributes = {ord(sign): f"&#{ord(sign)};" for sign in in_attributes}
        self.text: Callable[[str], str] = xml_text
        """Writes a text as the content of an element."""
        if profile.delimiters or profile.references:
            # A method of its own would refer back to it.
            self.text = partial(_guarded, profile.delimiters, self._references)

    def tex(self, tex: str) -> str:
        """The TeX of a formula, whose own marks stay what they are."""
        return xml_text(tex).translate(self._references)

    def attribute(self, text: str) -> str:
        """A text as the value of an attribute in double quotes."""
        return xml_attribute(text).translate(self._in_attributes)


def _guarded(delimiters: str, references: dict[int, str], text: str) -> str:
    escaped = xml_text(text)
    if delimiters and ("\\" in escaped or "$" in escaped):
        # Not a comment: MathJax 3 reads on behind one.
        escaped = re.sub(delimiters, r"<span>\g<0></span>", escaped)
    return escaped.translate(references) if references else escaped
