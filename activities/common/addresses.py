"""Which network addresses may be connected to on behalf of content.

What content names is named by anybody. An address counts as public unless a registry of IANA says
otherwise (RFC 6890 and its successors, https://www.iana.org/assignments/iana-ipv4-special-registry
and iana-ipv6-special-registry), and those count by what is embedded in them that a network
translates.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_IPV4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            # Link-local; 169.254.169.254 gives the credentials of a machine in most clouds.
            "169.254.0.0/16",
            # Azure's own services, at an address that is nobody else's.
            "168.63.129.16/32",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
"""All that is given out; mapped, loopback, local and multicast addresses are outside of it."""
_SPECIAL_IPV6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo and other protocols
            "2001:db8::/32",
            "2002::/16",  # 6to4, which leads to an IPv4 address
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Where only IPv6 is spoken, an IPv4 address stands in the last 32 bits (RFC 6052)."""


def is_public(address: Address) -> bool:
    """Whether an address is anybody's on the internet, and leads nowhere else."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_IPV4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _GLOBAL_IPV6 and not any(address in network for network in _SPECIAL_IPV6)


def parse_address(text: str) -> Address | None:
    """The address, if the text is one and not a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None
