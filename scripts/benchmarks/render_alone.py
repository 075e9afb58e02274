"""One renderer, of content that was read before, in a process of its own; prints JSON.

python -m scripts.benchmarks.render_alone CASE RENDERER ITEMS

Case and renderer are those of `render_case`. The content is rendered, and then as many other
items, as a worker goes on to the next export.
"""

import gc
import sys
from functools import partial
from unittest.mock import patch

import msgspec

from activities.documents.build import build
from scripts.benchmarks.render_case import (
    OPTIONS,
    Silent,
    again_and_again,
    items_of,
    of_every_script,
    renderers_of,
)


class Alone(msgspec.Struct, frozen=True):
    """The processor time of renders without reading, in seconds."""

    first: float
    """In a process that had rendered every script before."""
    following: float
    """Of other items, in the same process."""


def measure(case: str, renderer: str, items: int) -> Alone:
    """Render so many items of the case's content in this process, and as many others."""
    content = list(items_of(case, 2 * items))
    read = {item.id: build(item, OPTIONS, Silent()) for item in content}
    # Else each render would look for garbage in all of that.
    gc.collect()
    gc.freeze()
    render = renderers_of(case)[renderer]
    with patch("activities.documents.build._Builder.document", lambda self: read[self._item.id]):
        known = of_every_script(content[:items])
        render(known, len(known))
        first, following = (
            again_and_again(partial(render, part, items))[0]
            for part in (content[:items], content[items:])
        )
    return Alone(first, following)


if __name__ == "__main__":
    alone = measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.stdout.buffer.write(msgspec.json.encode(alone))
