"""Pages of a module, and where the links between them lead."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from activities.formats.imscc.fragment import FILE_BASE, page_name
from activities.formats.shared.xhtml.units import ids_in
from activities.formats.shared.xml_escaping import xml_text

_PLACE: Final = re.compile(rb' href="#(p[0-9a-f]{16})"')


class Page(msgspec.Struct, frozen=True, gc=False):
    """A page to be."""

    id: str
    title: str
    body: bytes
    pictures: tuple[str, ...]


def page_file(title: str, attributes: str, body: bytes) -> bytes:
    """The file of a page.

    Args:
        title: of the page.
        attributes: the language and direction of its text, which some systems take without what
            is around.
        body: the text.
    """
    start = (
        f'<!DOCTYPE html>\n<html {attributes}>\n<head>\n<meta charset="utf-8"/>\n'
        f"<title>{xml_text(title)}</title>\n</head>\n<body>\n<div {attributes}>\n"
    )
    return b"%b%b\n</div>\n</body>\n</html>\n" % (start.encode(), body)


def led(xhtml: bytes, places: Mapping[str, str], own: str) -> bytes:
    """Some XHTML whose links name the page that they lead to.

    Args:
        xhtml: what `XhtmlWriter` wrote.
        places: the ids of pages by those of the elements that are on them.
        own: the id of the page that it is of.
    """

    def with_page(found: re.Match[bytes]) -> bytes:
        place = found[1].decode()
        page = places.get(place, own)
        if page == own:
            return found[0]
        return f' href="{FILE_BASE}{page_name(page)}#{place}"'.encode()

    return _PLACE.sub(with_page, xhtml)


def places_on(pages: Iterable[Page]) -> dict[str, str]:
    """The ids of pages by those of the elements that are on them."""
    return {place: page.id for page in pages for place in ids_in(page.body)}
