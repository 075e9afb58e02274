"""Keep the translations of pages and mails in step with what the service says.

`update` brings new strings into every language's file, empty, and takes old ones out. `check` lists
what a language lacks; `tests/unit/web/test_translations.py` refuses that.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import enter

if __name__ == "__main__":
    enter()

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from activities.people.languages import LANGUAGES, SOURCE
from activities.people.words import PLACEHOLDER, SERVICE, Words
from scripts.dev.messages import template
from web.pages.words import PAGES

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (SERVICE, PAGES)
_HEAD = ("msgid", "msgstr", '"Language:', '"Plural-Forms', '"MIME', '"Content-T')
TRANSLATED = tuple(tag for tag in LANGUAGES if tag != SOURCE.tag)


def updated(words: Words, tag: str) -> Catalog:
    """The file of a language with the strings that there are now, and no others."""
    found = template(words, ROOT)
    catalog = Catalog(locale=LANGUAGES[tag].tag, domain=words.domain, fuzzy=False)
    before = _read(words.path(tag), tag) if words.path(tag).exists() else Catalog()
    elsewhere = [_read(room.path(tag), tag) for room in ROOMS if room.path(tag).exists()]
    for message in found:
        if message.id:
            known = next(
                (kept for kept in map(_finder(message), (before, *elsewhere)) if kept), None
            )
            same_kind = known is not None and known.pluralizable == message.pluralizable
            catalog.add(
                message.id,
                string=known.string if known is not None and same_kind else None,
                locations=message.locations,
                context=message.context,
            )
    return catalog


def _finder(message: Message) -> Callable[[Catalog], Message | None]:
    return lambda catalog: catalog.get(message.id, message.context)


def faults(words: Words, tag: str) -> Iterator[str]:
    """What is wrong with the translations of a language, each in one line."""
    catalog = _read(words.path(tag), tag)
    path = words.path(tag).relative_to(ROOT)
    there = {(each.id, each.context): each for each in catalog if each.id}
    wanted = {(each.id, each.context) for each in template(words, ROOT) if each.id}
    for key in sorted(wanted - there.keys(), key=str):
        yield f"{path}: missing: {_english(key[0])!r}"
    for key in sorted(there.keys() - wanted, key=str):
        yield f"{path}: no longer said: {_english(key[0])!r}"
    if catalog.num_plurals != Catalog(locale=tag).num_plurals:
        yield f"{path}: {catalog.num_plurals} plural forms, {tag} has others"
    for key in sorted(wanted & there.keys(), key=str):
        yield from (f"{path}: {fault}" for fault in _faults_of(there[key], catalog.num_plurals))


def _faults_of(message: Message, plurals: int) -> Iterator[str]:
    english = _english(message.id)
    if message.fuzzy:
        yield f"fuzzy: {english!r}"
    strings = _strings(message)
    if len(strings) != (plurals if message.pluralizable else 1):
        yield f"{len(strings)} of {plurals} forms: {english!r}"
    for string in strings:
        if not string.strip():
            yield f"not translated: {english!r}"
        elif _placeholders(string) != _placeholders(english):
            yield f"other placeholders: {english!r}: {string!r}"


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _english(message_id: str | Sequence[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[1]


def _strings(message: Message) -> tuple[str, ...]:
    told = message.string or ""
    return (told,) if isinstance(told, str) else tuple(told)


def _read(path: Path, tag: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=tag)


def _write(path: Path, catalog: Catalog) -> None:
    written = BytesIO()
    write_po(written, catalog, width=0, include_lineno=False)
    lines = written.getvalue().decode().splitlines(keepends=True)
    # Who translated when is told by the history of the project; dates would change every file.
    head, body = lines[: lines.index("\n")], lines[lines.index("\n") :]
    kept = [line for line in head if line.startswith(_HEAD)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join([*kept, *body]), encoding="utf-8")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["update", "check"])
    command = parser.parse_args().command
    if command == "update":
        for words in ROOMS:
            for tag in TRANSLATED:
                _write(words.path(tag), updated(words, tag))
    found = [fault for words in ROOMS for tag in TRANSLATED for fault in faults(words, tag)]
    print("\n".join(found) or "All languages are complete.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
