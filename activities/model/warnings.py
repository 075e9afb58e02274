"""Warnings about what a file lost, and the report that a renderer gives them to."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from workflows.contracts import Produced


class ExportWarning(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that was left out or changed, and where."""

    code: str
    """For programs: `control-characters-removed`, `image-unreadable`, `script-missing`, ..."""
    detail: str
    """For people; holds ids and counts, never content."""
    item_id: str = ""
    part: str = ""


_ITEM_SKIPPED = "item-skipped"


def skipped(item_id: str, detail: str) -> ExportWarning:
    """The warning that an item is not in the file."""
    return ExportWarning(_ITEM_SKIPPED, detail, item_id)


def skipped_ids(warnings: Iterable[ExportWarning]) -> set[str]:
    """The ids of the items that are not in the file."""
    return {warning.item_id for warning in warnings if warning.code == _ITEM_SKIPPED}


class Report(Protocol):
    """Takes a renderer's progress and warnings, and tells it to stop."""

    def check_cancelled(self) -> None:
        """Call it at least ten times a second of work. It raises when the work must stop;
        let that pass through.
        """

    def item_done(self) -> None:
        """Call it after each item: progress is counted in items."""

    def count(self, produced: Produced) -> None:
        """Count what content became; `build` and `Package` do. It raises when that is more than an
        export may hold; let that pass through.
        """

    def warn(self, warning: ExportWarning) -> None:
        """Note what was left out or changed; repeats of an equal warning are dropped."""
