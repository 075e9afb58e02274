"""Whether a server can listen where it is told to, in a sentence before it tries."""

import errno
import socket

# `localhost` has an address of IPv6 as well, which a machine may not have.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class UnusablePortError(RuntimeError):
    """A server cannot listen there; the message says where and why."""


def check_address(host: str, port: int, named: str) -> None:
    """Return if a server could listen at this address now.

    Args:
        host: an address of this machine, or a name of one.
        port: the TCP port.
        named: the variable or option that gave the port.

    Raises:
        UnusablePortError: the port is taken or reserved, or the address is none of this machine's.
    """
    try:
        _bind_each(host, port)
    except OSError as error:
        raise UnusablePortError(
            f"{named}: cannot listen at {host}:{port}: {error.strerror}"
        ) from None


def _bind_each(host: str, port: int) -> None:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    absent = list[OSError]()
    for family, kind, protocol, _, address in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            absent.append(error)
    if len(absent) == len(found):
        raise absent[0]
