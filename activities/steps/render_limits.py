"""What a render may cost, from what it should cost."""

import math

import msgspec

from activities.model.catalog import formats
from workflows.policies import CHUNK_SECONDS, RENDER_TIMEOUT, SMALL_SECONDS

# An item can be some times as long as the average of which a format tells, and a machine as slow.
_FACTOR = 20
_LEAST_SECONDS = 30
# A process that others keep from its processor is not costly.
_WALL_FACTOR = 3
# Below the time after which Temporal would only start it again.
_MOST_SECONDS = 0.9 * RENDER_TIMEOUT.total_seconds()


SMALL_SLOT_SECONDS = 2 * SMALL_SECONDS
"""The time that a render may take in a slot for small ones, in seconds."""
# As JSON, in the demonstration's content, from which formats have their seconds an item.
_BYTES_OF_AN_ITEM = 4_400


class RenderLimits(msgspec.Struct, frozen=True):
    """The limits of one render."""

    cpu_seconds: int
    """Seconds of processor time."""
    wall_seconds: float
    """Seconds that pass."""
    is_small: bool
    """True if the whole export is estimated to take `SMALL_SECONDS` at most."""
    slot_seconds: float | None = None
    """Seconds after which it must leave its slot to others; None: it may stay to its end."""


# With room for fetching content within `PREVIEW_TIMEOUT`. It gives way to every export.
PREVIEW_LIMITS = RenderLimits(cpu_seconds=7, wall_seconds=7.0, is_small=False)
"""The limits of a render of which first pages are drawn."""


def outgrows_small_slot(format_id: str, snapshot_bytes: int) -> bool:
    """Whether so much content surely takes longer than `SMALL_SLOT_SECONDS`."""
    entry = formats().get(format_id)
    items = snapshot_bytes / _BYTES_OF_AN_ITEM
    return entry is not None and items * entry.seconds_per_item > SMALL_SLOT_SECONDS


def limits_of(format_id: str, items_total: int, *, is_chunk: bool) -> RenderLimits:
    """The limits of a render.

    Args:
        format_id: the format of the export.
        items_total: the number of items of the whole export.
        is_chunk: True if only one chunk of it is rendered.
    """
    entry = formats().get(format_id)
    seconds_per_item = entry.seconds_per_item if entry else 0.0
    whole = items_total * seconds_per_item
    estimate = min(whole, max(CHUNK_SECONDS, seconds_per_item)) if is_chunk else whole
    cpu_seconds = min(_LEAST_SECONDS + _FACTOR * estimate, _MOST_SECONDS)
    return RenderLimits(
        cpu_seconds=math.ceil(cpu_seconds),
        wall_seconds=min(_WALL_FACTOR * cpu_seconds, _MOST_SECONDS),
        is_small=whole <= SMALL_SECONDS,
    )
