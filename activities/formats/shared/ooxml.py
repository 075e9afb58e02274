"""What the Office Open XML formats (ECMA-376) have in common."""

from datetime import datetime

from activities.documents.bidi_controls import close_bidi_controls
from activities.formats.shared.xml_escaping import xml_text
from activities.model.times import in_utc

XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def core_properties(title: str, time: datetime) -> str:
    """`docProps/core.xml` of a file with this title and this one time of its own."""
    stamp = in_utc(time)
    return (
        f"{XML_DECLARATION}<cp:coreProperties"
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{xml_text(close_bidi_controls(title))}</dc:title>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified>'
        "</cp:coreProperties>"
    )
