"""Where links in content lead that name no place on the web by themselves."""

import re
from urllib.parse import unquote, urljoin

import msgspec

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_ITEM = "item:"


class ContentLinks(msgspec.Struct, frozen=True):
    """The items of an export, and what relative addresses are relative to."""

    item_ids: frozenset[str] = frozenset()
    base: str = ""
    """An http or https address; empty when there is none."""

    def item_of(self, address: str) -> str | None:
        """The id of the item of this export that an address names, if it names one.

        It does as `item:ID`, or with the id as the last segment of its path: that of a relative
        address, or of one below the base.
        """
        if address.startswith(_ITEM):
            item_id = unquote(address.removeprefix(_ITEM).partition("#")[0])
            return item_id if item_id in self.item_ids else None
        is_absolute = _SCHEME.match(address) or address.startswith("//")
        if is_absolute and not (self.base and address.startswith(self.base)):
            return None
        path = re.split("[?#]", address, maxsplit=1)[0].rstrip("/")
        item_id = unquote(path.rpartition("/")[2])
        return item_id if item_id in self.item_ids else None

    def absolute(self, address: str) -> str:
        """The address as it is, but a relative one below the base, if there is one."""
        if not self.base or _SCHEME.match(address):
            return address
        return urljoin(self.base, address)


NO_LINKS = ContentLinks()
"""For content that stands alone."""
