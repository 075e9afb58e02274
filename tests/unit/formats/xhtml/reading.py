"""Documents as XHTML of each profile, read by lxml."""

from typing import Any, Final

from lxml import etree

from activities.documents.build import build
from activities.documents.model import Image
from activities.formats.shared.xhtml.blocks import XhtmlWriter
from activities.formats.shared.xhtml.pictures import PictureAddress, picture_name
from activities.formats.shared.xhtml.places import PlaceAddress, within_page
from activities.formats.shared.xhtml.profiles import ANKI, LMS, MOODLE, PAGE, QTI, Profile
from activities.formats.testing import EVERYTHING, Recorder
from activities.model.content import Item
from activities.model.content_links import ContentLinks
from activities.model.options import RenderOptions

PROFILES: Final = {"page": PAGE, "lms": LMS, "moodle": MOODLE, "qti": QTI, "anki": ANKI}
MATHS: Final = "{http://www.w3.org/1998/Math/MathML}"


class Written:
    """An item as XHTML, as text and as elements."""

    def __init__(
        self,
        item: Item,
        profile: Profile = PAGE,
        *,
        options: RenderOptions = EVERYTHING,
        picture_address: PictureAddress = picture_name,
        place_address: PlaceAddress = within_page,
        levels_above: int = 0,
    ) -> None:
        report = Recorder(links=ContentLinks(frozenset({item.id})))
        document = build(item, options, report)
        writer = XhtmlWriter(
            document, profile, report, picture_address, place_address, levels_above=levels_above
        )
        self.text = writer.blocks((document.title,)) + "".join(map(writer.part, document.parts))
        writer.warnings.flush(report, document.title.runs)
        self.has_maths = writer.has_maths
        self.warnings = {warning.code: warning.count for warning in report.warnings}
        self.root = etree.fromstring(f"<body>{self.text}</body>")

    def all(self, path: str) -> list[Any]:
        found = self.root.xpath(path, namespaces={"m": MATHS.strip("{}")})
        assert isinstance(found, list)
        return found

    def elements(self, name: str) -> list[Any]:
        return list(self.root.iter(name))

    def texts(self, path: str) -> list[str]:
        return ["".join(element.itertext()) for element in self.all(path)]


def no_picture(_image: Image) -> str:
    raise AssertionError("a picture is shown")
