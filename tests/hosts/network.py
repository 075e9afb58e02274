"""Hosts on this machine: network namespaces on one switch, each with a group of processes.

Each namespace hangs on a process that ends with whoever started it, however that ended: then the
kernel removes the namespaces, once nothing runs there any more, and the links between them.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from secrets import SystemRandom
from types import TracebackType
from typing import Self

from tests.hosts.groups import Group, hierarchy

_PROGRAMS = ("ip", "iptables", "nsenter", "unshare")
# Kept for measurements of networks (RFC 2544): no real network has them.
_NETWORKS = tuple(f"198.{second}.{third}" for second in (18, 19) for third in range(256))
_PREFIX = 24
_SWITCH = "switch"
_FIRST_HOST = 10
_KEEPER = "echo here; cat > /dev/null"


def missing() -> str:
    """What this machine lacks for hosts of their own, in words; empty: nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need Linux and root"
    if lacking := [program for program in _PROGRAMS if shutil.which(program) is None]:
        return f"not installed: {', '.join(lacking)}"
    if hierarchy("cpu") is None:
        return "no cgroup hierarchy has cpu"
    for command in (["unshare", "--net", "true"], ["unshare", "--net", "iptables", "-S"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{' '.join(command)}: {done.stderr.strip()}"
    return ""


class Host:
    """A network namespace with an address, whose processes are in a group."""

    def __init__(self, address: str, namespace: "_Namespace", group: Group) -> None:
        self.address = address
        self.group = group
        self._namespace = namespace

    @property
    def enter(self) -> list[str]:
        """The command that runs another one there."""
        return [*self._namespace.enter, *self.group.enter]

    @contextlib.contextmanager
    def cut_off(self, *addresses: str) -> Iterator[None]:
        """Let packets vanish on their way from and to these addresses, or any but its own."""
        if addresses:
            rules: list[tuple[str, ...]] = [("INPUT", "-s", each) for each in addresses]
            rules += [("OUTPUT", "-d", each) for each in addresses]
        else:
            rules = [("INPUT", "!", "-i", "lo"), ("OUTPUT", "!", "-o", "lo")]
        for chain, *which in rules:
            self._namespace.run("iptables", "--append", chain, *which, "--jump", "DROP")
        try:
            yield
        finally:
            self._namespace.run("iptables", "--flush")


class Network:
    """The switch, and what is outside of the hosts; `with` makes and removes it.

    Attributes:
        outside: an address of this machine's that hosts reach.
        apart: a second one, of which hosts can be cut off alone.
        group: of what runs outside, once it is put in there.
    """

    def __init__(self) -> None:
        self._closing = ExitStack()
        self._hosts = 0

    def __enter__(self) -> Self:
        with self._closing:
            self._network = _free_network()
            self.outside, self.apart = f"{self._network}.1", f"{self._network}.2"
            self._switch = self._closing.enter_context(_Namespace())
            self.group = Group(f"export-{self._switch.pid}-outside", "cpu")
            self._closing.enter_context(self.group).favour()
            self._switch.run("ip", "link", "add", _SWITCH, "type", "bridge")
            self._switch.run("ip", "link", "set", _SWITCH, "up")
            link = f"export{self._switch.pid}"
            self._plug(link, None)
            for address in (self.outside, self.apart):
                _run("ip", "address", "add", f"{address}/{_PREFIX}", "dev", link)
            _run("ip", "link", "set", link, "up")
            self._closing = self._closing.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def add_host(self) -> Host:
        """Make a host, which has all of the processors until its group is held."""
        number = self._hosts
        self._hosts += 1
        address = f"{self._network}.{_FIRST_HOST + number}"
        group = Group(f"export-{self._switch.pid}-{number}", "cpu")
        self._closing.enter_context(group).favour()
        namespace = self._closing.enter_context(_Namespace())
        self._plug("eth0", namespace)
        namespace.run("ip", "address", "add", f"{address}/{_PREFIX}", "dev", "eth0")
        for link in ("lo", "eth0"):
            namespace.run("ip", "link", "set", link, "up")
        return Host(address, namespace, group)

    def _plug(self, link: str, namespace: "_Namespace | None") -> None:
        """Connect a namespace, or this machine, with the switch."""
        port = "machine" if namespace is None else f"host{self._hosts}"
        place = str(os.getpid() if namespace is None else namespace.pid)
        peer = ("peer", "name", link, "netns", place)
        self._switch.run("ip", "link", "add", port, "type", "veth", *peer)
        self._switch.run("ip", "link", "set", port, "master", _SWITCH, "up")


class _Namespace:
    """A network namespace, which lasts as long as the process that keeps it."""

    def __init__(self) -> None:
        self._keeper: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._keeper = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", _KEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # What a terminal sends to all of its processes is not for this one.
            start_new_session=True,
        )
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline() == "here\n"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._keeper is not None
        self._keeper.communicate()

    @property
    def pid(self) -> int:
        """The id of the process that keeps it."""
        assert self._keeper is not None
        return self._keeper.pid

    @property
    def enter(self) -> list[str]:
        """The command that runs another one there."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]

    def run(self, *command: str) -> None:
        """Run a command there."""
        _run(*self.enter, *command)


def _free_network() -> str:
    known = subprocess.run(
        ["ip", "-o", "address"], check=True, capture_output=True, text=True
    ).stdout
    free = [network for network in _NETWORKS if f" {network}." not in known]
    return SystemRandom().choice(free)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
