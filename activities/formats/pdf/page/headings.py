"""The text of headings as pages, bookmarks and the contents show it."""

from collections.abc import Iterable

from activities.documents.formulas.readable import readable_text
from activities.documents.model import Heading, Run, Runs
from activities.documents.pictures import described


def numbered(heading: Heading) -> Runs:
    """A heading's text after its number in the outline, if it has one."""
    if not heading.number:
        return heading.runs
    number = ".".join(map(str, heading.number))
    return (Run(f"{number}\u2002"), *heading.runs)


def without_notes(runs: Runs) -> Runs:
    """A heading without its references to notes, unless it is nothing else, and with descriptions
    in the place of pictures.
    """
    kept = tuple([run for run in described(runs) if not run.is_note_reference])
    return kept or (Run(plain_text(runs)),)


def plain_text(runs: Iterable[Run]) -> str:
    """The text of runs on one line, as bookmarks show it."""
    return " ".join("".join(map(readable_text, runs)).split())
