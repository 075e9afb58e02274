"""render: snapshot parts -> a fragment, or the whole file, under a staging key."""

from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, cast

import msgspec
from obstore.exceptions import BaseError as StorageError

from activities.formats.catalog import load
from activities.formats.protocol import ChunkRenderer, WholeRenderer
from activities.model.content import Item
from activities.model.jobs import Phase, RenderInput
from activities.model.warnings import skipped
from activities.steps.implements import implements
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_thread import ProgressReporter, RenderStoppedError
from activities.steps.render_workspace import WHOLE_FILE, RenderWorkspace
from activities.storage.protocol import Storage
from workflows.contracts import RENDER, RenderTask, StagedFile

_decoder = msgspec.json.Decoder(Item)


class Render:
    """The render activity with what it needs."""

    def __init__(self, workspace: RenderWorkspace) -> None:
        self._workspace = workspace

    @implements(RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        """Render snapshot parts into a fragment, or into the file when they are all of it.

        Raises:
            JobTakenError: the row no longer belongs to this run.
            RenderFailedError: the renderer raised.
            WorkersLostError: worker after worker ended while it rendered this.
        """
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            render_input = await self._workspace.render_input(task)
            if render_input.options.on_item_error == "skip":
                write = partial(self._write_what_can_be, task, render_input, attempt.poison_items())
            else:
                write = partial(self._write, task, render_input, set())
            name = WHOLE_FILE if task.newest else f"fragment-{task.chunk:04}"
            return await self._workspace.make(
                attempt, task, Phase.RENDERING, task.chunk, name, write
            )

    def _write(
        self,
        task: RenderTask,
        render_input: RenderInput,
        left_out: set[str],
        out: BinaryIO,
        report: ProgressReporter,
    ) -> None:
        renderer = load(task.format)
        items = _items(self._workspace.storage, task.parts, report, left_out)
        if task.newest is None:
            cast("ChunkRenderer[Any]", renderer).write_chunk(
                items, render_input.options, out, report
            )
            return
        export = self._workspace.export_of(render_input, task.newest)
        if isinstance(renderer, WholeRenderer):
            renderer.write(items, export, out, report)
            return
        with self._workspace.scratch_file() as fragment:
            renderer.write_chunk(items, render_input.options, fragment, report)
            fragment.seek(0)
            renderer.join(iter([fragment]), export, out, report)

    def _write_what_can_be(
        self,
        task: RenderTask,
        render_input: RenderInput,
        left_out: set[str],
        out: BinaryIO,
        report: ProgressReporter,
    ) -> None:
        """Leave out one item after the other at which the renderer raises."""
        while True:
            try:
                self._write(task, render_input, left_out, out, report)
            except (RenderStoppedError, OSError, StorageError, MemoryError):
                raise
            except Exception:
                if not report.item_id or report.item_id in left_out:
                    raise
                left_out.add(report.item_id)
                out.seek(0)
                out.truncate()
                report.start_over()
            else:
                break
        for item_id in sorted(left_out):
            report.warn(skipped(item_id, "The item was left out: it could not be rendered."))


def _items(
    storage: Storage, parts: list[str], report: ProgressReporter, left_out: set[str]
) -> Iterator[Item]:
    for key in parts:
        for line in storage.read(key).splitlines():
            report.check_cancelled()
            item = _decoder.decode(line)
            if item.id not in left_out:
                report.item_id = item.id
                yield item
    # What fails from here on is not the last item's fault.
    report.item_id = ""
