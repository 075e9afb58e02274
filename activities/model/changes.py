"""What is new, changed and gone since an earlier export or a moment."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec

from activities.model.item_versions import ItemVersion

CHANGES_ID: Final = "export:changes"
"""The id of what a file says of its changes, where its formats have items."""

NEVER_NOTED: Final = "0" * 64
"""The fingerprint of what was rendered for no file: it adds nothing to that of a file's content."""


class NamedItem(msgspec.Struct, frozen=True, array_like=True):
    """An item as people know it; in JSON an array, as there may be many."""

    id: str
    title: str
    """As Markdown."""


class ChangeCounts(msgspec.Struct, frozen=True):
    """How much has changed."""

    since: datetime
    """The moment from which on changes count, in UTC: that of `since_job_id`, if there is one."""
    since_job_id: str | None
    """The export with whose items it was compared; null: it was asked for by a moment."""
    new: int
    changed: int
    gone: int
    unsure: int = 0
    """Items of which only their pictures, which are fetched first, tell whether they changed."""


class Changes(msgspec.Struct, frozen=True):
    """What an export holds because it changed, and what is gone."""

    since: datetime
    since_job_id: str | None
    new: Sequence[NamedItem]
    changed: Sequence[NamedItem]
    gone: Sequence[NamedItem]
    newest: datetime
    """The time of the file if there is nothing in it but what is gone, in UTC."""
    unsure: Sequence[NamedItem] = ()
    """See `ChangeCounts.unsure`."""

    @property
    def counts(self) -> ChangeCounts:
        """How many of each there are."""
        return ChangeCounts(
            self.since,
            self.since_job_id,
            len(self.new),
            len(self.changed),
            len(self.gone),
            len(self.unsure),
        )

    @property
    def is_nothing(self) -> bool:
        """True if there is nothing to tell of."""
        return not (self.new or self.changed or self.gone or self.unsure)

    def settled(self, changed: Collection[str]) -> "Changes":
        """The same once it is known which of the unsure ones have changed, by their ids."""
        sure = [each for each in self.unsure if each.id in changed]
        return msgspec.structs.replace(self, changed=[*self.changed, *sure], unsure=[])


class Delta(msgspec.Struct, frozen=True):
    """What a new job is to know of its changes."""

    changes: Changes
    known: Sequence[ItemVersion]
    """The items of the export before that are still there, whether or not they are in this one's
    file: with them this export can be the one that another is compared with."""
