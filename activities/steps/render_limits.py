"""What a render may cost, from what it should cost."""

import math

import msgspec

from activities.model.catalog import formats
from workflows.policies import CHUNK_SECONDS, RENDER_TIMEOUT

# An item can be some times as long as the average of which a format tells, and a machine as slow.
_FACTOR = 20
_LEAST_SECONDS = 30
# A process that others keep from its processor is not costly.
_WALL_FACTOR = 3
# Below the time after which Temporal would only start it again.
_MOST_SECONDS = 0.9 * RENDER_TIMEOUT.total_seconds()

SMALL_SECONDS = 1.0
"""Renders that take longer give way to those that do not."""


class RenderLimits(msgspec.Struct, frozen=True):
    """The limits of one render."""

    cpu_seconds: int
    """Seconds of processor time."""
    wall_seconds: float
    """Seconds that pass."""
    is_small: bool
    """True if the whole export is estimated to take `SMALL_SECONDS` at most."""


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
