"""Pictures of the first pages of a PDF that one of our renderers made.

pdfium draws them. It is loaded by the process that forks render children, and opens nothing but
the bytes of our own files, in a child that is kept from all else.
"""

from io import BytesIO

import msgspec
import pypdfium2

from activities.model.first_pages import WIDTH

_QUALITY = 82

_encode = msgspec.msgpack.Encoder().encode


def draw_first_pages(pdf: bytes) -> bytes:
    """Draw how a file begins: its first page, and the first of its content if that is another.

    Returns:
        A list of pictures (WebP), as MessagePack.

    Raises:
        pypdfium2.PdfiumError: it is no PDF.
        OSError: a picture could not be encoded.
    """
    document = pypdfium2.PdfDocument(pdf)
    try:
        numbers = [0, _first_of_content(document)]
        return _encode([_draw(document, number) for number in numbers if number < len(document)])
    finally:
        document.close()


def _first_of_content(document: pypdfium2.PdfDocument) -> int:
    """The page after cover and contents: that of the first bookmark, else the second."""
    for bookmark in document.get_toc(max_depth=1):
        place = bookmark.get_dest()
        number = place.get_index() if place is not None else None
        if number:
            return int(number)
    return 1


def _draw(document: pypdfium2.PdfDocument, number: int) -> bytes:
    page = document[number]
    # A fraction less, since the size is rounded up.
    scale = (WIDTH - 0.01) / page.get_width()
    picture = page.render(scale=scale).to_pil()
    out = BytesIO()
    picture.convert("RGB").save(out, "WEBP", quality=_QUALITY)
    return out.getvalue()
