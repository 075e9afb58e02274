"""An export of 100 pictures of 200 kB, beside the same one without, and decoding them.

They take turns; a ratio is the median of those of the turns. A picture should cost no more than its
transfer, which is the server's, up to eight at once, and decoding it: whatever else is done with
its bytes is paid for by what of them is not decoded.
"""

import argparse
import io
import time
from statistics import median

import msgspec
from PIL import Image

from activities.formats.testing import render
from activities.model.content import Item
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.report import Report, Row, middle_ratio

_FORMATS = ("pdf", "docx")
_SIZE = (960, 640)
_QUALITY = 55
"""With it a noisy photograph of that size has some 200 kB."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--pictures", type=int, default=100, help="in the export (100)")
    parser.add_argument("--runs", type=int, default=7, help="renders for each figure (7)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    pictures = _pictures(arguments.pictures)
    [item] = corpus(1)
    bare = _items(item, ["A text of its own."] * arguments.pictures)
    illustrated = _items(item, [f"![A photograph]({reference})" for reference in pictures])
    rows: list[Row] = []
    summary: dict[str, float] = {}
    for format_id in _FORMATS:
        _render(format_id, illustrated[:1], pictures)  # imports and fonts
        decoding, added = [], []
        for _ in range(arguments.runs):
            without = _render(format_id, bare, {})
            added.append(_render(format_id, illustrated, pictures) - without)
            decoding.append(_decode(pictures))
        rows += [
            {"what": f"{format_id}, decoding", "CPU s": median(decoding)},
            {"what": f"{format_id}, added by pictures", "CPU s": median(added)},
        ]
        summary[f"{format_id}, CPU added / decoding"] = middle_ratio(added, decoding)
    size = sum(map(len, pictures.values())) / len(pictures) / 1000
    return Report(
        benchmark="pictures",
        settings={"pictures": len(pictures), "kB each": round(size), "runs": arguments.runs},
        rows=rows,
        summary=summary,
    )


def _pictures(count: int) -> dict[str, bytes]:
    noise = Image.effect_noise(_SIZE, 60).convert("RGB")
    pictures: dict[str, bytes] = {}
    for number in range(count):
        file = io.BytesIO()
        noise.rotate(number).save(file, "JPEG", quality=_QUALITY)
        pictures[f"/photographs/{number}.jpg"] = file.getvalue()
    return pictures


def _items(item: Item, guides: list[str]) -> list[Item]:
    return [
        msgspec.structs.replace(item, id=f"content-{number}", study_guide=guide)
        for number, guide in enumerate(guides)
    ]


def _render(format_id: str, items: list[Item], pictures: dict[str, bytes]) -> float:
    """The processor time of a render, in seconds."""
    started = time.process_time()
    render(format_id, items, pictures=pictures)
    return time.process_time() - started


def _decode(pictures: dict[str, bytes]) -> float:
    started = time.process_time()
    for data in pictures.values():
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
    return time.process_time() - started
