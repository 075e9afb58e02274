"""The neutral documents as what the service is compared with takes them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from activities.documents import model
from activities.documents.build import build
from activities.documents.plain import plain_blocks, plain_runs
from activities.model.content import Item
from activities.model.options import RenderOptions
from activities.model.warnings import Report

SNAPSHOT_TIME: Final = datetime(2024, 6, 1, tzinfo=UTC)
_OPTIONS: Final = RenderOptions(include_metadata=True, include_quality_metrics=True)


def documents(items: Iterable[Item], report: Report) -> Iterator[model.Document]:
    """The items as neutral documents, with everything in them."""
    for item in items:
        yield build(item, _OPTIONS, report)


def blocks(document: model.Document) -> Iterator[model.Block]:
    """All of a document below its title, one after the other."""
    for part in document.parts:
        yield part.heading
        yield from part.blocks


def texts(block: model.Block) -> list[str]:
    """The texts of a block without their form."""
    match block:
        case model.QuestionAnswer(question=first, answer=second):
            return [plain_blocks(first), plain_blocks(second)]
        case model.Card(front=first, back=second):
            return [plain_blocks(first), plain_blocks(second)]
        case model.ReadingTask(question=first, answer=answer):
            return [plain_blocks(first), plain_blocks(answer or ())]
        case model.Objectives(entries=entries):
            return [plain_runs(entry) for entry in entries]
        case model.Facts(entries=facts):
            return [f"{name}: {value}" for name, value in facts]
        case _:
            return [plain_blocks((block,))]
