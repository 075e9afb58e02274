"""The renderer of formats that make a fragment of each item and join these in a template."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Generic, TypeVar

import msgspec

from activities.formats.protocol import Export
from activities.formats.shared.fragments import Fragments
from activities.model.content import Item
from activities.model.options import OptionsT
from activities.model.warnings import Report

FragmentT = TypeVar("FragmentT", bound=msgspec.Struct)


class ItemFragmentRenderer(Generic[OptionsT, FragmentT]):
    """A `WholeRenderer` and a `ChunkRenderer`."""

    def __init__(
        self,
        fragments: Fragments[FragmentT],
        render_item: Callable[[Item, OptionsT, Report], FragmentT],
        write_file: Callable[[Iterable[FragmentT], Export[OptionsT], BinaryIO, Report], None],
    ) -> None:
        """Render with the functions of one format.

        Args:
            fragments: writes and reads the format's fragments.
            render_item: makes the fragment of one item.
            write_file: writes the file that the fragments, in order, are joined into.
        """
        self._stored = fragments
        self._render_item = render_item
        self._write_file = write_file

    def write(
        self, items: Iterable[Item], export: Export[OptionsT], out: BinaryIO, report: Report
    ) -> None:
        """See `WholeRenderer.write`."""
        self._write_file(self._fragments(items, export.options, report), export, out, report)

    def write_chunk(
        self, items: Iterable[Item], options: OptionsT, out: BinaryIO, report: Report
    ) -> None:
        """See `ChunkRenderer.write_chunk`."""
        for fragment in self._fragments(items, options, report):
            self._stored.append(fragment, out)

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[OptionsT],
        out: BinaryIO,
        report: Report,
    ) -> None:
        """See `ChunkRenderer.join`."""
        self._write_file(self._stored.read_all(fragments), export, out, report)

    def _fragments(
        self, items: Iterable[Item], options: OptionsT, report: Report
    ) -> Iterator[FragmentT]:
        for item in items:
            yield self._render_item(item, options, report)
            report.item_done()
