"""preview: content source -> pictures of the first pages, in the row that asked for them."""

from collections.abc import Iterator
from time import perf_counter

import msgspec

from activities.common.metrics import DURATION, OPERATIONS
from activities.content.source import TooMuchContentError
from activities.jobs.previews import Previews, PreviewWish
from activities.jobs.themes import ThemeRecords
from activities.model.content import PART_NAMES, Item
from activities.model.first_pages import FORMAT, MOST_BYTES, MOST_PICTURES
from activities.model.jobs import FetchInput
from activities.model.options import RenderOptions
from activities.steps.content_reader import ContentReader
from activities.steps.errors import NothingFetchedError, RenderFailedError
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.render_workspace import RenderWorkspace
from workflows.contracts import PREVIEW, PreviewOutcome, PreviewTask, Slice

_MOST_CONTENT = 8 * 1024 * 1024
"""Bytes of content, as its source has it: what has more is drawn by the export alone."""

_MOST_WHOLE = 256 * 1024
"""Bytes of content that are set as a whole, so that pages are counted: some sixty items, in about
two seconds."""

_decode_item = msgspec.json.Decoder(Item).decode
_encode_item = msgspec.json.Encoder().encode
_decode_pictures = msgspec.msgpack.Decoder(list[bytes]).decode


class Preview:
    """The preview activity with what it needs."""

    def __init__(
        self,
        previews: Previews,
        themes: ThemeRecords,
        reader: ContentReader,
        workspace: RenderWorkspace,
    ) -> None:
        self._previews = previews
        self._themes = themes
        self._reader = reader
        self._workspace = workspace

    @implements(PREVIEW)
    async def preview(self, task: PreviewTask) -> PreviewOutcome:
        """Draw the first pages, or say in their row that it cannot be done.

        Raises:
            Exception: whatever `ContentReader.read` and a render raise; the row says so then.
        """
        wish = await self._previews.wish(task.preview_id)
        if wish is None:
            return PreviewOutcome("gone")
        started = perf_counter()
        try:
            async with heartbeats():
                pictures = await self._draw(wish)
        except TooMuchContentError:
            return await self._failed(task, "too-large")
        except Exception as error:
            await self._failed(task, type(error).__name__[:32])
            raise
        await self._previews.end(task.preview_id, pictures, None)
        DURATION.labels(FORMAT, "preview").observe(perf_counter() - started)
        OPERATIONS.labels("preview", FORMAT, "completed").inc()
        return PreviewOutcome("ready", len(_decode_pictures(pictures)))

    async def _failed(self, task: PreviewTask, failure: str) -> PreviewOutcome:
        await self._previews.end(task.preview_id, None, failure)
        OPERATIONS.labels("preview", FORMAT, "failed").inc()
        return PreviewOutcome("failed", error=failure)

    async def _draw(self, wish: PreviewWish) -> bytes:
        # What an export would say of an item, a picture of its first pages need not.
        options = _lenient(wish.options)
        theme = await self._themes.read(wish.theme_sha256)
        job = FetchInput(wish.owner_id, wish.content_ids, options, wish.title, theme)
        everything = Slice(0, 0, len(wish.content_ids))
        part = await self._reader.read(job, everything, _MOST_CONTENT)
        if part.newest is None:
            raise NothingFetchedError
        snapshot = b"".join(_first_whole(part.snapshot))
        pictures = await self._workspace.draw(
            self._workspace.job(
                wish.preview_id, FORMAT, job.render_input, inputs=1, newest=part.newest
            ),
            lambda _: snapshot,
        )
        _check(pictures)
        return pictures


def _lenient(options: RenderOptions) -> RenderOptions:
    return msgspec.structs.replace(options, on_item_error="skip", on_media_error="warn")


def _first_whole(snapshot: bytes) -> Iterator[bytes]:
    """The first items, at least one, and of the others what a cover tells of them."""
    nothing = dict.fromkeys(PART_NAMES)
    whole = 0
    for line in snapshot.splitlines(keepends=True):
        whole += len(line)
        if whole <= _MOST_WHOLE or whole == len(line):
            yield line
        else:
            item = msgspec.structs.replace(_decode_item(line), **nothing)
            yield _encode_item(item) + b"\n"


def _check(pictures: bytes) -> None:
    """Take from a child, whatever content did to it, nothing but a few small pictures.

    Raises:
        RenderFailedError: it gave something else.
    """
    try:
        found = _decode_pictures(pictures)
    except msgspec.DecodeError as error:
        raise RenderFailedError from error
    if not 1 <= len(found) <= MOST_PICTURES or not all(map(_is_small_picture, found)):
        raise RenderFailedError


def _is_small_picture(data: bytes) -> bool:
    return len(data) <= MOST_BYTES and data[:4] == b"RIFF" and data[8:12] == b"WEBP"
