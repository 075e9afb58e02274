"""Text as it may stand in XML, whatever format the XML is of."""

from activities.documents.control_characters import remove_control_characters


def xml_text(text: str) -> str:
    """Escape text for an element, without the characters that XML 1.0 cannot hold."""
    if text.isprintable() and "&" not in text and "<" not in text and ">" not in text:
        return text
    cleaned = remove_control_characters(text)[0]
    return cleaned.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def xml_attribute(text: str) -> str:
    """Escape text for an attribute in double quotes; line breaks and tabs survive."""
    return xml_text(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
