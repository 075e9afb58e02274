"""render: snapshot parts -> a fragment, or the whole file, under a staging key."""

from collections.abc import Iterator
from typing import BinaryIO, cast

import msgspec
from temporalio import activity

from activities.beat import RenderReport
from activities.content.model import Item
from activities.formats.catalog import formats, load
from activities.formats.protocol import ChunkRenderer, WholeRenderer
from activities.jobs.model import Phase
from activities.rendering import WHOLE_FILE, RenderRoom, export_of
from activities.storage.store import Storage
from workflows.contracts import RENDER, RenderTask, StagedFile

_decoder = msgspec.json.Decoder(Item)


class Render:
    """The render activity with what it needs."""

    def __init__(self, room: RenderRoom) -> None:
        self._room = room

    @activity.defn(name=RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        """Render snapshot parts into a fragment, or into the file when they are all of it.

        Raises:
            JobTakenError: the row no longer belongs to this run.
            RenderFailedError: the renderer raised.
        """
        plan = await self._room.plan(task.job_id)
        renderer = load(task.format)

        def write_file(out: BinaryIO, report: RenderReport) -> None:
            items = _items(self._room.storage, task.parts, report)
            if task.whole and not formats()[task.format].chunked:
                export = export_of(plan, task.newest)
                cast("WholeRenderer", renderer).write(items, export, out, report)
                return
            chunked = cast("ChunkRenderer", renderer)
            if not task.whole:
                chunked.write_chunk(items, plan.options, out, report)
                return
            with self._room.scratch_file() as fragment:
                chunked.write_chunk(items, plan.options, fragment, report)
                fragment.seek(0)
                export = export_of(plan, task.newest)
                chunked.join(iter([fragment]), export, out, report)

        name = WHOLE_FILE if task.whole else f"fragment-{task.chunk:04}"
        return await self._room.make(task, Phase.RENDERING, task.chunk, name, write_file)


def _items(storage: Storage, parts: list[str], report: RenderReport) -> Iterator[Item]:
    for key in parts:
        for line in storage.read(key).splitlines():
            report.tick()
            yield _decoder.decode(line)
