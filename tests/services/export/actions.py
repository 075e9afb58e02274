"""How many actions Temporal Cloud counts, from what a history has.

After https://docs.temporal.io/cloud/actions: starts, activities and their retries, local activities
of one decision together, timers, upserts of search attributes, signals. A schedule's start is two
more. Heartbeats are in no history: their number comes from how long an activity ran.
"""

from collections.abc import Iterable
from itertools import accumulate, takewhile
from typing import Any

from temporalio.api.enums.v1 import EventType

from activities.steps.heartbeat import pauses

OF_A_SCHEDULE = 2
"""What a schedule's start costs beside the start of the workflow."""

_ONE = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    }
)
_ENDS = (
    "activity_task_completed_event_attributes",
    "activity_task_failed_event_attributes",
    "activity_task_canceled_event_attributes",
    "activity_task_timed_out_event_attributes",
)


def actions(events: Iterable[Any]) -> int:
    """The actions of one workflow, without what its schedule costs."""
    count = 0
    started: dict[int, Any] = {}
    deciding: set[int] = set()
    for event in events:
        count += event.event_type in _ONE
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            started[event.event_id] = event
            count += event.activity_task_started_event_attributes.attempt - 1
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            # `patched` is a marker that costs nothing; a local activity is one that does.
            marker = event.marker_recorded_event_attributes
            if marker.marker_name == "core_local_activity":
                deciding.add(marker.workflow_task_completed_event_id)
        for name in _ENDS:
            if event.HasField(name):
                begin = started[getattr(event, name).started_event_id]
                count += heartbeats(_seconds(event) - _seconds(begin))
    return count + len(deciding)


def heartbeats(seconds: float) -> int:
    """How many an activity sends that runs for so long."""
    return sum(1 for _ in takewhile(lambda moment: moment < seconds, accumulate(pauses())))


def _seconds(event: Any) -> float:
    moment: float = event.event_time.seconds + event.event_time.nanos / 1e9
    return moment
