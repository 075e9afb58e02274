"""Files within a PDF (ISO 32000-1, 7.11.4), which readers list and save."""

from datetime import datetime
from typing import NamedTuple

from activities.formats.pdf.file.canvas import PageCanvas
from activities.formats.pdf.file.objects import text_string
from activities.model.times import in_utc


class Attachment(NamedTuple):
    """A file that belongs to the whole document."""

    name: str
    media_type: str
    description: str
    data: bytes


def attach(canvas: PageCanvas, attachment: Attachment, changed: datetime) -> None:
    """Put a file into the document, as data about it (ISO 32000-2, 14.13).

    Args:
        canvas: of the document, which has no other attachment.
        attachment: the file.
        changed: the time that it has, in UTC.
    """
    objects = canvas.objects
    digits = "".join(filter(str.isdecimal, in_utc(changed)))
    subtype = attachment.media_type.replace("/", "#2F")
    stream = objects.write_stream(
        attachment.data,
        f"/Type/EmbeddedFile/Subtype/{subtype}"
        f"/Params<</Size {len(attachment.data)}/ModDate(D:{digits}+00'00')>>",
    )
    name = text_string(attachment.name)
    specification, tree, listed = (objects.new_number() for _ in range(3))
    objects.write_object(
        specification,
        f"<</Type/Filespec/F{name}/UF{name}/Desc{text_string(attachment.description)}"
        f"/AFRelationship/Data/EF<</F {stream} 0 R/UF {stream} 0 R>>>>",
    )
    objects.write_object(tree, f"<</Names[{name} {specification} 0 R]>>")
    objects.write_object(listed, f"[{specification} 0 R]")
    canvas.attachments = objects.reference_to(tree)
    canvas.setCatalogEntry("AF", objects.reference_to(listed))
