"""Loading the renderer of a format, which the catalog names as text; for workers alone."""

import gc
import logging
from functools import cache
from importlib import import_module
from typing import Any, cast

from activities.documents.svg import use_fonts
from activities.formats.fonts import all_fonts
from activities.formats.protocol import ChunkRenderer, WholeRenderer
from activities.model.catalog import catalog

logger = logging.getLogger(__name__)

_ALLOCATIONS_BETWEEN_COLLECTIONS = 50_000


class RendererError(Exception):
    """A format's renderer cannot be used; the message names the format, its package and why."""


@cache
def load(format_id: str) -> WholeRenderer[Any] | ChunkRenderer[Any]:
    """The renderer of a format, imported on first use, for a process that goes on to render.

    Raises:
        RendererError: it cannot be imported or is no renderer, which the log then says, too.
    """
    try:
        renderer = _imported(format_id)
    except RendererError as error:
        logger.error("%s", error)  # noqa: TRY400 - its sentence says all of it
        raise
    # Renderers leave next to nothing to the collector: looking for it often, and in all that was
    # imported, took a twelfth of the time of a PDF.
    use_fonts(all_fonts)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    return renderer


def _imported(format_id: str) -> WholeRenderer[Any] | ChunkRenderer[Any]:
    entry = catalog().formats.get(format_id)
    if entry is None:
        raise RendererError(f"No package that is installed here gives the format {format_id!r}.")
    subject = (
        f"The renderer {entry.renderer} of the format {format_id!r}, from the package "
        f"{catalog().packages[format_id]},"
    )
    module, _, name = entry.renderer.partition(":")
    try:
        renderer: object = getattr(import_module(module), name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RendererError(f"{subject} cannot be imported ({reason}).") from error
    if isinstance(renderer, type):
        raise RendererError(f"{subject} is a class; name an instance of it.")
    for method in ("write_chunk", "join") if entry.chunked else ("write",):
        if not callable(getattr(renderer, method, None)):
            raise RendererError(f"{subject} has no method {method}.")
    return cast("WholeRenderer[Any] | ChunkRenderer[Any]", renderer)
