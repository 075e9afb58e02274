"""What stands for the pictures of one item: which of its references lead to which bytes."""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from activities.documents.picture_references import may_refer, references_in


def references_of(line: bytes) -> list[str]:
    """What an item, as JSON, may refer to pictures by, each once, in the order of its texts."""
    if not may_refer(line):
        return []
    return list(dict.fromkeys(references_in(msgspec.json.decode(line))))


def pictures_hash(references: Iterable[str], digests: Mapping[str, str]) -> bytes:
    """The hash of an item's references and of what is behind them; empty without references.

    Args:
        references: as the item has them.
        digests: the SHA-256 of each picture in hex, by its reference; empty where there is none.
    """
    lines = [f"{digests.get(each, '')} {each}\n" for each in sorted(set(references))]
    return (
        hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).digest() if lines else b""
    )
