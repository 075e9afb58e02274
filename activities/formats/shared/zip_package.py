"""Zip files that are the same bytes for the same content, and no bombs for their readers."""

from datetime import UTC, datetime
from typing import IO, BinaryIO, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

from deflate import deflate_compress

from activities.model.limits import (
    UNPACKED_RATIO_FROM,
    UNPACKED_RATIO_MAX,
    ExportTooLargeError,
)
from activities.model.warnings import Report
from workflows.contracts import Produced

_EARLIEST_ZIP_TIME = datetime(1980, 1, 1, tzinfo=UTC)
_LATEST_ZIP_TIME = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
_LEVEL = 4
"""The level of zlib's compression: it takes less than half the time of the default, 6, for files
that are some 10% larger."""
_WHOLE_LEVEL = 1
"""Of libdeflate, for members that are there as a whole: two fifths of the time of zlib's level 4
for members that are 2% larger."""


class Package:
    """A zip file whose bytes depend on what is written to it and on nothing else.

    Every member carries the same time, from 1980 to 2107 because a zip file knows no other.
    What is written counts before it is packed (`Report.count`). Writing what takes hardly any room
    when it is packed (`UNPACKED_RATIO_MAX`) raises `ExportTooLargeError`.
    """

    def __init__(self, out: BinaryIO, time: datetime, report: Report) -> None:
        self._out = out
        self._report = report
        self._unpacked = 0
        self._zip = ZipFile(out, "w", ZIP_DEFLATED)
        known = min(max(time.astimezone(UTC), _EARLIEST_ZIP_TIME), _LATEST_ZIP_TIME)
        self._time = known.timetuple()[:6]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        # The central directory is written even when an error passes, which does no harm:
        # the file of a renderer that failed is never published.
        self._zip.close()

    def write(self, name: str, data: bytes | str, *, packed: bool = True) -> None:
        """Add a whole member; what is compressed by itself is not packed again."""
        whole = data if isinstance(data, bytes) else data.encode()
        info = self._member(name, packed=packed)
        written = deflate_compress(whole, _WHOLE_LEVEL) if packed else whole
        info.CRC, info.file_size, info.compress_size = crc32(whole), len(whole), len(written)
        # zipfile packs by zlib alone; what it lists and where it goes on are its attributes.
        info.header_offset = self._out.tell()
        self._out.write(info.FileHeader())
        self._out.write(written)
        self._zip.filelist.append(info)
        self._zip.start_dir = self._out.tell()
        self.count(len(whole))

    def open(self, name: str, *, packed: bool = True) -> "Member":
        """A member to write to piece by piece; close it before the next one is opened."""
        info = self._member(name, packed=packed)
        # For a stream, zipfile has no other place for it.
        info._compresslevel = _LEVEL  # type: ignore[attr-defined]  # noqa: SLF001
        return Member(self._zip.open(info, "w"), self)

    def _member(self, name: str, *, packed: bool) -> ZipInfo:
        info = ZipInfo(name, self._time)
        info.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
        # zipfile would record the platform that it runs on.
        info.create_system = 3
        info.external_attr = 0o600 << 16
        return info

    def count(self, unpacked: int) -> None:
        """Count bytes that were written to a member."""
        self._report.count(Produced(unpacked=unpacked))
        self._unpacked += unpacked
        if self._unpacked <= UNPACKED_RATIO_FROM:
            return
        if self._unpacked > UNPACKED_RATIO_MAX * self._out.tell():
            raise ExportTooLargeError


class Member:
    """A member that is being written."""

    def __init__(self, stream: IO[bytes], package: Package) -> None:
        self._stream = stream
        self._package = package

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stream.close()

    def write(self, data: bytes) -> int:
        """Write bytes; `ExportTooLargeError` when the package has too many."""
        written = self._stream.write(data)
        self._package.count(len(data))
        return written
