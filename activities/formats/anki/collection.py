"""The collection of a deck: notes and cards in a database of Anki's schema 11.

Anki calls a package with it `Legacy1` (rslib/src/import_export/package/meta.rs): every Anki since
2.0 reads it, and so do other programs.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha1
from typing import Any, Final, NamedTuple, Protocol

from activities.formats.anki.note_type import (
    DEFAULT_DECK_ID,
    NOTE_TYPE_ID,
    deck,
    note_types,
    options_groups,
    preferences,
)
from activities.formats.anki.sqlite_image import PRAGMAS, settled

_SCHEMA_VERSION: Final = 11
_TABLES: Final = """\
CREATE TABLE col (
  id integer primary key, crt integer not null, mod integer not null, scm integer not null,
  ver integer not null, dty integer not null, usn integer not null, ls integer not null,
  conf text not null, models text not null, decks text not null, dconf text not null,
  tags text not null);
CREATE TABLE notes (
  id integer primary key, guid text not null, mid integer not null, mod integer not null,
  usn integer not null, tags text not null, flds text not null, sfld integer not null,
  csum integer not null, flags integer not null, data text not null);
CREATE TABLE cards (
  id integer primary key, nid integer not null, did integer not null, ord integer not null,
  mod integer not null, usn integer not null, type integer not null, queue integer not null,
  due integer not null, ivl integer not null, factor integer not null, reps integer not null,
  lapses integer not null, left integer not null, odue integer not null, odid integer not null,
  flags integer not null, data text not null);
CREATE TABLE revlog (
  id integer primary key, cid integer not null, usn integer not null, ease integer not null,
  ivl integer not null, lastIvl integer not null, factor integer not null, time integer not null,
  type integer not null);
CREATE TABLE graves (usn integer not null, oid integer not null, type integer not null)"""
_INDEXES: Final = (
    "CREATE INDEX ix_notes_usn ON notes (usn)",
    "CREATE INDEX ix_cards_usn ON cards (usn)",
    "CREATE INDEX ix_revlog_usn ON revlog (usn)",
    "CREATE INDEX ix_cards_nid ON cards (nid)",
    "CREATE INDEX ix_cards_sched ON cards (did, queue, due)",
    "CREATE INDEX ix_revlog_cid ON revlog (cid)",
    "CREATE INDEX ix_notes_csum ON notes (csum)",
)
_NOTE: Final = "INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, ?, ?, 0, '')"
_CARD: Final = "INSERT INTO cards VALUES (?, ?, ?, 0, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')"
_COL: Final = "INSERT INTO col VALUES (1, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?, '{}')"
_BETWEEN_FIELDS: Final = "\x1f"


class Note(NamedTuple):
    """A note, which has one card."""

    guid: str
    """By which an import knows it again."""
    changed: datetime
    """An import takes the fields over if this is later than its reader's last change."""
    fields: Sequence[str]
    """HTML, in the order of the note type."""
    sorted_by: str
    """The first field as plain text."""
    tags: Sequence[str]


class Database(Protocol):
    """A connection to an empty database in memory."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> Any:
        """Execute one statement."""

    def executemany(self, statement: str, rows: Any, /) -> Any:
        """Execute one statement for each row."""

    def serialize(self) -> bytes:
        """The database as the bytes of its file."""
        ...

    def close(self) -> None:
        """Give its memory back."""


def in_memory() -> sqlite3.Connection:
    """A database of this process, which begins no transaction by itself."""
    return sqlite3.connect(":memory:", isolation_level=None)


class Collection:
    """Takes decks and their notes, and gives them as a file. Ids are numbers of milliseconds."""

    def __init__(self, database: Database, time: datetime) -> None:
        """Begin a collection.

        Args:
            database: takes its rows.
            time: that of the newest content; notes and cards are numbered from it.
        """
        self._database = database
        self._seconds = int(time.timestamp())
        self._first_id = 1000 * self._seconds
        self._notes = 0
        self._decks = {str(DEFAULT_DECK_ID): deck(DEFAULT_DECK_ID, "Default", 0)}
        for statement in (*PRAGMAS, "BEGIN", *_TABLES.split(";")):
            database.execute(statement)

    def add_deck(self, name: str, description: str = "") -> int:
        """Add a deck; its id, which a reader does not keep: decks are known by their names.

        Args:
            name: with the names of the decks around it.
            description: HTML, which Anki shows above the deck.
        """
        deck_id = self._first_id + len(self._decks)
        self._decks[str(deck_id)] = deck(deck_id, name, self._seconds, description)
        return deck_id

    def add_notes(self, deck_id: int, notes: Sequence[Note]) -> None:
        """Add notes to a deck, each with its card, in the order in which they are to be learned."""
        first = self._first_id + self._notes
        rows = [
            (
                first + place,
                note.guid,
                NOTE_TYPE_ID,
                int(note.changed.timestamp()),
                f" {' '.join(note.tags)} " if note.tags else "",
                _BETWEEN_FIELDS.join(note.fields),
                note.sorted_by,
                _checksum(note.sorted_by),
            )
            for place, note in enumerate(notes)
        ]
        self._database.executemany(_NOTE, rows)
        self._database.executemany(
            _CARD,
            [
                (first + place, first + place, deck_id, rows[place][3], self._notes + place + 1)
                for place in range(len(rows))
            ],
        )
        self._notes += len(rows)

    def finish(self) -> bytes:
        """The file; nothing can be added any more."""
        described = (preferences(self._notes + 1), note_types(), self._decks, options_groups())
        values = (self._seconds, self._first_id, self._first_id, _SCHEMA_VERSION)
        self._database.execute(_COL, (*values, *map(json.dumps, described)))
        for statement in (*_INDEXES, "COMMIT"):
            self._database.execute(statement)
        image = self._database.serialize()
        self._database.close()
        return settled(image)


def _checksum(sorted_by: str) -> int:
    """By which Anki finds notes with the same first field."""
    digest = sha1(sorted_by.encode("utf-8", "surrogatepass"), usedforsecurity=False)
    return int(digest.hexdigest()[:8], 16)
