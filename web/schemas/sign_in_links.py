"""Links that sign somebody in once, as the API takes and gives them."""

from datetime import datetime

import msgspec


class SignInLinkRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sign-in link is wanted for."""

    next: str = "/"
    """The page that it leads to: a path of this service, with its query, such as
    `/exports/new?item=content-1`."""


class SignInLink(msgspec.Struct, frozen=True):
    """A link that signs the token's owner in to the pages, once."""

    url: str
    """For the owner's browser alone: whoever opens it is signed in."""
    expires_at: datetime
    """In a minute, or when the token expires: the link is opened before, or not at all."""
