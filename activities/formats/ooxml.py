"""What the Office Open XML formats (ECMA-376) share: safe text, reproducible packages."""

from contextlib import closing
from datetime import UTC, datetime
from typing import IO, BinaryIO, Self
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from activities.documents.control_characters import remove_control_characters

XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_EARLIEST_ZIP_TIME = datetime(1980, 1, 1, tzinfo=UTC)


def xml_text(text: str) -> str:
    """Escape text for an element, without the characters that XML 1.0 cannot hold."""
    return escape(remove_control_characters(text)[0])


def xml_attribute(text: str) -> str:
    """Escape text for an attribute in double quotes; line breaks and tabs survive."""
    return xml_text(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


class Package:
    """A zip file whose bytes depend on what is written to it and on nothing else.

    Every member carries the same time, at least 1980 because a zip file knows none before.
    """

    def __init__(self, out: BinaryIO, time: datetime) -> None:
        self._zip = ZipFile(out, "w", ZIP_DEFLATED)
        self._time = max(time.astimezone(UTC), _EARLIEST_ZIP_TIME).timetuple()[:6]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        # The central directory is written even when an error passes, which does no harm:
        # nobody publishes the file of a renderer that failed.
        self._zip.close()

    def write(self, name: str, data: bytes | str) -> None:
        """Add a whole member."""
        with closing(self.open(name)) as member:
            member.write(data if isinstance(data, bytes) else data.encode())

    def open(self, name: str) -> IO[bytes]:
        """A member to write to piece by piece; close it before the next one is opened."""
        info = ZipInfo(name, self._time)
        info.compress_type = ZIP_DEFLATED
        # zipfile would record the platform that it runs on.
        info.create_system = 3
        info.external_attr = 0o600 << 16
        return self._zip.open(info, "w")


def core_properties(title: str, time: datetime) -> str:
    """`docProps/core.xml` of a file with this title and this one time of its own."""
    stamp = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"{XML_DECLARATION}<cp:coreProperties"
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{xml_text(title)}</dc:title>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{stamp}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified>'
        "</cp:coreProperties>"
    )
