"""An erasure as JSON."""

from datetime import datetime
from enum import StrEnum

import msgspec

from activities.people.erasures import Erasure


class ErasureStatus(StrEnum):
    """How far an erasure is."""

    ERASING = "erasing"
    ERASED = "erased"


class ErasureResponse(msgspec.Struct, frozen=True):
    """How far it is with erasing everything of an owner."""

    erasure_id: str
    status: ErasureStatus
    """`erased` once nothing is left; from then on the owner may begin anew."""
    requested_at: datetime
    completed_at: datetime | None
    exports: int
    """How many exports were erased so far, with their files."""


def erasure_response(erasure: Erasure) -> ErasureResponse:
    """An erasure as the API shows it."""
    return ErasureResponse(
        erasure.erasure_id,
        ErasureStatus.ERASING if erasure.completed_at is None else ErasureStatus.ERASED,
        erasure.requested_at,
        erasure.completed_at,
        erasure.exports,
    )
