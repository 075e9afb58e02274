"""The standards of PDF files that a request may ask for, and what each asks of a file.

What all of them ask is true of every tagged file; here is the rest.
"""

from types import MappingProxyType
from typing import Final, NamedTuple

from PIL import ImageCms
from reportlab.pdfbase.pdfdoc import PDFObjectReference

from activities.formats.pdf.file.objects import ObjectWriter

_RDF = '<rdf:Description rdf:about="" {}>{}</rdf:Description>'
_UA_NAMESPACE = "http://www.aiim.org/pdfua/ns/id/"
_UA = f'xmlns:pdfuaid="{_UA_NAMESPACE}"'
_UA_1 = _RDF.format(_UA, "<pdfuaid:part>1</pdfuaid:part>")
_UA_2 = _RDF.format(_UA, "<pdfuaid:part>2</pdfuaid:part><pdfuaid:rev>2024</pdfuaid:rev>")
_A_2A = _RDF.format(
    'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"',
    "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>",
)
# PDF/A wants properties that it does not know itself to be described (ISO 19005-2, 6.6.2.3).
_UA_SCHEMA = _RDF.format(
    'xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"',
    '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>"
    f"<pdfaSchema:namespaceURI>{_UA_NAMESPACE}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    '<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    "<pdfaProperty:name>part</pdfaProperty:name>"
    "<pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    "<pdfaProperty:category>internal</pdfaProperty:category>"
    "<pdfaProperty:description>The part of ISO 14289 that the file keeps to"
    "</pdfaProperty:description>"
    "</rdf:li></rdf:Seq></pdfaSchema:property>"
    "</rdf:li></rdf:Bag></pdfaExtension:schemas>",
)
_PROFILE_DATE = slice(24, 36)
_PROFILE_ID = slice(84, 100)


class Standard(NamedTuple):
    """What a standard asks of a file beyond what every tagged one has."""

    version: tuple[int, int]
    """Of PDF."""
    claim: str
    """How the metadata says that the file keeps to it: elements of RDF."""
    is_pdf_2: bool = False
    """Whether types of PDF 2.0 are in use, and links lead to elements (ISO 14289-2)."""
    is_lasting: bool = False
    """Whether colours have a profile, and nothing is attached (ISO 19005-2)."""


STANDARDS: Final = MappingProxyType(
    {
        "ua-1": Standard((1, 7), _UA_1),
        "ua-2": Standard((2, 0), _UA_2, is_pdf_2=True),
        "a-2a": Standard((1, 7), _UA_SCHEMA + _UA_1 + _A_2A, is_lasting=True),
    }
)
"""By the names that requests have for them."""


def write_output_intents(objects: ObjectWriter) -> PDFObjectReference:
    """Write the profile of the colours (ISO 32000-1, 14.11.5), for the catalog."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # Of the moment at which it was made: files are the same whenever they are.
    profile[_PROFILE_DATE] = b"\x07\xd0\x00\x01\x00\x01" + bytes(6)
    profile[_PROFILE_ID] = bytes(16)
    written = objects.write_stream(bytes(profile), "/N 3/Alternate/DeviceRGB")
    number = objects.new_number()
    objects.write_object(
        number,
        "[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB IEC61966-2.1)"
        f"/Info(sRGB IEC61966-2.1)/DestOutputProfile {written} 0 R>>]",
    )
    return objects.reference_to(number)
