"""A document of 1,000 formulas of which 200 differ, beside one in which all differ.

They take turns; a ratio is the median of those of the turns. Each distinct formula should be laid
out once in a process, whatever else it renders.
"""

import argparse
import io
import time
from datetime import UTC, datetime
from statistics import median
from typing import Any

import msgspec

from activities.documents.formulas.tex import CachedFormulas
from activities.formats.catalog import load
from activities.formats.docx.omml import office_math
from activities.formats.pdf.text.maths import lay_out
from activities.formats.protocol import Export
from activities.model.catalog import formats
from activities.model.content import Item
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_case import Silent
from scripts.benchmarks.report import Report, Row, middle_ratio

_CACHES: dict[str, CachedFormulas[Any]] = {"pdf": lay_out, "docx": office_math}
_NEWEST = datetime(2024, 1, 1, tzinfo=UTC)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument("--formulas", type=int, default=1_000, help="in the document (1000)")
    parser.add_argument("--distinct", type=int, default=200, help="of them, that differ (200)")
    parser.add_argument("--runs", type=int, default=9, help="renders for each figure (9)")


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    rows: list[Row] = []
    summary: dict[str, float] = {}
    for format_id, cached in _CACHES.items():
        _render(format_id, _item(1, 1))  # imports and fonts
        distinct, formulas = arguments.distinct, arguments.formulas
        few, all_differ = _item(formulas, distinct), _item(formulas, formulas)
        taken: dict[int, list[float]] = {formulas: [], distinct: []}
        again = []
        laid_out: dict[int, int] = {}
        for _ in range(arguments.runs):
            for number, item in ((formulas, all_differ), (distinct, few)):
                cached.cache_clear()
                taken[number].append(_render(format_id, item))
                laid_out[number] = cached.cache_info().misses
            again.append(_render(format_id, few))
        rows += [
            {
                "what": f"{format_id}, {number} distinct",
                "CPU s": median(seconds),
                "laid out": float(laid_out[number]),
            }
            for number, seconds in taken.items()
        ]
        summary[f"{format_id}, CPU / all formulas distinct"] = middle_ratio(
            taken[distinct], taken[formulas]
        )
        summary[f"{format_id}, CPU of a second render / the first"] = middle_ratio(
            again, taken[distinct]
        )
    return Report(
        benchmark="maths",
        settings={"formulas": arguments.formulas, "runs": arguments.runs},
        rows=rows,
        summary=summary,
    )


def _item(formulas: int, distinct: int) -> Item:
    """An item whose study guide is formulas, the same ones again and again."""
    lines = (
        rf"Then $\frac{{a_{{{n}}} + b^{{{n}}}}}{{\sqrt{{x^2 + {n}}}}} = \sum_{{i=1}}^{{{n}}} i$."
        for n in (number % distinct for number in range(formulas))
    )
    [item] = corpus(1)
    return msgspec.structs.replace(item, study_guide="\n\n".join(lines))


def _render(format_id: str, item: Item) -> float:
    """The processor time of a render, in seconds."""
    renderer = load(format_id)
    options = formats()[format_id].options()
    export = Export(options, 1, _NEWEST, "Formulas")
    started = time.process_time()
    if hasattr(renderer, "write"):
        renderer.write([item], export, io.BytesIO(), Silent())
    else:
        fragment = io.BytesIO()
        renderer.write_chunk([item], options, fragment, Silent())
        fragment.seek(0)
        renderer.join(iter([fragment]), export, io.BytesIO(), Silent())
    return time.process_time() - started
