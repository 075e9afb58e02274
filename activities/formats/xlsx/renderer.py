"""XLSX: an overview and one sheet a part, rows written as text into a workbook that openpyxl
shaped.

Chunks become fragments of finished rows (`rows.py`, `cells.py`); `workbook.py` numbers
them and merges them into a template (`workbook_template.py`). `sheets.py` has the columns.
"""

from activities.documents.build import build
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.formats.xlsx.rows import FRAGMENTS, ItemFragment, item_fragment
from activities.formats.xlsx.workbook import write_workbook
from activities.model.content import Item
from activities.model.options import DocumentOptions
from activities.model.warnings import Report


def _render_item(item: Item, options: DocumentOptions, report: Report) -> ItemFragment:
    return item_fragment(item, build(item, options, report), options.part_names(), report)


RENDERER = ItemFragmentRenderer(FRAGMENTS, _render_item, write_workbook)
