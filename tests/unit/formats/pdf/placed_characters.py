"""The characters on the pages of a PDF and where each of them stands."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar


def placed_characters(data: bytes) -> Iterator[LTChar]:
    """The characters of all pages."""
    return characters(extract_pages(io.BytesIO(data)))


def characters(elements: Iterable[Any]) -> Iterator[LTChar]:
    """Those of some elements of pdfminer, such as a page."""
    for element in elements:
        if isinstance(element, LTChar):
            yield element
        elif isinstance(element, Iterable):
            yield from characters(element)
