"""Texts that wait until it is known where their links lead."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import Run
from activities.formats.markdown.links import places_in, resolved, targets_in
from activities.model.warnings import Report

Place = tuple[str, str, str]
"""The folder, the file and the id of a place; no id for the beginning of a file."""


class _Waiting(msgspec.Struct, frozen=True, gc=False):
    folder: str
    file: str
    size: int
    item_id: str
    title: str


class WaitingTexts:
    """The texts of all items, in a scratch file.

    Attributes:
        places: those to which links may lead, by their ids.
    """

    def __init__(self, scratch: BinaryIO) -> None:
        self.places: dict[str, Place] = {}
        self._scratch = scratch
        self._waiting: list[_Waiting] = []
        self._wanted: set[str] = set()

    def add(self, text: str, folder: str, file: str, item_id: str, title: str) -> None:
        """Add a text.

        Args:
            text: of `MarkdownWriter`.
            folder: in which it will be.
            file: in which it will be.
            item_id: the item that it is of.
            title: the item's.
        """
        for place in places_in(text):
            self.places.setdefault(place, (folder, file, place))
        self._wanted.update(targets_in(text))
        size = self._scratch.write(text.encode("utf-8", "replace"))
        self._waiting.append(_Waiting(folder, file, size, item_id, title))

    def finished(
        self, address: Callable[[Place, str, str], str], report: Report
    ) -> Iterator[tuple[str, str, str]]:
        """The folder and file of each text, in the order in which they came, and the text.

        Args:
            address: gives the address of a place for a text in a folder and file.
            report: is told of links that lead nowhere.
        """
        self._scratch.seek(0)
        for each in self._waiting:
            report.check_cancelled()

            def led(target: str, each: _Waiting = each) -> str | None:
                place = self.places.get(target)
                return place and address(place, each.folder, each.file)

            text = self._scratch.read(each.size).decode()
            text, dead = resolved(text, led, self._wanted)
            if dead:
                warnings = ConversionWarnings(each.item_id)
                warnings.add("link-target-missing", dead)
                warnings.flush(report, (Run(each.title),))
            yield each.folder, each.file, text
