"""The kinds of problem that the service tells of."""

from activities.model.jobs import Problem

_TITLES = {
    "content-not-found": "Content not found",
    "content-source-broken": "The content could not be read",
    "content-source-unavailable": "The content could not be reached",
    "export-too-large": "The export is too large",
    "render-failed": "The file could not be made",
    "insufficient-storage": "No room for the file",
    "storage-unavailable": "Storage could not be reached",
    "database-unavailable": "The database could not be reached",
    "timed-out": "The export took too long",
    "terminated": "An operator ended the export",
}


def problem(code: str, detail: str) -> Problem:
    """A job's error as a problem object (RFC 9457)."""
    return Problem(
        type=f"urn:export:problem:{code}",
        title=_TITLES.get(code, "The export failed"),
        detail=detail,
        code=code,
    )
