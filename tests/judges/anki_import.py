"""Imports packages into a new collection by Anki's own library, and tells what became of it.

anki_import.py STEP...

A step is the path of a package, or `edit:FIELD=TEXT` for what a reader writes into each note, or
`study` for an answer to each card that is due. After each package the log and the notes are told as
JSON, one line a package. This runs in an environment of its own: Anki's licence is the AGPL.
"""

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.import_export_pb2 import ImportAnkiPackageUpdateCondition


def told(collection: Collection, log: Any) -> dict[str, Any]:
    """What a package did, and what there is now."""
    problems, is_sound = collection.fix_integrity()
    notes = [collection.get_note(number) for number in sorted(collection.find_notes(""))]
    cards = [collection.get_card(number) for number in sorted(collection.find_cards(""))]
    outputs = [card.render_output() for card in cards]
    return {
        "new": len(log.new),
        "updated": len(log.updated),
        "duplicate": len(log.duplicate),
        "conflicting": len(log.conflicting),
        "problems": "" if is_sound else problems,
        "fields": [list(note.values()) for note in notes],
        "note_types": sorted({note.note_type()["name"] for note in notes}),
        "decks": sorted({collection.decks.name(card.did) for card in cards}),
        "intervals": [card.ivl for card in cards],
        "repetitions": [card.reps for card in cards],
        "sounds": sum(len(out.question_av_tags) + len(out.answer_av_tags) for out in outputs),
        "shown": [[out.question_text, out.answer_text] for out in outputs],
        "media": sorted(each.name for each in Path(collection.media.dir()).iterdir()),
    }


def study(collection: Collection) -> None:
    """Answer each card as known well."""
    for number in collection.find_cards(""):
        collection.sched.set_due_date([number], "30")


def edit(collection: Collection, field: str, text: str) -> None:
    """Write a text into a field of each note."""
    for number in collection.find_notes(""):
        note = collection.get_note(number)
        note[field] = text
        collection.update_note(note)


def take(steps: Iterable[str]) -> None:
    """Take steps one after the other."""
    newer = ImportAnkiPackageUpdateCondition.IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_IF_NEWER
    with tempfile.TemporaryDirectory() as directory:
        collection = Collection(str(Path(directory) / "collection.anki2"))
        for step in steps:
            if step == "study":
                study(collection)
            elif step.startswith("edit:"):
                field, _, text = step.removeprefix("edit:").partition("=")
                edit(collection, field, text)
            else:
                options = ImportAnkiPackageOptions(
                    update_notes=newer, update_notetypes=newer, with_scheduling=False
                )
                request = ImportAnkiPackageRequest(package_path=step, options=options)
                done = collection.import_anki_package(request)
                sys.stdout.write(f"{json.dumps(told(collection, done.log))}\n")
        collection.close()


if __name__ == "__main__":
    take(sys.argv[1:])
