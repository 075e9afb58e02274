"""The origins from which pictures in content may be fetched, as an operator lists them."""

from ipaddress import ip_network

import msgspec

from activities.common.addresses import Address, Network, is_public, parse_address
from activities.common.outbound_http import Origin, RefusedAddressError, origin


class AllowedOrigins(msgspec.Struct, frozen=True):
    """Origins, and for each of them the networks that are not public and may be reached there."""

    networks: dict[Origin, tuple[Network, ...]]

    def of(self, url: str) -> Origin | None:
        """The origin of a URL, None when it is not on the list."""
        try:
            found = origin(url)
        except RefusedAddressError:
            return None
        return found if found in self.networks else None

    def may_reach(self, origin: Origin, address: Address) -> bool:
        """Whether a server of an origin on the list may have this address."""
        return is_public(address) or any(address in network for network in self.networks[origin])


def allowed_origins(listed: str) -> AllowedOrigins:
    """The list that a setting holds: `https://cdn.example.org, https://files.school=10.1.0.0/16`.

    What stands behind `=` is the network of an origin that is not public; an address names itself.
    Without either, only `https` is taken.

    Raises:
        ValueError: an entry is none; its text is the argument.
    """
    networks: dict[Origin, tuple[Network, ...]] = {}
    for entry in filter(None, map(str.strip, listed.split(","))):
        url, _, network = entry.partition("=")
        try:
            found = origin(url)
            inner = (ip_network(network.strip()),) if network else _itself(found)
        except (RefusedAddressError, ValueError):
            raise ValueError(entry) from None
        if url.rstrip("/").count("/") > 2 or (found[0] != "https" and not inner):
            raise ValueError(entry)
        networks[found] = networks.get(found, ()) + inner
    return AllowedOrigins(networks)


def _itself(origin: Origin) -> tuple[Network, ...]:
    address = parse_address(origin[1].strip("[]"))
    return () if address is None else (ip_network(address),)
