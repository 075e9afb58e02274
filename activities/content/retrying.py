"""Asking a server again while somebody waits: a few times, within seconds."""

from typing import Final

import stamina

LONGEST_PAUSE_SECONDS: Final = 2.0
"""Callers of the API wait for these; what takes longer is for Temporal's retries."""
RETRYING: Final = stamina.AsyncRetryingCaller(
    attempts=3,
    timeout=None,
    wait_initial=0.2,
    wait_max=LONGEST_PAUSE_SECONDS,
    wait_jitter=0.2,
)
