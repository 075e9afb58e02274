"""Where the pictures come from that content refers to: the content source, or the web."""

from activities.common.allowed_origins import AllowedOrigins
from activities.common.guarded_http import GuardedClient, NotNowError, UnusableResponseError
from activities.common.outbound_http import RefusedAddressError
from activities.common.retry_after import seconds_of
from activities.content.retrying import LONGEST_PAUSE_SECONDS, RETRYING
from activities.content.source import ContentSource, ContentSourceError
from activities.model.limits import PICTURE_BYTES_MAX

_SECONDS = 15.0
_LONGEST_WAIT_SECONDS = 30.0
"""Between two attempts of a fetch, whatever a server of pictures asks for: a file without one is
worth more than one that comes too late."""


class Pictures:
    """Pictures of the content source and of listed origins; implements `PictureSource`."""

    def __init__(self, content: ContentSource, allowed: AllowedOrigins) -> None:
        self._content = content
        self._allowed = allowed
        self._web = GuardedClient(allowed)

    async def picture(self, owner_id: str, reference: str) -> bytes | None:
        """See `PictureSource.picture`."""
        if self._allowed.of(reference) is None:
            return await self._content.media(owner_id, reference, most_bytes=PICTURE_BYTES_MAX)
        try:
            return await RETRYING(_retry_after, self._get, reference)
        except (RefusedAddressError, UnusableResponseError):
            return None
        except NotNowError as error:
            seconds = seconds_of(error.retry_after, _LONGEST_WAIT_SECONDS)
            raise ContentSourceError("a server of pictures is away", seconds) from None

    async def close(self) -> None:
        """Close all connections to servers of pictures."""
        await self._web.close()

    async def _get(self, url: str) -> bytes:
        return await self._web.get(url, most_bytes=PICTURE_BYTES_MAX, seconds=_SECONDS)


def _retry_after(error: Exception) -> bool | float:
    if not isinstance(error, NotNowError):
        return False
    seconds = seconds_of(error.retry_after, LONGEST_PAUSE_SECONDS)
    return True if seconds is None else seconds
