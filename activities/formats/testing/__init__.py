"""Runs a renderer of the catalog as the render activities do; `contract` checks a whole format."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from activities.formats.catalog import load
from activities.formats.protocol import ChunkRenderer, Export, WholeRenderer
from activities.model.catalog import formats
from activities.model.content import Item
from activities.model.content_links import NO_LINKS, ContentLinks
from activities.model.limits import check_produced
from activities.model.media import Media
from activities.model.options import RenderOptions, converted
from activities.model.themes import NO_THEME, Theme
from activities.model.warnings import ExportWarning, WarningList, bounded
from workflows.contracts import Produced

EVERYTHING = RenderOptions(include_metadata=True, include_quality_metrics=True)
RECEIPT = b'{"signature":{},"statement":{"items":[]}}'
"""What stands for a receipt, in files whose options ask for one."""
MAX_FILE_BYTES = 1024**3
"""Bytes of an export that a `Recorder` takes by default, as the service does."""


class StopRequestedError(Exception):
    """Raised by `Recorder.check_cancelled` to stop a render."""


class _Pictures:
    """Implements `Media`."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._pictures = pictures

    def picture(self, reference: str) -> bytes | None:
        """See `Media.picture`."""
        return self._pictures.get(reference)


class Recorder:
    """A report that remembers. From `stop_at_check` on, each check raises.

    Attributes:
        produced: what the content became.
        media: the pictures that content refers to; `render` sets it.
        theme: what changes of the design.
    """

    def __init__(
        self,
        stop_at_check: int | None = None,
        max_file_bytes: int = MAX_FILE_BYTES,
        links: ContentLinks = NO_LINKS,
        theme: Theme = NO_THEME,
    ) -> None:
        self.links = links
        self.id_namespace = "export-service"
        self.theme = theme
        self.produced = Produced()
        self._max_file_bytes = max_file_bytes
        self.checks = 0
        self.items_done = 0
        self._warnings = WarningList()
        self._stop_at_check = stop_at_check
        self.media: Media | None = None

    def check_cancelled(self) -> None:
        """See `Report.check_cancelled`."""
        self.checks += 1
        if self._stop_at_check is not None and self.checks >= self._stop_at_check:
            raise StopRequestedError

    def item_done(self) -> None:
        """See `Report.item_done`."""
        self.items_done += 1

    def count(self, produced: Produced) -> None:
        """See `Report.count`."""
        self.produced += produced
        check_produced(self.produced, self._max_file_bytes)

    def warn(self, warning: ExportWarning) -> None:
        """See `Report.warn`."""
        self._warnings.add(warning)

    @property
    def warnings(self) -> list[ExportWarning]:
        """The warnings so far, as a job shows them."""
        return bounded(self._warnings)


def render(
    format_id: str,
    items: Sequence[Item],
    options: RenderOptions = EVERYTHING,
    chunks: int = 1,
    report: Recorder | None = None,
    skipped: int = 0,
    pictures: Mapping[str, bytes] | None = None,
) -> tuple[bytes, list[ExportWarning]]:
    """The file and the warnings.

    Args:
        format_id: the id of an installed format.
        items: the content.
        options: options of any format; those that this format does not know are left out.
        chunks: for chunked formats; others render whole, and so does one chunk of a format that
            can.
        report: is told what the renderer tells.
        skipped: the number of further items that were left out.
        pictures: what content refers to, by reference.

    Raises:
        RendererError: the renderer cannot be used.
    """
    entry = formats()[format_id]
    report = report or Recorder(links=ContentLinks(frozenset(item.id for item in items)))
    report.media = _Pictures(pictures or {}) if entry.carries.images else None
    export = _export(items, entry.narrowed(converted(options, entry.options)), len(items) + skipped)
    out = io.BytesIO()
    renderer = load(format_id)
    if chunks == 1 and isinstance(renderer, WholeRenderer):
        renderer.write(iter(items), export, out, report)
    else:
        _render_chunks(renderer, items, export, chunks, out, report)  # type: ignore[arg-type]
    return out.getvalue(), report.warnings


def _render_chunks(
    renderer: ChunkRenderer[Any],
    items: Sequence[Item],
    export: Export[Any],
    chunks: int,
    out: io.BytesIO,
    report: Recorder,
) -> None:
    size = -(-len(items) // chunks) or 1
    fragments: list[io.BytesIO] = []
    for start in range(0, len(items) or 1, size):
        fragment = io.BytesIO()
        renderer.write_chunk(iter(items[start : start + size]), export.options, fragment, report)
        fragments.append(io.BytesIO(fragment.getvalue()))
    renderer.join(iter(fragments), export, out, report)


def _export(
    items: Sequence[Item], options: RenderOptions, items_total: int
) -> Export[RenderOptions]:
    single = items[0].title if items and items_total == 1 else ""
    return Export(
        options=options,
        items_total=items_total,
        snapshot_time=max(
            (item.updated_at for item in items), default=datetime(2024, 1, 1, tzinfo=UTC)
        ),
        title=options.title or single or "Exported content",
        receipt=RECEIPT if options.receipt else b"",
    )
