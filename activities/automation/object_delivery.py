"""Delivery to S3, Google Cloud Storage and Azure: whole objects, put in place at once."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import obstore
from obstore.exceptions import (
    BaseError,
    GenericError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import from_url

from activities.automation.delivery_paths import DeliveredFile, Pieces, path_of
from activities.automation.destinations import ObjectDestination, secret_of
from activities.common.sending_error import SendingError

if TYPE_CHECKING:  # obstore has them for type checkers only
    from obstore.store import ClientConfig, RetryConfig

_RETRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}
_CLIENT: "ClientConfig" = {
    "connect_timeout": timedelta(seconds=10),
    "read_timeout": timedelta(seconds=60),
    "timeout": timedelta(hours=1),
}
_PART = 8 * 1024 * 1024
# So much of a file is in memory: parts that are on their way.
_PARTS_AT_ONCE = 2


async def deliver(destination: ObjectDestination, file: DeliveredFile, pieces: Pieces) -> None:
    """Put a file into its bucket, unless it is there.

    An object becomes visible when its last part is there, so readers see all of it or nothing.

    Raises:
        SendingError: it is not there.
    """
    path = path_of(destination.path, file)
    try:
        store = open_store(destination)
        if await _is_there(store, path, file):
            return
        await obstore.put_async(
            store,
            path,
            pieces(),
            attributes={"Content-Type": file.media_type, "sha256": file.sha256},
            use_multipart=file.size > _PART,
            chunk_size=_PART,
            max_concurrency=_PARTS_AT_ONCE,
        )
    except (PermissionDeniedError, UnauthenticatedError):
        raise SendingError("not-allowed") from None
    except (NotFoundError, FileNotFoundError):
        raise SendingError("not-found") from None
    except (BaseError, GenericError, OSError):
        raise SendingError("unreachable") from None


def open_store(destination: ObjectDestination) -> Any:
    """The bucket or container of a destination; nothing is asked of it yet.

    Raises:
        obstore.exceptions.BaseError: obstore does not know a key, or it makes no sense.
        UnusableDestinationsError: a secret is not where the file says.
    """
    config = {name: secret_of(each) for name, each in destination.config.items()}
    return from_url(
        destination.url,
        config=cast("Any", config),
        client_options={**_CLIENT, "allow_http": destination.allow_http},
        retry_config=_RETRIES,
    )


async def _is_there(store: Any, path: str, file: DeliveredFile) -> bool:
    try:
        found = await obstore.get_async(store, path, options={"head": True})
    except (NotFoundError, FileNotFoundError):
        return False
    return found.meta["size"] == file.size and dict(found.attributes).get("sha256") == file.sha256
