"""The text of headings as bookmarks and the contents show it."""

from collections.abc import Iterable

from activities.documents.formulas.readable import readable_text
from activities.documents.model import Run, Runs
from activities.documents.pictures import described


def without_notes(runs: Runs) -> Runs:
    """A heading without its references to notes, unless it is nothing else, and with descriptions
    in the place of pictures.
    """
    kept = tuple([run for run in described(runs) if not run.is_note_reference])
    return kept or (Run(plain_text(runs)),)


def plain_text(runs: Iterable[Run]) -> str:
    """The text of runs on one line, as bookmarks show it."""
    return " ".join("".join(map(readable_text, runs)).split())
