"""The work of a render child: snapshot parts or fragments -> a file."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO, cast

import msgspec

from activities.documents.changes_page import changes_page
from activities.documents.pictures import PICTURE_WARNINGS
from activities.documents.quality_page import quality_page
from activities.formats.catalog import load
from activities.formats.protocol import ChunkRenderer, Export, WholeRenderer
from activities.model.catalog import formats
from activities.model.changes import Changes
from activities.model.content import Item
from activities.model.content_links import ContentLinks
from activities.model.job_formats import decode_options
from activities.model.limits import check_produced
from activities.model.options import DocumentOptions, PictureOptions, RenderOptions
from activities.model.quality import BelowQuality
from activities.model.themes import NO_THEME, decode_theme
from activities.model.warnings import ExportWarning, WarningList, part_left_out, skipped
from activities.steps.frozen_pictures import SnapshotPictures
from activities.steps.render_messages import ClosedError, RenderJob
from activities.steps.scratch_file import scratch_file
from workflows.contracts import Produced


class _Identified(msgspec.Struct):
    """A line of a snapshot part; the one about pictures has no id."""

    id: str = ""


_decoder = msgspec.json.Decoder(Item)
_decode_changes = msgspec.json.Decoder(Changes).decode
_decode_id = msgspec.json.Decoder(_Identified).decode


class RenderStoppedError(Exception):
    """The render was told to stop."""


class PictureLackingError(Exception):
    """A picture could not be had or read, and the options say that the export then fails."""


class ChildReport:
    """Implements `Report` for a renderer in a child."""

    def __init__(
        self,
        job: RenderJob,
        tell: Callable[[int, str], None],
        is_stopped: Callable[[], bool],
    ) -> None:
        """Prepare to report.

        Args:
            job: what is to be made.
            tell: is told the number of items that are done, and the id of the one at work.
            is_stopped: true once the render must stop.
        """
        self._job = job
        self._tell = tell
        self._is_stopped = is_stopped
        self.media: SnapshotPictures | None = None
        """See `Report.media`."""
        self.links = job.links
        """See `Report.links`."""
        self.id_namespace = job.id_namespace
        """See `Report.id_namespace`."""
        self.theme = decode_theme(job.theme) if job.theme else NO_THEME
        """See `Report.theme`."""
        self.start_over()

    def start_over(self) -> None:
        """Forget what was done so far."""
        self.items_done = 0
        self.item_id = ""
        """The item that the renderer is at."""
        self.produced = self._job.produced
        """What all items so far became, those in fragments included."""
        self.warnings = WarningList()
        self.lacks_picture: str | None = None
        """The first item that a picture of could not be had or read."""
        self._tell(0, "")

    def begin_item(self, item_id: str) -> None:
        """Note the item that comes next; empty for none."""
        self.item_id = item_id
        self._tell(self.items_done, item_id)

    def check_cancelled(self) -> None:
        """See `Report.check_cancelled`."""
        if self._is_stopped():
            raise RenderStoppedError

    def item_done(self) -> None:
        """See `Report.item_done`."""
        self.items_done += 1
        self._tell(self.items_done, self.item_id)
        self.check_cancelled()

    def count(self, produced: Produced) -> None:
        """See `Report.count`.

        Raises:
            ExportTooLargeError: it is more than an export may hold.
        """
        self.produced += produced
        check_produced(self.produced, self._job.max_file_bytes)

    def warn(self, warning: ExportWarning) -> None:
        """See `Report.warn`."""
        self.warnings.add(warning)
        if self.lacks_picture is None and warning.code in PICTURE_WARNINGS:
            self.lacks_picture = warning.item_id


class RenderWork:
    """One render or join."""

    def __init__(
        self,
        job: RenderJob,
        read_input: Callable[[int], bytes | bytearray],
        read_picture: Callable[[str], bytes],
        report: ChildReport,
        scratch: str,
    ) -> None:
        """Prepare the work.

        Args:
            job: what is to be made.
            read_input: gives an input by its number.
            read_picture: gives a picture by the name that a snapshot part has for it.
            report: takes progress and warnings.
            scratch: the directory for temporary files.
        """
        self._job = job
        self._read_input = read_input
        self._report = report
        self._scratch = scratch
        self._options = decode_options(job.format, job.options)
        self._left_out = set(job.left_out)
        gate, below = self._options.min_quality, job.below_quality
        entry = formats()[job.format]
        # Marks beside titles tell of it without more.
        is_marked = gate is not None and gate.action == "flag" and entry.marks_titles
        self._below = BelowQuality(gate, below) if gate and below and not is_marked else None
        self._tells_quality = self._below is not None and "study_guide" in entry.parts
        """Whether the file's last item is a page about it."""
        if isinstance(self._options, PictureOptions):
            report.media = SnapshotPictures(read_picture)

    def write(self, out: BinaryIO) -> None:
        """Write the file; items that cannot be rendered are left out if the options say so."""
        while True:
            try:
                self._write(out)
                self._check_pictures()
            except (
                RenderStoppedError,
                PictureLackingError,
                ClosedError,
                OSError,
                MemoryError,
            ):
                raise
            except Exception:
                if self._options.on_item_error != "skip" or not self._leave_out_item():
                    raise
                out.seek(0)
                out.truncate()
            else:
                break
        for item_id in sorted(self._left_out):
            self._report.warn(skipped(item_id, "The item was left out: it could not be rendered."))

    def _check_pictures(self) -> None:
        """Raise if a picture is lacking that the options insist on."""
        options, item_id = self._options, self._report.lacks_picture
        insists = isinstance(options, PictureOptions) and options.on_media_error == "fail"
        if insists and item_id is not None:
            self._report.begin_item(item_id)
            raise PictureLackingError

    def _leave_out_item(self) -> bool:
        item_id = self._report.item_id
        if not item_id or item_id in self._left_out:
            return False
        self._left_out.add(item_id)
        self._report.start_over()
        return True

    def _write(self, out: BinaryIO) -> None:
        renderer = load(self._job.format)
        if self._options.on_item_error == "skip" and not self._job.joins:
            self._report.links = self._links()
        newest = self._job.newest
        if newest is None:
            cast("ChunkRenderer[Any]", renderer).write_chunk(
                self._items(), self._options, out, self._report
            )
            return
        export = self._export(newest)
        if self._job.joins:
            # Each fragment is within the bounds; all of them may not be.
            self._report.count(Produced())
            chunked = cast("ChunkRenderer[Any]", renderer)
            chunked.join(self._fragments(chunked), export, out, self._report)
        elif isinstance(renderer, WholeRenderer):
            renderer.write(self._items(), export, out, self._report)
        else:
            with self._scratch_file() as fragment:
                renderer.write_chunk(self._items(), self._options, fragment, self._report)
                fragment.seek(0)
                renderer.join(iter([fragment]), export, out, self._report)

    def _tell_left_out(self, item: Item) -> None:
        for name in self._job.parts_left_out:
            if getattr(item, name):
                self._report.warn(part_left_out(name, item.id, item.title))

    def _links(self) -> ContentLinks:
        """Where links lead: to no item that is known to be left out."""
        links = self._job.links
        ids = links.item_ids
        if self._job.newest is not None:
            # These parts are all of the export, so what is not in them was not fetched.
            lines = (line for part in self._inputs() for line in part.splitlines())
            ids = frozenset(_decode_id(line).id for line in lines)
        return msgspec.structs.replace(links, item_ids=ids - self._left_out)

    def _export(self, newest: datetime) -> Export[RenderOptions]:
        return Export(
            options=self._options,
            # The file's own pages are among them.
            items_total=self._job.items_total + bool(self._job.changes) + self._tells_quality,
            snapshot_time=newest.astimezone(UTC),
            title=self._job.title,
            scratch_file=self._scratch_file,
            receipt=self._job.receipt,
            below_quality=self._below,
        )

    def _scratch_file(self) -> BinaryIO:
        return scratch_file(self._scratch, self._job.max_file_bytes)

    def _inputs(self) -> Iterator[bytes | bytearray]:
        return map(self._read_input, range(self._job.inputs))

    def _fragments(self, renderer: ChunkRenderer[Any]) -> Iterator[BinaryIO]:
        yield from (BytesIO(data) for data in self._inputs())
        if self._tells_quality:
            with self._scratch_file() as fragment:
                page = self._quality_page(self._job.language)
                renderer.write_chunk(iter([page]), self._options, fragment, self._report)
                fragment.seek(0)
                yield fragment

    def _items(self) -> Iterator[Item]:
        waits = self._job.tells_changes
        language = ""
        for item in self._content():
            if waits:
                yield self._page(item.language)
                waits = False
            language = language or item.language
            self._report.begin_item(item.id)
            self._tell_left_out(item)
            yield item
        # What fails from here on is not the last item's fault.
        self._report.begin_item("")
        if waits:
            yield self._page("en")
        # Of a fragment only the join knows what the other fragments lack.
        if self._tells_quality and self._job.newest is not None:
            yield self._quality_page(language)

    def _page(self, language: str) -> Item:
        """What has changed, in the language of the headings, else in this one."""
        page = changes_page(_decode_changes(self._job.changes), self._language(language))
        self._tell_left_out(page)
        return page

    def _quality_page(self, language: str) -> Item:
        """What is below the quality asked for, in the language of the headings, else in this."""
        assert self._below is not None
        assert self._job.newest is not None
        return quality_page(self._below, self._language(language), self._job.newest)

    def _language(self, usual: str) -> str:
        wanted = self._options.language if isinstance(self._options, DocumentOptions) else None
        return wanted or usual

    def _content(self) -> Iterator[Item]:
        for part in self._inputs():
            for line in part.splitlines():
                self._report.check_cancelled()
                if self._report.media is not None and self._report.media.add(line):
                    continue
                item = _decoder.decode(line)
                if item.id not in self._left_out:
                    yield item
