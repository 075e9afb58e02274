"""The protocols that renderers implement, and the data that they are given.

docs/plugins.md tells how to write one.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from activities.model.content import Item
from activities.model.options import RenderOptions
from activities.model.quality import BelowQuality
from activities.model.warnings import Report

_OptionsT_co = TypeVar("_OptionsT_co", bound=RenderOptions, covariant=True)
_OptionsT_contra = TypeVar("_OptionsT_contra", bound=RenderOptions, contravariant=True)


class Export(msgspec.Struct, Generic[_OptionsT_co], frozen=True):
    """The properties of the export as a whole. It has no clock and no job id, on which bytes could
    depend.
    """

    options: _OptionsT_co
    """The options, in the type that the format declares."""
    items_total: int
    snapshot_time: datetime
    """`updated_at` of the newest item, UTC: the only time a file may carry as its own."""
    title: str
    """The title of the whole file: that of the request, else that of the item when there is one
    item, else a fixed phrase."""
    scratch_file: Callable[[], BinaryIO] = BytesIO
    """Opens a file for what has to wait, which is gone once it is closed. It may hold as much as an
    export may, and is the only place to which a renderer writes beside `out`."""
    receipt: bytes = b""
    """A signed statement of what the file is made of, as JSON, for formats that can hold it as a
    file of their own, `receipt.json`; empty: there is none."""
    below_quality: BelowQuality | None = None
    """The items below the quality asked for where titles do not tell of it, for formats that hold
    no study guides: others get a page about it as their last item."""


@runtime_checkable
class WholeRenderer(Protocol[_OptionsT_contra]):
    """Renders all items into one file in one go, item by item, in constant memory."""

    def write(
        self,
        items: Iterable[Item],
        export: Export[_OptionsT_contra],
        out: BinaryIO,
        report: Report,
    ) -> None:
        """Write the whole file. `out` is seekable and empty. Equal input gives equal bytes."""


class ChunkRenderer(Protocol[_OptionsT_contra]):
    """Renders consecutive runs of items apart and joins them afterwards.

    `write_chunk` may run for several chunks at once, on other machines and in any order, and
    again for the same chunk; it knows nothing of the other chunks.

    One that is a `WholeRenderer`, too, is spared the fragment where one chunk is all there is.
    Its `write` gives the same bytes as a fragment and a join would.
    """

    def write_chunk(
        self, items: Iterable[Item], options: _OptionsT_contra, out: BinaryIO, report: Report
    ) -> None:
        """Write a fragment in a form of the renderer's choice. Equal input gives equal bytes,
        and the joined file must not depend on where the chunks were cut.
        """

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[_OptionsT_contra],
        out: BinaryIO,
        report: Report,
    ) -> None:
        """Join the fragments, given in order and read once each, into the file."""
