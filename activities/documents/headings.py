"""The text of headings as documents, bookmarks and contents show it."""

from activities.documents.model import Heading, Run, Runs


def numbered(heading: Heading) -> Runs:
    """A heading's text after its number in the outline, if it has one."""
    number = heading.shown_number
    return (Run(f"{number}\u2002"), *heading.runs) if number else heading.runs
