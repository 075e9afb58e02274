"""Text as a receiver may have it: no markup, and nothing that it takes for more than text."""

import re

from activities.formats.shared.xhtml.profiles import Profile
from activities.formats.shared.xml_escaping import xml_attribute, xml_text

_IN_ATTRIBUTES = "\\$"
"""Filters of LMSs look for formulas in the source of a page, attributes included."""


class Escaping:
    """Escapes text for one profile."""

    def __init__(self, profile: Profile) -> None:
        self._delimiters = re.compile(profile.delimiters) if profile.delimiters else None
        self._references = {ord(sign): f"&#{ord(sign)};" for sign in profile.references}
        in_attributes = profile.references + (_IN_ATTRIBUTES if profile.delimiters else "")
        self._in_attributes = {ord(sign): f"&#{ord(sign)};" for sign in in_attributes}
        self.text = self._guarded if self._delimiters or self._references else xml_text
        """Writes a text as the content of an element."""

    def _guarded(self, text: str) -> str:
        escaped = xml_text(text)
        if self._delimiters is not None and ("\\" in escaped or "$" in escaped):
            # Not a comment: MathJax 3 reads on behind one.
            escaped = self._delimiters.sub(r"<span>\g<0></span>", escaped)
        return escaped.translate(self._references) if self._references else escaped

    def tex(self, tex: str) -> str:
        """The TeX of a formula, whose own marks stay what they are."""
        return xml_text(tex).translate(self._references)

    def attribute(self, text: str) -> str:
        """A text as the value of an attribute in double quotes."""
        return xml_attribute(text).translate(self._in_attributes)
