"""Names that people give to what they make, as they are kept and shown."""

from web.http.problems import FieldError, invalid


def one_line_name(name: str, *, may_be_empty: bool) -> str:
    """The name in one line, without blanks around it.

    Args:
        name: as it was given.
        may_be_empty: it is no mistake that nothing can be read.

    Raises:
        ProblemError: something in it cannot be seen, or nothing can.
    """
    checked = " ".join(name.split())
    if not checked.isprintable():
        detail = "name: Give a text without control characters."
        raise invalid([FieldError(detail, pointer="/name")])
    if not checked and not may_be_empty:
        raise invalid([FieldError("name: Give a text that is not blank.", pointer="/name")])
    return checked
