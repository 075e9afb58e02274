"""Calls about finished files: give them to others by links, keep them on, remove them."""

from datetime import datetime
from types import NoneType

from export_client.calls import Call, asked, given
from export_client.model import Job, Share, SharePage

_JOBS = "/api/export/jobs"
_SHARES = "/api/export/shares"


def share(
    job_id: str,
    *,
    name: str | None = None,
    expires_at: datetime | None = None,
    max_downloads: int | None = None,
) -> Call[Share]:
    """Make a link by which others download a job's file without a sign-in."""
    body = given(name=name, expires_at=_text(expires_at), max_downloads=max_downloads)
    return Call("POST", f"{_JOBS}/{job_id}/shares", Share, body)


def job_shares(
    job_id: str, page: int = 1, page_size: int = 20, *, cursor: str | None = None
) -> Call[SharePage]:
    """Read one page of the shares of a job's file, newest first."""
    query = asked(page=page, page_size=page_size, cursor=cursor)
    return Call("GET", f"{_JOBS}/{job_id}/shares", SharePage, query=query)


def shares(page: int = 1, page_size: int = 20, *, cursor: str | None = None) -> Call[SharePage]:
    """Read one page of the shares of all files, newest first."""
    query = asked(page=page, page_size=page_size, cursor=cursor)
    return Call("GET", _SHARES, SharePage, query=query)


def change_share(
    share_id: str,
    *,
    name: str | None = None,
    expires_at: datetime | None = None,
    max_downloads: int | None = None,
) -> Call[Share]:
    """Change what is given of a share."""
    body = given(name=name, expires_at=_text(expires_at), max_downloads=max_downloads)
    return Call("PATCH", f"{_SHARES}/{share_id}", Share, body)


def end_share(share_id: str) -> Call[None]:
    """End a share at once and for good."""
    return Call("DELETE", f"{_SHARES}/{share_id}", NoneType)


def delete_file(job_id: str) -> Call[None]:
    """Remove a job's file before its time, and end its shares."""
    return Call("DELETE", f"{_JOBS}/{job_id}/file", NoneType)


def pin(job_id: str) -> Call[Job]:
    """Keep a job's file until further notice."""
    return Call("PUT", f"{_JOBS}/{job_id}/pin", Job)


def unpin(job_id: str) -> Call[Job]:
    """Keep a job's file no longer than others, and a day at least."""
    return Call("DELETE", f"{_JOBS}/{job_id}/pin", Job)


def retry_delivery(job_id: str, to: str) -> Call[Job]:
    """Deliver a job's file again to one of its destinations; one that is on its way goes on."""
    return Call("POST", f"{_JOBS}/{job_id}/deliveries/{to}/retry", Job)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
