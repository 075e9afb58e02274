"""Shares as the API takes and gives them."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from activities.people.shares import (
    MOST_DOWNLOADS,
    MOST_NAME_CHARACTERS,
    Share,
    ShareState,
)

_Name = Annotated[str, Meta(max_length=MOST_NAME_CHARACTERS)]
_End = Annotated[datetime, Meta(tz=True)]
_Downloads = Annotated[int, Meta(ge=1, le=MOST_DOWNLOADS)]


class ShareRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file is to be shared."""

    name: _Name = ""
    """Whom the link is for, such as `Class 9b`; shown to the owner alone."""
    expires_at: _End | None = None
    """When the link ends; absent or null: in seven days, or sooner where the service allows less.
    The file is kept at least as long."""
    max_downloads: _Downloads | None = None
    """How many downloads the link gives; absent or null: any number."""


class ChangeShareRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be other with a share; what is absent stays."""

    name: _Name | UnsetType = UNSET
    expires_at: _End | UnsetType = UNSET
    max_downloads: _Downloads | UnsetType | None = UNSET
    """Null: any number."""


class ShareResponse(msgspec.Struct, frozen=True):
    """A share. Times are RFC 3339 in UTC."""

    share_id: str
    job_id: str
    name: str
    url: str
    """For those who are to have the file: whoever opens it may download the file, without a
    sign-in, as long as `state` is `active`."""
    state: ShareState
    """`active`; or why the link gives the file to nobody any more: `used-up` after
    `max_downloads`, `expired` after `expires_at`, `revoked` by its owner, or with its file."""
    created_at: datetime
    expires_at: datetime
    max_downloads: int | None
    """Null: any number."""
    downloads: int
    """How many people have downloaded the file, as far as their browsers can be told apart: whoever
    fetches it again within a day counts once."""
    last_used_at: datetime | None


def share_response(share: Share, url: str, now: datetime) -> ShareResponse:
    """The share as its owner sees it.

    Args:
        share: the record.
        url: its link.
        now: UTC.
    """
    return ShareResponse(
        share_id=share.share_id,
        job_id=share.job_id,
        name=share.name,
        url=url,
        state=share.state(now),
        created_at=share.created_at,
        expires_at=share.expires_at,
        max_downloads=share.max_downloads,
        downloads=share.downloads,
        last_used_at=share.last_used_at,
    )
