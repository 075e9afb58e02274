"""SCORM: the page of all items with its pictures as files, and a script that tells who reads it."""

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files
from typing import BinaryIO, Final

import msgspec

from activities.documents.build import build
from activities.formats.protocol import Export
from activities.formats.scorm.manifest import START_PAGE, manifest
from activities.formats.shared.fragments import Fragments
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.shared.stable_keys import file_key
from activities.formats.shared.xhtml.page import LEVELS_ABOVE, Page, Setting
from activities.formats.shared.xhtml.pictures import PictureFiles
from activities.formats.shared.xhtml.profiles import PAGE
from activities.formats.shared.xhtml.units import Unit, write_unit
from activities.formats.shared.zip_package import Package
from activities.model.content import Item
from activities.model.options import PictureOptions
from activities.model.warnings import Report

_MEDIA: Final = "media/"
_SCRIPT: Final = files("activities.formats.scorm").joinpath("tracking.js").read_text("utf-8")
_HASH: Final = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_IN_AN_LMS: Final = Setting(
    policy="default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    f"script-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'",
    end=f'<div id="end"></div>\n<script>{_SCRIPT}</script>\n',
)


class _Lesson(msgspec.Struct, frozen=True, gc=False):
    """An item, and the pictures that it shows by the names of their files."""

    unit: Unit
    pictures: dict[str, bytes]


def _render_item(item: Item, options: PictureOptions, report: Report) -> _Lesson:
    pictures = PictureFiles(_MEDIA)
    document = build(item, options, report)
    unit = write_unit(document, PAGE, report, pictures, levels_above=LEVELS_ABOVE)
    return _Lesson(unit, pictures.files)


def _write_package(
    lessons: Iterable[_Lesson], export: Export[PictureOptions], out: BinaryIO, report: Report
) -> None:
    pictures: dict[str, None] = {}
    with (
        Package(out, export.snapshot_time, report) as package,
        # What comes before the items is known only after them.
        export.scratch_file() as body,
    ):
        page = Page(export, report, body, _IN_AN_LMS)
        for lesson in lessons:
            for name, data in lesson.pictures.items():
                if name not in pictures:
                    pictures[name] = None
                    package.write(f"{_MEDIA}{name}", data, packed=False)
            page.add(lesson.unit)
        with package.open(START_PAGE) as member:
            page.write(member)
        key = file_key(report.id_namespace, page.item_ids)
        addresses = [f"{_MEDIA}{name}" for name in pictures]
        package.write("imsmanifest.xml", manifest(page.title, key, addresses))


RENDERER: Final = ItemFragmentRenderer(Fragments(_Lesson), _render_item, _write_package)
