"""DOCX: WordprocessingML written as text into a package that python-docx shaped.

Chunks become fragments (`fragment.py`) that hold the XML of each item, written by `blocks.py`
and `runs.py`; `package.py` joins them in the template (`template.py`, `styles.py`).
"""

from activities.documents.book_labels import book_labels
from activities.documents.build import build
from activities.formats.docx.fragment import FRAGMENTS, ItemFragment
from activities.formats.docx.items import item_fragment
from activities.formats.docx.package import write_package
from activities.formats.shared.item_fragments import ItemFragmentRenderer
from activities.model.book_options import BookOptions
from activities.model.content import Item
from activities.model.warnings import Report


def _render_item(item: Item, options: BookOptions, report: Report) -> ItemFragment:
    document = build(item, options, report)
    words = book_labels(options.language or document.language)
    return item_fragment(document, options, words, report)


RENDERER = ItemFragmentRenderer(FRAGMENTS, _render_item, write_package)
