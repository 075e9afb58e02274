"""Fetching the pictures that the content of an export refers to."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

import msgspec

from activities.content.source import ContentSourceError, PictureSource
from activities.steps.frozen_pictures import head_line
from activities.storage.protocol import Storage
from workflows.contracts import combined

PICTURES_MAX = 1_000
"""Pictures of an export. More are in no file that anybody reads."""
_BYTES_MAX = 512 * 1024 * 1024
"""Bytes of them together."""
_AT_ONCE = 8
_SECONDS = 150.0
"""After which no more are asked for: half of what the step may take."""
_PATIENT_ATTEMPTS = 3
"""The attempt that goes on without a picture for which the ones before it waited."""


class Frozen(msgspec.Struct, frozen=True):
    """What became of an export's references."""

    head: bytes
    """The line before all items."""
    fingerprint: str
    """Stands for each reference and the bytes behind it."""
    digests: Mapping[str, str]
    """The SHA-256 of each picture in hex, by its reference; empty where there is none."""


class PictureFreezer:
    """Fetches pictures into storage."""

    def __init__(self, source: PictureSource, storage: Storage) -> None:
        self._source = source
        self._storage = storage

    async def freeze(
        self,
        owner_id: str,
        references: Sequence[str],
        key: Callable[[int], str],
        *,
        attempt: int,
    ) -> Frozen:
        """Fetch what these references lead to.

        Args:
            owner_id: whose content it is.
            references: as content has them.
            key: gives the key of a picture by its number.
            attempt: the number of this attempt; an early one waits for servers that are away.

        Raises:
            ContentSourceError: a picture may be had later.
        """
        pictures: dict[str, str] = {}
        names: dict[str, str] = {}
        digests: dict[str, str] = {}
        total = 0
        deadline = monotonic() + _SECONDS
        for start in range(0, len(references), _AT_ONCE):
            batch = references[start : start + _AT_ONCE]
            if start >= PICTURES_MAX or total > _BYTES_MAX or monotonic() > deadline:
                found: Sequence[bytes | None] = [None] * len(batch)
            else:
                found = await self._all(owner_id, batch, attempt)
            for reference, data in zip(batch, found, strict=True):
                digest = hashlib.sha256(data).hexdigest() if data else ""
                digests[reference] = digest
                if not data:
                    continue
                total += len(data)
                if digest not in names:
                    place = key(len(names))
                    await self._storage.put(place, data)
                    names[digest] = place.rpartition("/")[2]
                pictures[reference] = names[digest]
        hashes = (
            hashlib.sha256(f"{digest} {reference}".encode()).hexdigest()
            for reference, digest in digests.items()
        )
        return Frozen(head_line(pictures), combined(hashes), digests)

    async def _all(
        self, owner_id: str, references: Sequence[str], attempt: int
    ) -> list[bytes | None]:
        found = await asyncio.gather(
            *(self._picture(owner_id, reference, attempt) for reference in references),
            return_exceptions=True,
        )
        pictures: list[bytes | None] = []
        for each in found:
            if isinstance(each, BaseException):
                raise each
            pictures.append(each)
        return pictures

    async def _picture(self, owner_id: str, reference: str, attempt: int) -> bytes | None:
        try:
            return await self._source.picture(owner_id, reference)
        except ContentSourceError:
            if attempt >= _PATIENT_ATTEMPTS:
                return None
            raise
