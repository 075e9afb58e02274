"""The catalog of formats: the built-in ones and those that installed packages add.

Reading the catalog imports no renderer, so the API can list and check formats cheaply;
`load` imports the one that a worker needs.
"""

import gc
from functools import cache
from importlib import import_module
from typing import cast

from activities.formats.protocol import ChunkRenderer, WholeRenderer
from activities.model.catalog import formats

_ALLOCATIONS_BETWEEN_COLLECTIONS = 50_000


@cache
def load(format_id: str) -> WholeRenderer | ChunkRenderer:
    """The renderer of a format, imported on first use, for a process that goes on to render."""
    module, _, name = formats()[format_id].renderer.partition(":")
    renderer = getattr(import_module(module), name)
    # Renderers leave next to nothing to the collector: looking for it often, and in all that was
    # imported, took a twelfth of the time of a PDF.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    return cast("WholeRenderer | ChunkRenderer", renderer)
