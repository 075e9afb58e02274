"""Opens the storage that the settings name."""

from pathlib import Path
from typing import Protocol

from activities.storage.local import LocalStorage
from activities.storage.object_store import connect_object_store
from activities.storage.protocol import Storage


class StorageSettings(Protocol):
    """The settings that say where a service keeps its files."""

    @property
    def storage_url(self) -> str:
        """URL of an object store, as obstore reads it; empty: files are kept on the disk."""

    @property
    def temp_path(self) -> str:
        """The directory in which they are kept then; it is made when it is missing."""

    @property
    def storage_allow_http(self) -> bool:
        """True if the object store may be called without TLS."""


def open_storage(settings: StorageSettings) -> Storage:
    """The storage that the settings name."""
    if not settings.storage_url:
        return LocalStorage(Path(settings.temp_path))
    return connect_object_store(settings.storage_url, allow_http=settings.storage_allow_http)
