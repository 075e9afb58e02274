"""A service to break: real processes that obey orders, and a ledger of its jobs."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import jwt

from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import DEMO_OWNERS, DEMO_SCOPE, Stack
from tests.client import ServiceClient
from tests.faults.oracle import Acknowledged, Ledger, Reference, Verdict, Wanted, judge
from tests.faults.orders import VARIABLE, Action, Orders
from tests.services.export.kit import odd_formats, run_retention
from tests.waiting import eventually

OWNER, OTHER = DEMO_OWNERS

SMALL = Wanted(OWNER, ("content-1", "content-2"), "json")
"""Done in a moment, in one chunk."""
CHUNKED = Wanted(OWNER, tuple(f"content-{n}" for n in range(1, 37)), "slow")
"""Takes two seconds on two render workers, in three chunks."""
BUNDLE = Wanted(OWNER, tuple(f"content-{n}" for n in range(1, 7)), "txt,json,slow")
"""A zip of three files, which two render workers make side by side."""
STRANGERS = Wanted(OTHER, ("content-1001", "content-1002"), "txt")
"""Somebody else's, to see whether they notice."""

NOTICED_SECONDS = 20.0
"""A job whose process dies has this much longer: the heartbeat timeout and 15 s."""

_TOKEN_SECONDS = 3 * 86_400
_LAUNCHER = "tests.faults.launcher"
# The tests make as many jobs as they need, and let them meet each other.
_NO_LIMITS = {
    # Most break the steps of the queues, at which small exports arrive only when theirs fails.
    "EXPORT_EXPRESS": "false",
    "EXPORT_OWNER_JOBS_AT_ONCE": "16",
    "EXPORT_OWNER_JOBS_IN_FLIGHT": "0",
    "EXPORT_OWNER_JOBS_PER_HOUR": "0",
}


class Arena:
    """One service with everything that a fault test needs of it."""

    def __init__(self, stack: Stack, orders: Orders, callers: Mapping[str, ServiceClient]) -> None:
        self.stack = stack
        self.orders = orders
        self.callers = callers
        self.files = Path(stack.settings.temp_path)
        self.references: dict[Wanted, Reference] = {}
        self.ledger = Ledger(callers, {})

    def begin(self, *wanted: Wanted) -> Ledger:
        """A new ledger that knows these exports, and no orders."""
        self.orders.withdraw()
        learning = Ledger(self.callers, self.references)
        for each in wanted:
            if each not in self.references:
                self.references[each] = learning.learn(each, self.stack.data_dir)
        self.ledger = Ledger(self.callers, self.references)
        return self.ledger

    def judge(self, within: float = NOTICED_SECONDS) -> Verdict:
        """The verdict on the ledger; see `oracle.judge`."""
        return judge(self.ledger, self.files, within=within)

    def sweep(self) -> None:
        """Run retention once, which removes what a fault may leave behind."""
        asyncio.run(run_retention(self.stack))

    @contextmanager
    def asleep_at(self, point: str, wanted: Wanted) -> Iterator[Acknowledged]:
        """Begin an export; who comes to a point with it stands still for the time of the block."""
        self.orders.give(point, Action.STOP)
        entry = self.ledger.submit(wanted)
        sleeper = self.orders.await_taken(point)
        try:
            yield entry
        finally:
            os.kill(sleeper, signal.SIGCONT)

    @contextmanager
    def second_worker(self, roles: str = "io,workflow") -> Iterator[None]:
        """Run another worker of these roles, so that one can take over from one."""
        environment = {
            **self.stack._environment(),
            "TEMPORAL_ADDRESS": self.stack.info.temporal_address,
        }
        command = [sys.executable, "-m", _LAUNCHER, "activities.worker", "--role", roles]
        with (self.stack.data_dir / "logs" / f"worker-{roles}-2.log").open("ab") as log:
            worker = subprocess.Popen(
                command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            worker.kill()
            worker.wait()

    def pid(self, role: str) -> int:
        """The first process of a role, once it runs."""
        pids = eventually(
            lambda: self.stack.info.pids[role], 20, pause=0.02, otherwise=lambda: f"no {role}"
        )
        return pids[0]

    def kill(self, role: str) -> None:
        """End the processes of a role without a word."""
        for pid in self.stack.info.pids[role]:
            os.kill(pid, signal.SIGKILL)

    def await_other_process(self, role: str, pid: int, seconds: float = 30) -> None:
        """Wait until another process has taken the place of this one."""
        eventually(
            lambda: (pids := self.stack.info.pids[role]) and pid not in pids,
            seconds,
            pause=0.02,
            otherwise=lambda: f"{role} {pid} still runs",
        )


@contextmanager
def running_arena(
    directory: Path, settings: Mapping[str, str] | None = None, render_workers: int = 2
) -> Iterator[Arena]:
    """Start a service in a directory; settings as for `Stack`."""
    orders = Orders(directory / "orders")
    stack = Stack(
        directory / "data",
        render_workers=render_workers,
        settings={
            **odd_formats(),
            **_NO_LIMITS,
            VARIABLE: str(directory / "orders"),
            **(settings or {}),
        },
        launcher=_LAUNCHER,
    )
    with ExitStack() as closing:
        closing.enter_context(stack)
        callers = {
            owner: closing.enter_context(ServiceClient(stack.api, _token(stack, owner)))
            for owner in DEMO_OWNERS
        }
        yield Arena(stack, orders, callers)


def _token(stack: Stack, owner: str) -> str:
    """A token that is valid by any clock that a test sets."""
    settings = stack.settings
    claims = {
        "sub": owner,
        "scope": DEMO_SCOPE,
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "iat": int(time.time() - _TOKEN_SECONDS),
        "exp": int(time.time() + _TOKEN_SECONDS),
    }
    return jwt.encode(claims, settings.jwt_secret, "HS256")
