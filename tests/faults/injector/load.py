"""Callers who make exports without pause: formats, sizes and owners mixed, some cancelled."""

import random
import threading
import time
from pathlib import Path

from export_client.model import ENDED
from scripts.dev.stack import DEMO_OWNERS
from tests.faults.oracle import Acknowledged, Ledger, Wanted

_CALLERS = 6
_CANCELLED_SHARE = 0.15
_POLL_SECONDS = 0.2
# A caller whose job has not ended by then goes on; the oracle finds the job.
_PATIENCE_SECONDS = 60.0
# Of each format: how many items an export has.
_SIZES = {
    "json": (1, 40),
    "csv": (20,),
    "txt": (5, 60),
    "xlsx": (10,),
    "docx": (3, 30),
    "pdf": (1, 8),
    "html": (5,),
    "epub": (2, 20),
    "imscc": (10,),
    "scorm": (10,),
}
# Of each owner: the number of the first item of the demo content, and how many there are.
_CONTENT = dict(zip(DEMO_OWNERS, ((1, 100), (1001, 30)), strict=True))


def shapes() -> list[Wanted]:
    """The exports that callers choose from."""
    return [
        Wanted(owner, tuple(f"content-{first + n}" for n in range(min(size, count))), format_id)
        for owner, (first, count) in _CONTENT.items()
        for format_id, sizes in _SIZES.items()
        for size in sizes
    ]


class Load:
    """Keeps some exports in flight from `start` to `stop`."""

    def __init__(self, ledger: Ledger, seed: int) -> None:
        self._ledger = ledger
        self._shapes = list(ledger.references)
        self._done = threading.Event()
        self._errors: list[str] = []
        chances = [random.Random(f"{seed}-{number}") for number in range(_CALLERS)]
        self._threads = [
            threading.Thread(target=self._call, args=(each,), daemon=True) for each in chances
        ]

    def start(self) -> None:
        """Let the callers begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[str]:
        """Let each caller finish what it is at; what they met that no fault explains, in words."""
        self._done.set()
        for thread in self._threads:
            thread.join()
        return self._errors

    def _call(self, chance: random.Random) -> None:
        try:
            while not self._done.is_set():
                entry = self._ledger.submit(chance.choice(self._shapes))
                if chance.random() < _CANCELLED_SHARE:
                    usual = self._ledger.references[entry.wanted].seconds
                    time.sleep(chance.uniform(0, 2 * usual))
                    self._ledger.cancel(entry)
                self._await_end(entry)
        except Exception as error:  # noqa: BLE001 - `stop` tells it
            self._errors.append(f"a caller met {type(error).__name__}: {error}")

    def _await_end(self, entry: Acknowledged) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline and not self._done.is_set():
            if self._ledger.job(entry)["status"] in ENDED:
                return
            time.sleep(_POLL_SECONDS)


def learn_all(ledger: Ledger, directory: Path) -> None:
    """Run every shape while nothing is wrong; each file must open."""
    for wanted in shapes():
        ledger.learn(wanted, directory)
