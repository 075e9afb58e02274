"""Whether the chunks of an export, which are read one after the other, are of one moment.

Once all are there, everything is looked at again: what then still is as it was read was so at one
moment, that of the last read. That is told by `updated_at`, and by the whole item where the source
says nothing or something else.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from activities.common.clock import utc_now
from activities.content.source import ContentSource
from activities.model.item_versions import ItemVersion
from activities.model.times import in_utc
from activities.model.warnings import ExportWarning

_ITEMS_AT_ONCE = 10
_MOST_READ = 1_000
"""Items that are read again: of more than these a source that tells no times is not asked."""


async def moments_mixed(
    content: ContentSource, owner_id: str, versions: Sequence[ItemVersion], since: datetime
) -> list[ExportWarning]:
    """The warnings that items were changed or removed while the export was read.

    Args:
        content: the source of the items.
        owner_id: whose items.
        versions: what was read of them.
        since: the time at which the first of them had been read.
    """
    known = await content.updated(owner_id, [each.id for each in versions])
    suspects = [each for each in versions if known.get(each.id) != each.updated_at]
    changed: list[str] = []
    for start in range(0, min(len(suspects), _MOST_READ), _ITEMS_AT_ONCE):
        some = suspects[start : min(start + _ITEMS_AT_ONCE, _MOST_READ)]
        changed += await _changed(content, owner_id, some)
    begun, ended = in_utc(since), in_utc(utc_now())
    warnings = [
        ExportWarning(
            "snapshot-mixed",
            f"The item was changed or removed while the export was read, between {begun} and "
            f"{ended}: others may be in the file as they were before or after.",
            item_id,
        )
        for item_id in changed
    ]
    unchecked = len(suspects) - _MOST_READ
    if unchecked > 0:
        warnings.append(
            ExportWarning(
                "snapshot-mixed",
                "Items of which it is not known whether they were changed while the export was "
                f"read, between {begun} and {ended}: {unchecked}.",
                count=unchecked,
            )
        )
    return warnings


async def _changed(
    content: ContentSource, owner_id: str, versions: Sequence[ItemVersion]
) -> list[str]:
    read = await content.items(owner_id, [each.id for each in versions])
    hashes = {item.id: hashlib.sha256(msgspec.json.encode(item)).digest() for item in read.items}
    return [each.id for each in versions if hashes.get(each.id) != each.sha256]
