"""The XMP metadata of a PDF (ISO 16684-1), with the claim to PDF/UA where it may be made."""

from datetime import datetime
from xml.sax.saxutils import escape

from reportlab.pdfbase.pdfdoc import PDFObjectReference

from activities.documents.labels import UNKNOWN_LANGUAGE
from activities.formats.pdf.file.objects import PRODUCER, ObjectWriter
from activities.model.times import in_utc


def may_claim(title: str, languages: set[str]) -> bool:
    """Whether the title and the languages, which content may leave out, are there: all else that
    a standard asks for holds for every tagged file.
    """
    return bool(title.strip()) and bool(languages) and UNKNOWN_LANGUAGE not in languages


def write_metadata(
    objects: ObjectWriter, title: str, created: datetime, claim: str
) -> PDFObjectReference:
    """Write the metadata stream.

    Args:
        objects: Where it is written.
        title: The document's.
        created: Its date.
        claim: What it says of standards: elements of RDF.
    """
    date = in_utc(created)
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt>'
        "</dc:title>"
        f"<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>"
        f"<pdf:Producer>{escape(PRODUCER)}</pdf:Producer></rdf:Description>"
        f"{claim}</rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )
    number = objects.new_number()
    objects.write_plain_stream(
        number, packet.encode("utf-8", "replace"), "/Type/Metadata/Subtype/XML"
    )
    return objects.reference_to(number)
