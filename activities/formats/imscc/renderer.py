"""Common Cartridge: modules become files of a package one by one; the manifest is last."""

from collections.abc import Iterable
from shutil import copyfileobj
from typing import BinaryIO, Final, NamedTuple

from activities.documents.bidi_controls import close_bidi_controls
from activities.formats.imscc.declaration import ImsccOptions
from activities.formats.imscc.fragment import MEDIA, MODULES, WEB_RESOURCES, Module
from activities.formats.imscc.manifest import BANK_PATH, Contents
from activities.formats.imscc.modules import module_of
from activities.formats.imscc.pages import led
from activities.formats.imscc.questions import BANK_END, bank_start
from activities.formats.protocol import Export
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.shared.xhtml.dead_links import without_dead_links
from activities.formats.shared.xhtml.units import ids_in
from activities.formats.shared.zip_package import Package
from activities.model.warnings import Report

_COPY_BYTES: Final = 1024 * 1024


class _Waiting(NamedTuple):
    """A page that waits for the end of all modules."""

    id: str
    path: str
    size: int
    item_id: str
    title: str


def _write_cartridge(
    modules: Iterable[Module], export: Export[ImsccOptions], out: BinaryIO, report: Report
) -> None:
    contents = Contents()
    waiting: list[_Waiting] = []
    places = set[str]()
    with (
        Package(out, export.snapshot_time, report) as package,
        # Which links lead to an item is known only after all of them.
        export.scratch_file() as pages,
        export.scratch_file() as bank,
    ):
        for module in modules:
            report.check_cancelled()
            for name, data in contents.add(module):
                package.write(f"{WEB_RESOURCES}{MEDIA}{name}", data, packed=False)
            for entry in module.entries:
                if entry.is_quiz:
                    package.write(entry.path, entry.text)
                else:
                    size = pages.write(entry.text)
                    places.update(ids_in(entry.text))
                    waiting.append(
                        _Waiting(entry.id, entry.path, size, module.item_id, module.title)
                    )
            bank.write(module.questions)
        pages.seek(0)
        for page in waiting:
            report.check_cancelled()
            text = pages.read(page.size)
            text = without_dead_links(text, places, page.item_id, page.title, report)
            text = led(text, contents.pages_of_items, page.id)
            package.write(page.path, text)
        namespace = report.id_namespace
        has_bank = bank.tell() > 0
        if has_bank:
            bank.seek(0)
            with package.open(BANK_PATH) as member:
                member.write(bank_start(f"b_{contents.key(namespace)}"))
                copyfileobj(bank, member, _COPY_BYTES)
                member.write(BANK_END)
        single = export.items_total == 1 and export.options.title is None
        manifest = contents.manifest(
            (contents.first_title if single else "") or close_bidi_controls(export.title),
            export.options.language or contents.first_language,
            namespace,
            has_bank=has_bank,
        )
        package.write("imsmanifest.xml", manifest)


RENDERER: Final = ItemFragmentRenderer(MODULES, module_of, _write_cartridge)
