"""The XHTML files of an item, and where links between them lead."""

import re
from collections.abc import Iterator

import msgspec

from activities.formats.shared.xhtml.units import Unit, UnitPart, ids_in
from activities.formats.shared.xml_escaping import xml_text

STYLE = "style.css"
_PLACE = re.compile(rb' href="#(p[0-9a-f]{16})"')


class BookFile(msgspec.Struct, frozen=True, gc=False):
    """A file of the book."""

    name: str
    xhtml: bytes
    has_maths: bool


def file_name(element_id: str) -> str:
    """The file that an item's title, or a part, has for itself."""
    return f"{element_id}.xhtml"


def files_of(unit: Unit) -> Iterator[BookFile]:
    """The files of an item: its title with the parts that follow, and each of these."""
    opener = file_name(unit.id)
    links = "".join(
        f'<li{unit.label_attributes}><a href="{file_name(part.id)}">{xml_text(part.label)}</a></li>'
        for part in unit.parts
    )
    listed = f"<ul>{links}</ul>" if links else ""
    title = unit.heading.decode()
    yield BookFile(
        opener,
        _page(
            unit,
            unit.title,
            f'<header class="opener"><h1 id="{unit.id}" class="level-1">{title}</h1></header>'
            f"{listed}".encode(),
        ),
        unit.heading_has_maths,
    )
    places = {name: file_name(part.id) for part in unit.parts for name in ids_in(part.xhtml)}
    for part in unit.parts:
        yield BookFile(
            file_name(part.id),
            _page(unit, f"{unit.title}: {part.label}", _with_files(part, places)),
            part.has_maths,
        )


def _with_files(part: UnitPart, places: dict[str, str]) -> bytes:
    """The XHTML of a part, whose links name the files that they lead to."""
    own = file_name(part.id)

    def led(found: re.Match[bytes]) -> bytes:
        place = found[1].decode()
        # What is in no part is the title of an item, this one or another.
        file = places.get(place, file_name(place))
        return found[0] if file == own else f' href="{file}#{place}"'.encode()

    return _PLACE.sub(led, part.xhtml)


def _page(unit: Unit, title: str, body: bytes) -> bytes:
    direction = "rtl" if unit.right_to_left else "ltr"
    start = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" lang="{unit.language}"'
        f' xml:lang="{unit.language}" dir="{direction}">\n<head>\n'
        f'<meta charset="utf-8"/>\n<title>{xml_text(title)}</title>\n'
        f'<link rel="stylesheet" type="text/css" href="{STYLE}"/>\n</head>\n'
        f'<body class="unit {unit.accent}">\n<main>'
    )
    return b"%b%b</main>\n</body>\n</html>\n" % (start.encode(), body)
