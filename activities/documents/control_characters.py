"""Characters that XML 1.0 or a PDF's text cannot hold, or that mean nothing in a file."""

import re

_REMOVED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|\x85")


def remove_control_characters(text: str) -> tuple[str, int]:
    """The text without them, and how many there were.

    Removed are the C0 controls except tab and newline, DEL and the C1 controls, U+FFFE, U+FFFF and
    lone surrogates (https://www.w3.org/TR/xml/#charsets). CR, CRLF and NEL become a newline and do
    not count.
    """
    # Nearly all text is printable but for its newlines, and this test is far cheaper than
    # the search below.
    if text.isprintable() or text.replace("\n", "").isprintable():
        return text, 0
    return _REMOVED.subn("", _LINE_END.sub("\n", text))
