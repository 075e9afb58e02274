"""Load content into the service's own database, beside a running service or before it starts.

Takes JSON lines, one item a line, or files that the service exported as JSON: all items of all
files, or none. An item of the same owner and id is replaced.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import enter

if __name__ == "__main__":
    enter()

import msgspec
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from activities.common.database import connect
from activities.common.private_files import (
    UnusableDirectoryError,
    keep_files_private,
    mend_directory,
)
from activities.content.sql import SqlContent
from activities.jobs.migrate import UnusableDatabaseError, migrate
from activities.model.content import Item
from activities.settings import SettingsError, from_environment
from scripts.dev.content_files import UnreadableContentError, read_items
from scripts.dev.media_files import NAMES, read_media


def read_all(
    files: list[Path], tell: Callable[[str], None], owner: str, *, partial: bool = False
) -> list[Item]:
    """The items of some files, of which those that come later replace others.

    Args:
        files: see `read_items`, which also says what is raised.
        tell: see `read_items`.
        owner: the owner that the items get, who need name none then; empty keeps their own.
        partial: see `read_items`.
    """
    items: dict[tuple[str, str], Item] = {}
    for file in files:
        for item in read_items(file, tell, owner, partial=partial):
            items[item.owner_id, item.id] = item
    return list(items.values())


async def load(
    items: list[Item],
    database: str,
    media: Mapping[str, Mapping[str, bytes]] | None = None,
    tenant: str = "",
) -> None:
    """Store all of the items, or none.

    Args:
        items: what is stored.
        database: SQLAlchemy URL.
        media: for each owner the pictures that the items refer to, by reference.
        tenant: whom their owners belong to from now on; empty: it stays as it is.
    """
    connected = connect(database)
    try:
        content = SqlContent(connected)
        for owner, files in (media or {}).items():
            await content.store_media(owner, files)
        await content.store(items)
        if tenant:
            await content.store_owners(tenant, {each.owner_id for each in items})
    finally:
        await connected.close()


def main() -> int:
    """Run the command; the exit code."""
    keep_files_private()
    try:
        settings = from_environment()
        arguments = _parse_arguments(settings.data_dir)
        settings = msgspec.structs.replace(settings, data_dir=str(arguments.data_dir))
        items = read_all(arguments.files, _tell, arguments.owner, partial=arguments.partial)
        media = read_media(arguments.media, items) if arguments.media else {}
        if not settings.database_url:
            mend_directory(Path(settings.data_dir))
        migrate(settings.database)
        asyncio.run(load(items, settings.database, media, arguments.tenant))
    except (
        SettingsError,
        UnreadableContentError,
        UnusableDatabaseError,
        UnusableDirectoryError,
    ) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}")
    except DBAPIError as error:
        return _refuse(f"the database: {str(error.orig).splitlines()[0]}")
    except SQLAlchemyError as error:
        return _refuse(f"the database: {type(error).__name__}")
    except KeyboardInterrupt:
        return 130
    for owner, count in sorted(Counter(item.owner_id for item in items).items()):
        print(f"{owner}: {count} {'item' if count == 1 else 'items'}{_pictures(media, owner)}")
    if settings.content_url:
        _tell(
            "EXPORT_CONTENT_URL is set: a service with it takes its content from there, and "
            "nothing of what was loaded"
        )
    return 0


def _pictures(media: Mapping[str, Mapping[str, bytes]], owner: str) -> str:
    count = len(media.get(owner, ()))
    return f", {count} {'picture' if count == 1 else 'pictures'}" if count else ""


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _refuse(reason: str) -> int:
    _tell(f"{reason}\nNothing was loaded.")
    return 1


def _parse_arguments(data_dir: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--owner",
        default="",
        help="whose the items become, which need no owner then (as in the file)",
    )
    parser.add_argument(
        "--tenant",
        default="",
        help="whom the owners of the items belong to, for archives of a tenant",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="load although it loses something: exports without answers, parts, metadata or "
        "metrics, and fields that are not known",
    )
    parser.add_argument(
        "--media",
        type=Path,
        metavar="DIR",
        help=f"a directory of pictures that the items refer to, by path, or as {NAMES} in it says",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(data_dir),
        help="of the stack (EXPORT_DATA_DIR, else .data in the checkout)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
