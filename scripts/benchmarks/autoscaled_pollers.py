"""Starts a module of the service with workers that keep as many polls open as Temporal tells them.

`python -m scripts.benchmarks.autoscaled_pollers activities.worker --role io` does what
`python -m activities.worker --role io` does, but for that: the SDK's own number is fixed.
"""

import runpy
import sys
from functools import partialmethod

from temporalio.worker import PollerBehaviorAutoscaling, Worker


def main() -> None:
    """Change the workers of this process, then become the module that the arguments name."""
    Worker.__init__ = partialmethod(  # type: ignore[assignment, method-assign]
        Worker.__init__,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    )
    _, *sys.argv = sys.argv
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
