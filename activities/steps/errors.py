"""The errors that activities raise."""

from collections.abc import Mapping

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.content.source import BrokenContentError
from activities.model.limits import ExportTooLargeError
from activities.model.quality import PoorItem
from workflows.contracts import NOT_SMALL, SnapshotPart


class JobTakenError(Exception):
    """The row no longer belongs to this run."""


class NothingLeftError(Exception):
    """Every item had to be left out of the file."""


class ContentNotFoundError(Exception):
    """Items that the job names are gone.

    Attributes:
        ids: the ids of these items.
    """

    def __init__(self, ids: list[str]) -> None:
        super().__init__(ids)
        self.ids = ids


class NothingChangedError(Exception):
    """An export of what changed has nothing to hold and nothing to tell of."""


class NotExpressError(Exception):
    """The export is to take the queues."""


class NothingFetchedError(Exception):
    """Every item had to be left out before it was rendered."""


class NothingGoodEnoughError(Exception):
    """Every item is below the quality that was asked for."""


class QualityTooLowError(Exception):
    """Items are below the quality that was asked for, and the export is to fail then.

    Attributes:
        items: all of these items.
    """

    def __init__(self, items: list[PoorItem]) -> None:
        super().__init__([item.id for item in items])
        self.items = items


class BrokenItemsError(BrokenContentError):
    """Items that the source gave are not content.

    Attributes:
        reasons: why, by the ids of these items.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(dict(reasons))
        self.reasons = reasons


class ItemsTooLargeError(ExportTooLargeError):
    """Items have more or longer texts than an item may have.

    Attributes:
        ids: the ids of these items.
    """

    def __init__(self, ids: list[str]) -> None:
        super().__init__()
        self.ids = ids


class _AtItemError(Exception):
    """A render ended at an item.

    Attributes:
        item_id: the id of the item; empty when it was at none, or that is not known.
    """

    def __init__(self, item_id: str = "") -> None:
        super().__init__(item_id)
        self.item_id = item_id


class WorkersLostError(_AtItemError):
    """Worker after worker ended while it rendered this."""


class RenderFailedError(_AtItemError):
    """A renderer raised; the cause says what."""


class RenderTooCostlyError(_AtItemError):
    """A render took more time or memory than it may."""


class MediaUnavailableError(_AtItemError):
    """A picture cannot be had or read, and the options say that the export then fails."""


class RenderNotSmallError(ApplicationError):
    """A render takes longer than one may in a slot for small ones; the workflow moves it."""

    def __init__(self) -> None:
        super().__init__(
            "The render takes longer than a small one.",
            type=NOT_SMALL,
            non_retryable=True,
            category=ApplicationErrorCategory.BENIGN,
        )


class PicturesToFetchError(ApplicationError):
    """The content was read and refers to pictures; the workflow goes on with these.

    Its type is that of an export whose content is to be fetched apart, as a workflow of a worker
    takes it that knows nothing of what was read.
    """

    def __init__(self, part: SnapshotPart, code: str) -> None:
        super().__init__(
            "The content refers to pictures, which are fetched apart.",
            part,
            type=code,
            non_retryable=True,
            category=ApplicationErrorCategory.BENIGN,
        )


class RenderCrashedError(RenderFailedError):
    """The process in which a renderer ran ended."""
