"""The number of exports that an owner may still create, as headers and as an error.

The headers are those of draft-ietf-httpapi-ratelimit-headers.
"""

import math
from datetime import datetime
from typing import NamedTuple

import msgspec

from activities.jobs.records import HOUR
from activities.model.jobs import OwnerLimits, OwnerUsage
from activities.model.problems import LIMIT_REACHED
from web.http.problems import ProblemError

_IN_FLIGHT_RETRY_SECONDS = 10
_SHORTLY_SECONDS = 1


class _Policy(NamedTuple):
    """One limit, as a `RateLimit` policy."""

    name: str
    quota: int
    used: int
    window: int | None
    """Seconds that a request counts; None: until its export has ended."""
    seconds_until_less: int | None
    """Seconds until the first of those that count no longer does; None when that is not known."""


class Quota(msgspec.Struct, frozen=True):
    """An owner's limits, and what was used of them at a moment."""

    limits: OwnerLimits
    usage: OwnerUsage
    now: datetime

    @property
    def exhausted(self) -> bool:
        """True if the owner may create none now."""
        return any(policy.used >= policy.quota for policy in self._policies())

    def headers(self, created: int = 0) -> dict[str, str]:
        """The `RateLimit` headers, as they are after so many more exports."""
        policies = self._policies()
        if not policies:
            return {}
        return {
            "RateLimit-Policy": ", ".join(
                f'"{p.name}";q={p.quota}' + (f";w={p.window}" if p.window else "") for p in policies
            ),
            "RateLimit": ", ".join(
                f'"{p.name}";r={max(p.quota - p.used - created, 0)}'
                + (f";t={p.seconds_until_less}" if p.seconds_until_less else "")
                for p in policies
            ),
        }

    def limit_exceeded(self) -> ProblemError:
        """An error that says which limit was reached, and when to come again."""
        detail = "You make too many exports at once."
        seconds = _SHORTLY_SECONDS
        for policy in self._policies():
            if policy.used >= policy.quota:
                what = "made in the last hour" if policy.window else "not finished"
                detail = f"You have {policy.used} exports {what}; {policy.quota} are allowed."
                seconds = policy.seconds_until_less or _IN_FLIGHT_RETRY_SECONDS
        headers = {**self.headers(), "Retry-After": str(seconds)}
        return ProblemError(LIMIT_REACHED, detail, headers=headers)

    def _policies(self) -> list[_Policy]:
        limits, usage = self.limits, self.usage
        policies = []
        if limits.in_flight:
            policies.append(_Policy("in-flight", limits.in_flight, usage.in_flight, None, None))
        if limits.per_hour:
            first = usage.oldest or self.now
            seconds = math.ceil((first + HOUR - self.now).total_seconds())
            window = int(HOUR.total_seconds())
            policies.append(
                _Policy(
                    "hour", limits.per_hour, usage.recent, window, max(seconds, _SHORTLY_SECONDS)
                )
            )
        return policies
