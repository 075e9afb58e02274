"""Copy all finished files of a service to another place, as a backup or back from one.

Each of both is a directory or the URL of an object store, which is reached as the service's is.
What is at the target stays there, and a file that is there already is not copied again. So a copy
that was interrupted goes on where it was, and one a day takes what is new.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryFile

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import enter

if __name__ == "__main__":
    enter()

from obstore.exceptions import BaseError, NotFoundError

from activities.common.private_files import UnusableDirectoryError, keep_files_private
from activities.settings import Settings, SettingsError, from_environment
from activities.storage.keys import FILES
from activities.storage.local import LocalStorage
from activities.storage.object_store import connect_object_store
from activities.storage.protocol import Storage, StoredObject

_AT_ONCE = 8


class CopiedFiles:
    """The outcome of a copy."""

    def __init__(self) -> None:
        self.copied = 0
        """Files that were copied."""
        self.present = 0
        """Files that were at the target."""
        self.gone = 0
        """Files that were removed from the source meanwhile."""


async def copy_files(source: Storage, target: Storage) -> CopiedFiles:
    """Copy every finished file that the target does not have, and nothing that is in the making.

    Raises:
        OSError: either does not respond.
        obstore.exceptions.BaseError: either does not respond.
    """
    done = CopiedFiles()
    running = set[asyncio.Task[None]]()
    async with asyncio.TaskGroup() as group:
        async for file in _finished(source):
            running.add(group.create_task(_copy(source, target, file, done)))
            if len(running) >= _AT_ONCE:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    return done


async def _finished(source: Storage) -> AsyncIterator[StoredObject]:
    async for file in source.list(FILES):
        if "#" not in file.key:  # half written on a disk
            yield file


async def _copy(source: Storage, target: Storage, file: StoredObject, done: CopiedFiles) -> None:
    # A published file never changes.
    there = await target.head(file.key)
    if there is not None and there.size == file.size:
        done.present += 1
        return
    with TemporaryFile() as body:
        try:
            async for piece in source.stream(file.key, 0, file.size):
                body.write(piece)
        except (FileNotFoundError, NotFoundError):
            done.gone += 1
            return
        if body.tell() != file.size:
            raise OSError(f"{file.key} could not be read whole")
        await target.put(file.key, body)
    done.copied += 1


def _open(place: str, settings: Settings) -> Storage:
    if "://" in place:
        return connect_object_store(place, allow_http=settings.storage_allow_http)
    return LocalStorage(Path(place))


async def _main(source: str, target: str) -> str | None:
    """Copy, and tell how many; what went wrong, if something did."""
    settings = from_environment()
    reason: str | None = None
    try:
        done = await copy_files(_open(source, settings), _open(target, settings))
    except* (BaseError, OSError, UnusableDirectoryError) as errors:
        reason = f"not all files were copied: {errors.exceptions[0]}"
    else:
        print(f"copied {done.copied}, there before {done.present}, gone {done.gone}")
    return reason


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="a directory (EXPORT_TEMP_PATH) or URL (EXPORT_STORAGE_URL)")
    parser.add_argument("target", help="the same, of the copy")
    arguments = parser.parse_args()
    keep_files_private()
    try:
        reason = asyncio.run(_main(arguments.source, arguments.target))
    except SettingsError as error:
        reason = str(error)
    sys.exit(reason)


if __name__ == "__main__":
    main()
