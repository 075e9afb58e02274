"""The room that files of those who call take, and whether there is any for one more."""

from collections.abc import Sequence

from activities.common.clock import utc_now
from activities.content.source import ContentSource, ItemHead
from activities.jobs.held_files import NoRoomLeftError, OwnerRoom
from activities.model.catalog import formats
from activities.model.job_formats import members_of, options_for
from activities.model.options import RenderOptions
from activities.model.problems import BYTES_LIMIT
from web.http.problems import ProblemError
from web.schemas.usage import UsageResponse
from web.services.measure import expected_bytes, measure_content

_MOST_READ = 10


class OwnerUsage:
    """Tells owners how much room their files take, and refuses what is beyond."""

    def __init__(self, room: OwnerRoom, content: ContentSource, *, most_pinned: int) -> None:
        """Take the room that there is.

        Args:
            room: that of owners.
            content: gives what an export's file will hold.
            most_pinned: files that one owner may keep on.
        """
        self._room = room
        self._content = content
        self._most_pinned = most_pinned

    async def get(self, owner_id: str) -> UsageResponse:
        """What the owner's files take now."""
        held = await self._room.held(owner_id, utc_now())
        return UsageResponse(
            files=held.files,
            bytes=held.bytes,
            max_bytes=self._room.most or None,
            pinned=held.pinned,
            max_pinned=self._most_pinned,
        )

    async def check(self, owner_id: str) -> None:
        """Refuse to keep files longer of an owner whose files take more than they may.

        Raises:
            ProblemError: they do.
        """
        await self._check(owner_id, 0)

    async def check_export(
        self, owner_id: str, heads: Sequence[ItemHead], format_id: str, options: RenderOptions
    ) -> None:
        """Refuse an export for whose file there is no room, as far as that can be told before.

        Raises:
            ProblemError: there is none.
            ContentSourceError, BrokenContentError: see `ContentSource`.
        """
        if not self._room.most:
            return
        # Who has no room at all need not wait for an estimate.
        await self._check(owner_id, 1)
        ids = [head.id for head in heads]
        wanted = 0
        for name in members_of(format_id, options):
            entry = formats()[name]
            if entry.size is not None:
                own = options_for(name, options)
                measured = await measure_content(
                    self._content, owner_id, ids, own, most_read=_MOST_READ
                )
                wanted += expected_bytes(entry.size, measured)
        await self._check(owner_id, wanted)

    async def _check(self, owner_id: str, wanted: int) -> None:
        try:
            await self._room.check(owner_id, wanted)
        except NoRoomLeftError as error:
            detail = f"Your files take {error.held} bytes of {error.most}"
            if error.wanted > 1:
                detail += f", and this one would take about {error.wanted}"
            raise ProblemError(BYTES_LIMIT, f"{detail}.") from None
