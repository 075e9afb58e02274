"""The column types that SQLite and PostgreSQL share."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which knows no time zones, keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the database the moment in UTC."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read PostgreSQL's moment, which is in the session's zone, in UTC."""
        return None if value is None else value.astimezone(UTC)

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """Read the moment, aware; SQLite's text is read here, once instead of twice."""
        if dialect.name == "sqlite":
            return _read_sqlite_time
        return super().result_processor(dialect, coltype)


def _read_sqlite_time(value: str | None) -> datetime | None:
    # Ten times as fast as replacing the zone of what was read.
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


class StoredTime(UtcDateTime):
    """A moment as the driver gives it and takes it back, even if nobody could read it."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        """Give the database what it gave."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Take what the database gives."""


class TextWithoutNul(TypeDecorator[str]):
    """Text that is shown and never compared: stored without NUL, which PostgreSQL cannot keep."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Give the database the text without its NULs."""
        return value if value is None else value.replace("\0", "")


class EnumText(TypeDecorator[E]):
    """A member of an enum, kept as its value."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[E], length: int) -> None:
        """Keep members of this enum, whose values have at most `length` characters."""
        super().__init__(length)
        # Public, and named as the arguments are: SQLAlchemy tells types apart by them.
        self.members = members
        self.length = length

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], E | None]:  # noqa: ARG002
        """Read the member; a value that none has raises `ValueError`."""
        enum = self.members
        # Ten times as fast as calling the enum.
        members = {member.value: member for member in enum}

        def read(value: str | None) -> E | None:
            return None if value is None else members.get(value) or enum(value)

        return read


class EncodedJson(TypeDecorator[T]):
    """A value that is kept as JSON text, which is read as it is: its type is not the column's."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Give the database the value as JSON."""
        return None if value is None else msgspec.json.encode(value).decode()


class JsonText(EncodedJson[T]):
    """A value that is kept as JSON text."""

    cache_ok = True

    def __init__(self, kind: type[T]) -> None:
        """Keep values of this type, which msgspec can decode."""
        super().__init__()
        # Public, and named as the argument is: SQLAlchemy tells types apart by it.
        self.kind = kind

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], T | None]:  # noqa: ARG002
        """Read the value; what is not JSON of this type raises `msgspec.DecodeError`."""
        decode = msgspec.json.Decoder(self.kind).decode
        return lambda text: None if text is None else decode(text)


class JsonListText(JsonText[list[T]]):
    """A list that is kept as JSON text; NULL stands for the empty one."""

    cache_ok = True

    def process_bind_param(self, value: list[T] | None, dialect: Dialect) -> str | None:
        """Give the database the list as JSON, or NULL."""
        return super().process_bind_param(value or None, dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], list[T]]:  # noqa: ARG002
        """Read the list; what is not JSON of this type raises `msgspec.DecodeError`."""
        decode = msgspec.json.Decoder(self.kind).decode
        return lambda text: [] if text is None else decode(text)
