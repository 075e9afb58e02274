"""The least quality that items of an export are to have."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

METRIC_MAX = 100
"""Characters of a metric's name."""

GateAction = Literal["exclude", "flag", "fail"]

QUALITY_ID: Final = "export:quality"
"""The id of what a file says of items below the quality, where its formats have items."""


class MinQuality(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least value of a quality metric, and what becomes of items that do not reach it.

    An item without the metric does not reach it: nothing says that it does.
    """

    metric: Annotated[str, Meta(min_length=1, max_length=METRIC_MAX)]
    """One of the content's own quality metrics, such as `readability`."""
    at_least: float
    action: GateAction
    """Items below are left out (`exclude`), marked in the file (`flag`), or fail the export
    (`fail`)."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.at_least):
            raise ValueError("at_least is a finite number")

    def value_of(self, metrics: Mapping[str, float] | None) -> float | None:
        """The value of the metric among an item's; None if it is not there."""
        return (metrics or {}).get(self.metric)

    def is_reached(self, metrics: Mapping[str, float] | None) -> bool:
        """Whether an item with these metrics has the quality that is asked for."""
        value = self.value_of(metrics)
        return value is not None and value >= self.at_least

    @property
    def rule(self) -> str:
        """What is asked for, in signs that need no language: `readability ≥ 0.7`."""
        return f"{self.metric} ≥ {number_text(self.at_least)}"

    @property
    def missed(self) -> str:
        """What an item lacks whose value is not known: `readability < 0.7`."""
        return f"{self.metric} < {number_text(self.at_least)}"

    def shortfall(self, metrics: Mapping[str, float] | None) -> str:
        """What an item lacks, in signs that need no language: `readability 0.41 < 0.7`."""
        value = self.value_of(metrics)
        return f"{self.metric} {self._shown(value)} < {number_text(self.at_least)}"

    def _shown(self, value: float | None) -> str:
        if value is None:
            return "–"
        short = f"{value:g}"
        # Rounded, it must not look as if it reached what it does not reach.
        return short if float(short) < self.at_least else number_text(value)


def number_text(value: float) -> str:
    """The fewest digits that are this number and no other."""
    return repr(float(value) + 0.0).removesuffix(".0")


class PoorItem(msgspec.Struct, frozen=True, array_like=True):
    """An item below the quality that is asked for."""

    id: str
    title: str
    """As Markdown, on one line; the beginning of a long one."""
    shortfall: str
    """See `MinQuality.shortfall`."""


class BelowQuality(msgspec.Struct, frozen=True):
    """The items of an export that are below the quality it asks for, and what became of them."""

    gate: MinQuality
    items: Sequence[PoorItem]
