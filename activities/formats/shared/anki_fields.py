"""What notes of Anki hold: fields of HTML on one line, and tags of one word."""

import re
from collections.abc import Sequence
from typing import Final

from activities.documents.model import Block, Document
from activities.formats.shared.xhtml.blocks import XhtmlWriter
from activities.formats.shared.xhtml.units import standing_alone

GUID_DIGITS: Final = 20
"""Of a record's key, those by which Anki knows its note again."""
_NOT_IN_TAGS: Final = re.compile(r'[\s"]+|::+')


def anki_field(blocks: Sequence[Block], document: Document, writer: XhtmlWriter) -> str:
    """A side of a card, with its language and direction; nothing for no blocks."""
    return standing_alone(blocks, document, writer).replace("\n", "<br>") if blocks else ""


def anki_tags(labels: Sequence[str]) -> list[str]:
    """Labels as tags, which have no blanks, and no levels that an author did not mean."""
    words = (_NOT_IN_TAGS.sub("_", label).strip("_:") for label in labels)
    return [word for word in words if word]
