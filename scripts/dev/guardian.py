"""Ends the processes of a stack whose supervisor was killed.

A supervisor starts this file as a process in a session of its own and writes `add <pid>` and
`drop <pid>` lines to its standard input. The input ends when the supervisor does, however that
happens; process groups that are still listed then are asked to end, and made to. One of these
runs beside every stack, so it imports next to nothing.
"""

import os
import signal
import sys
import time

_GRACE_SECONDS = 5.0


def _groups_left() -> set[int]:
    groups: set[int] = set()
    for line in sys.stdin:
        verb, _, number = line.partition(" ")
        if verb == "add":
            groups.add(int(number))
        else:
            groups.discard(int(number))
    return groups


def _send(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def _end(groups: set[int]) -> None:
    for group in groups:
        _send(group, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = {group for group in groups if _send(group, 0)}
    for group in groups:
        _send(group, signal.SIGKILL)


if __name__ == "__main__":
    _end(_groups_left())
