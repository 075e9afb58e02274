"""One renderer, of content that was read before, in a process of its own, whenever it is told to.

python -m scripts.benchmarks.render_alone CASE RENDERER ITEMS

Case and renderer are those of `render_case`. Says when it is ready; renders once for each line that
it reads, `FIRST` or `FOLLOWING`, and prints the processor time in seconds.
"""

import gc
import sys
from unittest.mock import patch

from activities.documents.build import build
from scripts.benchmarks.render_case import (
    OPTIONS,
    Silent,
    cpu_seconds,
    items_of,
    of_every_script,
    renderer_of,
)

FIRST = "first"
"""The name of the first render of a process that knows every script."""
FOLLOWING = "following"
"""As many other items, as a worker goes on to its next export."""


def serve(case: str, renderer: str, items: int) -> None:
    """Render until there are no more lines."""
    content = list(items_of(case, 2 * items))
    parts = {FIRST: content[:items], FOLLOWING: content[items:]}
    read = {item.id: build(item, OPTIONS, Silent()) for item in content}
    # Else each render would look for garbage in all of that.
    gc.collect()
    gc.freeze()
    render = renderer_of(case, renderer)
    with patch("activities.documents.build._Builder.document", lambda self: read[self._item.id]):
        known = of_every_script(parts[FIRST])
        render(known, len(known))
        print("ready", flush=True)
        for line in sys.stdin:
            begun = cpu_seconds()
            render(parts[line.strip()], items)
            print(cpu_seconds() - begun, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
