"""What an owner's files take, as JSON."""

from typing import Annotated

import msgspec
from msgspec import Meta


class UsageResponse(msgspec.Struct, frozen=True):
    """What your files take, shared and pinned ones among them."""

    files: int
    bytes: int
    max_bytes: Annotated[
        int | None, Meta(description="The bytes that they may take; null: any number.")
    ]
    pinned: Annotated[int, Meta(description="Those that are kept until further notice.")]
    max_pinned: int
