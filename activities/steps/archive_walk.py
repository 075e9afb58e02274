"""Listing the content of an archive, stretch by stretch."""

from typing import Final, NamedTuple

import msgspec

from activities.automation.archives import Archive, WalkState
from activities.content.source import ContentSource

_STRETCHES: Final = 200
"""Requests of the content source that one step makes at most; the next step goes on."""


class Gathered(NamedTuple):
    """What was listed for the next part."""

    state: WalkState
    """Without those ids."""
    owner_id: str | None
    """Whose content it is; None if there is none."""
    ids: list[str]


class ArchiveWalk:
    """One step's walk through the content of an owner, or of a tenant's owners one by one."""

    def __init__(self, content: ContentSource) -> None:
        self._content = content
        self._left = _STRETCHES

    @property
    def is_over(self) -> bool:
        """True if the rest is for the next step."""
        return self._left <= 0

    async def gather(self, archive: Archive, state: WalkState, wanted: int) -> Gathered:
        """So many ids of one owner, or fewer if that is all; none if the step is over.

        Raises:
            ContentSourceError: the source cannot be asked now.
            BrokenContentError: it does not give a list.
        """
        while not self.is_over:
            if state.owner_id is None or (state.ended and not state.ids):
                if not state.owners and (state.owners_ended or archive.tenant is None):
                    return Gathered(_replace(state, owner_id=None, owners_ended=True), None, [])
                state = await self._next_owner(archive, state)
            elif len(state.ids) < wanted and not state.ended:
                self._left -= 1
                listed = await self._content.walk(
                    state.owner_id, archive.content_types, state.after
                )
                state = _replace(
                    state,
                    ids=[*state.ids, *listed.ids],
                    after=listed.after,
                    ended=listed.after is None,
                )
            else:
                rest = _replace(state, ids=state.ids[wanted:])
                return Gathered(rest, state.owner_id, state.ids[:wanted])
        return Gathered(state, None, [])

    async def _next_owner(self, archive: Archive, state: WalkState) -> WalkState:
        if state.owners:
            first, *others = state.owners
            return _replace(state, owner_id=first, after=None, ended=False, owners=others)
        self._left -= 1
        assert archive.tenant is not None
        listed = await self._content.owners(archive.tenant, state.owners_after)
        return _replace(
            state,
            owner_id=None,
            owners=listed.ids,
            owners_after=listed.after,
            owners_ended=listed.after is None,
        )


def _replace(state: WalkState, **values: object) -> WalkState:
    return msgspec.structs.replace(state, **values)
