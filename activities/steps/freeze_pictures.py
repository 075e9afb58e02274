"""freeze_pictures: what content refers to -> pictures in storage, once for all of an export."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
from temporalio import activity

from activities.common.clock import utc_now
from activities.jobs.execution import JobExecution
from activities.model.item_versions import PartVersions
from activities.steps.errors import JobTakenError
from activities.steps.frozen_pictures import decode_references
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.picture_freezer import PictureFreezer
from activities.steps.picture_hashes import pictures_hash, references_of
from activities.steps.run_ownership import own_run_id
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import FREEZE_PICTURES, FrozenPictures, PicturesTask


class _Identified(msgspec.Struct):
    id: str


_decode_id = msgspec.json.Decoder(_Identified).decode

_CHUNK = -1
"""Beside the chunks of content: pictures are part of what the file is made of."""


class FreezePictures:
    """The freeze_pictures activity with what it needs."""

    def __init__(self, execution: JobExecution, freezer: PictureFreezer, storage: Storage) -> None:
        self._execution = execution
        self._freezer = freezer
        self._storage = storage

    @implements(FREEZE_PICTURES)
    async def freeze_pictures(self, task: PicturesTask) -> FrozenPictures:
        """Fetch each picture that any of the export's items refers to, once.

        Raises:
            JobTakenError: the job has ended or is to be cancelled.
            ContentSourceError: a picture may be had later.
        """
        run_id, attempt = own_run_id(), activity.info().attempt

        def key(name: str) -> str:
            return attempt_key(task.job_id, name, run_id, attempt)

        async with heartbeats():
            claimed = await self._execution.claim(task.job_id, run_id, utc_now())
            if claimed is None:
                raise JobTakenError
            references: dict[str, None] = {}
            for stored in task.references:
                data = await asyncio.to_thread(self._storage.read, stored)
                references.update(dict.fromkeys(decode_references(data)))
            frozen = await self._freezer.freeze(
                claimed.owner_id,
                list(references),
                lambda number: key(f"picture-{number:04}"),
                attempt=attempt,
            )
            index = key("pictures")
            await self._storage.put(index, frozen.head)
            await self._execution.note_items(
                task.job_id, run_id, PartVersions(_CHUNK, frozen.fingerprint, [])
            )
            if task.snapshots:
                pictures = await self._of_items(task.snapshots, frozen.digests)
                await self._execution.note_pictures(task.job_id, run_id, pictures)
            return FrozenPictures(index, frozen.fingerprint)

    async def _of_items(
        self, snapshots: Sequence[str], digests: Mapping[str, str]
    ) -> dict[str, bytes]:
        """What stands for the pictures of each item that refers to any, by the item's id."""
        found: dict[str, bytes] = {}
        for stored in snapshots:
            data = await asyncio.to_thread(self._storage.read, stored)
            found |= await asyncio.to_thread(_hashes, data, digests)
        return found


def _hashes(snapshot: bytes, digests: Mapping[str, str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for line in snapshot.splitlines():
        if references := references_of(line):
            found[_decode_id(line).id] = pictures_hash(references, digests)
    return found
