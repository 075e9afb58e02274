"""Characters that neither XML 1.0 nor a PDF's text can hold."""

import re

_REMOVED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def remove_control_characters(text: str) -> tuple[str, int]:
    """The text without them, and how many there were.

    Removed are the C0 controls except tab and newline, U+FFFE, U+FFFF and lone surrogates
    (https://www.w3.org/TR/xml/#charsets). CR and CRLF become a newline and do not count.
    """
    # Nearly all text is printable but for its newlines, and this test is far cheaper than
    # the search below.
    if text.isprintable() or text.replace("\n", "").isprintable():
        return text, 0
    return _REMOVED.subn("", text.replace("\r\n", "\n").replace("\r", "\n"))
