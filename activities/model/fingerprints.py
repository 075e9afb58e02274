"""Digests that stand for content and for a whole export."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from activities.model.content import Item
from activities.model.job_formats import with_theme
from activities.model.options import RenderOptions
from workflows.contracts import combined


def content_fingerprint(items: Iterable[Item], ids: Sequence[str], start: int = 0) -> str:
    """A hash of these items, to the last character, and of their positions in the export.

    Args:
        items: the items that there are.
        ids: the ids that the request names, in order.
        start: the place of the first of them.
    """
    places = {item_id: place for place, item_id in enumerate(ids, start)}
    return combined(
        hashlib.sha256(b"%d\n%b" % (places[item.id], msgspec.json.encode(item))).hexdigest()
        for item in items
    )


def export_fingerprint(
    format_id: str,
    options: RenderOptions,
    title: str,
    content: str,
    theme: str | None = None,
) -> str:
    """Stands for all that decides a file's bytes and its name.

    Args:
        format_id: the format of the file.
        options: the options of the request.
        title: the title of the export.
        content: the fingerprint of its content.
        theme: the hash of its theme, which counts and not by what name it was asked for; None: it
            has none.
    """
    whole = msgspec.json.encode((format_id, with_theme(options, theme), title, content))
    return hashlib.sha256(whole).hexdigest()
