"""The file that a render writes to."""

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from activities.model.limits import ExportTooLargeError
from activities.steps.render_messages import IN_MEMORY

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _ScratchFile(SpooledTemporaryFile[bytes]):
    def __init__(self, directory: str, most_bytes: int) -> None:
        super().__init__(max_size=IN_MEMORY, dir=directory)
        self._most_bytes = most_bytes

    def write(self, data: "ReadableBuffer") -> int:
        written = super().write(data)
        if self.tell() > self._most_bytes:
            raise ExportTooLargeError
        return written

    def writelines(self, lines: "Iterable[ReadableBuffer]") -> None:
        # The base's own does not call `write`.
        for line in lines:
            self.write(line)


def scratch_file(directory: str, max_bytes: int) -> BinaryIO:
    """A temporary file without a name: a killed process leaves nothing behind.

    Writing more than so many bytes to it raises `ExportTooLargeError`.
    """
    return cast("BinaryIO", _ScratchFile(directory, max_bytes))
