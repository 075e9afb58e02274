"""What stands behind the units: the answer key, and what the book tells about itself."""

from typing import Final

import msgspec

from activities.documents.design.tokens import TOKENS
from activities.documents.direction import is_right_to_left
from activities.formats.docx.design import twips
from activities.formats.docx.fragment import HeadingEntry, back_bookmark
from activities.formats.docx.runs import plain_run

_ABOVE: Final = twips(TOKENS.type["heading_2"].before)


class BackMatter(msgspec.Struct, frozen=True):
    """What stands behind the units, in a section of its own."""

    kind: str
    title: str
    note: str
    number: int
    """Of its bookmark."""
    goes_on: bool = False
    """Whether it stands below what there is, and on no page of its own."""

    @property
    def entry(self) -> HeadingEntry:
        """That of the contents."""
        from_right = is_right_to_left(self.title, otherwise=False)
        text = plain_run(self.title)
        return HeadingEntry(1, self.title, text, from_right, self.number, is_unit=False)

    def start(self) -> bytes:
        """Its title, and what is to be known before it."""
        direction = "<w:bidi/>" if is_right_to_left(self.title, otherwise=False) else ""
        apart = f'<w:spacing w:before="{_ABOVE}"/>' if self.goes_on else ""
        xml = (
            f'<w:p><w:pPr><w:pStyle w:val="BackMatter"/>{direction}{apart}</w:pPr>'
            f"{back_bookmark(self.number)}{plain_run(self.title)}</w:p>"
        )
        if self.note:
            style = f'<w:pPr><w:pStyle w:val="Note"/>{direction}</w:pPr>'
            xml += f"<w:p>{style}{plain_run(self.note)}</w:p>"
        return xml.encode()
