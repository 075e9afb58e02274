"""Break a running service by chance for some minutes, then account for every job.

What it does and its options: `python3 scripts/chaos.py --help`; it lives with the fault suite
(`tests/faults/chaos.py`), whose oracle judges it.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()
    os.chdir(CHECKOUT)
    os.execv(sys.executable, [sys.executable, "-m", "tests.faults.chaos", *sys.argv[1:]])  # noqa: S606 - our own interpreter
