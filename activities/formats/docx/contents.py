"""The table of contents: a field of Word, filled in beforehand.

The page numbers are left to Word, which knows them once the fields have been updated: where pages
end depends on the fonts of whoever reads the file. A field marked as dirty would make Word ask a
question whenever the file is opened.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from activities.documents.direction import is_right_to_left
from activities.formats.docx.fragment import CONTENTS_BOOKMARK, HeadingEntry
from activities.formats.docx.runs import plain_run

_LAST_LINES: Final = 5
"""So many stand on the last page at least."""


def run_from_right(heading: str, entries: Sequence[HeadingEntry]) -> bool:
    """Whether contents run from right to left: all entries do, or the letters of the heading."""
    all_entries = bool(entries) and all(entry.right_to_left for entry in entries)
    return all_entries or is_right_to_left(heading, otherwise=False)


def contents(heading: str, entries: Sequence[HeadingEntry], *, from_right: bool) -> str:
    """The content control with heading and field.

    Args:
        heading: above the entries.
        entries: with the final numbers of their bookmarks.
        from_right: the direction of all.
    """
    start = (
        f'{_character("begin")}<w:r><w:instrText xml:space="preserve"> TOC \\o "1-1"'
        f" \\h \\z \\u </w:instrText></w:r>{_character('separate')}"
    )
    direction = "<w:bidi/>" if from_right else ""
    # Fragments of older workers have parts of units, too.
    units = [entry for entry in entries if entry.level == 1]
    lines = "".join(_lines(start, units, direction))
    return (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
        "<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent>"
        f'<w:p><w:pPr><w:pStyle w:val="TOCHeading"/>{direction}</w:pPr>'
        f"{plain_run(heading)}</w:p>"
        f"{lines}<w:p>{_character('end')}</w:p></w:sdtContent></w:sdt>"
    )


def _lines(start: str, entries: Sequence[HeadingEntry], direction: str) -> Iterator[str]:
    """Entries in one direction, whatever each begins with: their numbers are in columns."""
    unit = 0
    for place, entry in enumerate(entries):
        number = ""
        # In the style this would bind all of them, which then leave the page of their heading.
        is_kept = not place or len(entries) - _LAST_LINES <= place < len(entries) - 1
        keep = "<w:keepNext/>" if is_kept else ""
        if entry.is_unit:
            unit += 1
            number = f"{plain_run(str(unit), 'SectionNumber')}<w:r><w:tab/></w:r>"
        bookmark = f"{CONTENTS_BOOKMARK}{entry.bookmark}"
        yield (
            f'<w:p><w:pPr><w:pStyle w:val="TOC1"/>{keep}{direction}</w:pPr>{start}'
            f'<w:hyperlink w:anchor="{bookmark}" w:history="1">{number}{entry.xml}'
            f"<w:r><w:tab/></w:r>{_character('begin')}"
            f'<w:r><w:instrText xml:space="preserve"> PAGEREF {bookmark} \\h </w:instrText></w:r>'
            f"{_character('separate')}{_character('end')}</w:hyperlink></w:p>"
        )
        start = ""


def _character(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'
