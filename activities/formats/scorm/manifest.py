"""The manifest of a package (SCORM 1.2): one activity, and the files that it needs."""

from collections.abc import Iterable
from typing import Final

from activities.formats.shared.stable_keys import ID_DIGITS
from activities.formats.shared.xml_escaping import xml_text

START_PAGE: Final = "index.html"
_CP: Final = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
_ADL: Final = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
_TITLE_MAX: Final = 200
"""Characters of a title, by the schema."""


def manifest(title: str, key: str, pictures: Iterable[str]) -> str:
    """`imsmanifest.xml`.

    Args:
        title: of the activity.
        key: of the file, the same for the same items.
        pictures: the files of pictures.
    """
    if len(title) > _TITLE_MAX:
        title = f"{title[: _TITLE_MAX - 1].rstrip()}…"
    shown, end = xml_text(title), key[:ID_DIGITS]
    files = "".join(f'<file href="{name}"/>\n' for name in (START_PAGE, *pictures))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest identifier="s_{end}" version="1.2" xmlns="{_CP}" xmlns:adlcp="{_ADL}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_CP} imscp_rootv1p1p2.xsd {_ADL} adlcp_rootv1p2.xsd">\n'
        "<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>\n"
        f'<organizations default="o_{end}"><organization identifier="o_{end}">'
        f"<title>{shown}</title>\n"
        f'<item identifier="i_{end}" identifierref="r_{end}"><title>{shown}</title></item>\n'
        "</organization></organizations>\n"
        f'<resources><resource identifier="r_{end}" type="webcontent" adlcp:scormtype="sco"'
        f' href="{START_PAGE}">\n{files}</resource></resources>\n</manifest>\n'
    )
