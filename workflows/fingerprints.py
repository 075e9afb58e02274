"""Putting the fingerprints of a snapshot's parts together."""

from collections.abc import Iterable

_MODULUS = 1 << 256


def combined(fingerprints: Iterable[str]) -> str:
    """The fingerprint of all parts, however they were cut and in whatever order they come.

    Args:
        fingerprints: hashes of 256 bits, in hex, each of something different.
    """
    return f"{sum(int(each, 16) for each in fingerprints) % _MODULUS:064x}"
