"""Load content into the service's own database, beside a running service or before it starts.

Takes JSON lines, one item a line, or files that the service exported as JSON. An item of the
same owner and id is replaced.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import enter

if __name__ == "__main__":
    enter()

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.jobs.migrate import migrate
from activities.model.content import Item
from activities.settings import from_environment

_Kind = TypeVar("_Kind")


class UnreadableContentError(ValueError):
    """A file holds something that is not content; the message says where, not what."""


class _JsonExport(msgspec.Struct):
    items: list[Item]


def read_items(file: Path) -> Iterator[Item]:
    """The items of a file of JSON lines, or of a JSON export.

    Raises:
        UnreadableContentError: at the first line that is not an item.
        OSError: the file cannot be read.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if number == 1 and _begins_export(line):
                yield from _read_export(file)
                return
            if line.strip():
                yield _decode(line, Item, f"{file}:{number}")


def _begins_export(line: bytes) -> bool:
    try:
        return "items" in msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        # The first of an export's many lines, indented or not, is no document by itself.
        return line.strip() in (b"{", b"[") or line.startswith(b'{"export":')


def _read_export(file: Path) -> list[Item]:
    return _decode(file.read_bytes(), _JsonExport, str(file)).items


def _decode(text: bytes, kind: type[_Kind], place: str) -> _Kind:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as error:
        raise UnreadableContentError(f"{place}: {error}") from None


def _prepared(item: Item, owner: str) -> Item:
    return msgspec.structs.replace(
        item,
        owner_id=owner or item.owner_id,
        created_at=_in_utc(item.created_at),
        updated_at=_in_utc(item.updated_at),
    )


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


async def load(files: list[Path], owner: str, database: str) -> Counter[str]:
    """Store the items of some files, and return their number by owner.

    Args:
        files: see `read_items`, which also says what is raised.
        owner: the owner that the items get; empty keeps their own.
        database: SQLAlchemy URL.
    """
    loaded: Counter[str] = Counter()

    def items() -> Iterator[Item]:
        for file in files:
            for item in read_items(file):
                loaded[owner or item.owner_id] += 1
                yield _prepared(item, owner)

    connected = connect(database)
    try:
        await SqlContent(connected).store(items())
    finally:
        await connected.close()
    return loaded


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--owner", default="", help="whose the items become (as in the file)")
    arguments = parser.parse_args()
    database = from_environment().database
    try:
        migrate(database)
        loaded = asyncio.run(load(arguments.files, arguments.owner, database))
    except (UnreadableContentError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"the database cannot take content: {type(error).__name__}", file=sys.stderr)
        return 1
    for owner, count in sorted(loaded.items()):
        print(f"{owner}: {count} items")
    return 0


if __name__ == "__main__":
    sys.exit(main())
