"""Timeouts, retries and chunk sizes: every number with its reason."""

from dataclasses import replace
from datetime import timedelta

from temporalio.common import Priority, RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

from workflows.contracts import (
    IO_QUEUE,
    PREVIEW_QUEUE,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    SENDING_QUEUE,
    WEBHOOK_QUEUE,
    ExportRequest,
    Slice,
)

# A chunk is what a crash costs and what one worker does at a time: one to two seconds of work.
CHUNK_SECONDS = 1.5
# Items vary in size, and a snapshot part is held in memory, so a cheap format gets no more.
CHUNK_ITEMS = 50

# An export of at most so much rendering is small: somebody waits for it at a screen.
SMALL_SECONDS = 1.0

# Enough to keep a handful of render workers busy with one export, few enough that the pending
# activities of one workflow stay far below the server's limit of 2,000.
CHUNKS_AT_ONCE = 16

# How soon a killed worker is noticed. Heartbeats go out from the event loop beside the thread that
# renders: only C code that holds the interpreter so long could be taken for dead.
HEARTBEAT_TIMEOUT = timedelta(seconds=5)
# The pause before the first heartbeat, in which most activities end: each that is recorded is a
# write of the server, and where actions are paid for, an action.
HEARTBEAT_THROTTLE = timedelta(milliseconds=500)
# Each pause is twice the one before, up to this: the longest that a cancellation takes to reach a
# running activity, with room for two in a row to be lost.
HEARTBEAT_LONGEST_PAUSE = timedelta(seconds=2)

# How long a workflow waits for the worker that has it in its cache before it asks any worker;
# the default of 10 s is how long a killed workflow worker would stop its exports.
STICKY_TIMEOUT = timedelta(seconds=1)

# How long a workflow waits for a worker that died or hangs while it decides; a decision takes
# milliseconds, and the default of 10 s would add to the heartbeat timeout of an activity.
WORKFLOW_TASK_TIMEOUT = timedelta(seconds=5)

# Time that a stopping worker gives its running activities to finish: most renders take less, and
# those that do not start again elsewhere.
DRAIN_TIMEOUT = timedelta(seconds=10)

# A hundred very long items as one PDF take a few minutes. A render that hangs ends before, by the
# limits that the worker gives its children.
RENDER_TIMEOUT = timedelta(minutes=20)

# In a queue behind thousands of exports an activity may wait for hours; a day is the end.
_END = timedelta(hours=24)

# Database, content source or storage may be unavailable for a while: about an hour of attempts, the
# first few close together because most failures are short.
_PATIENT = RetryPolicy(
    initial_interval=timedelta(milliseconds=300),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=20),
    maximum_attempts=180,
)

# Without WAIT_CANCELLATION_COMPLETED a running activity could write again after the cleanup.
_COMMON: ActivityConfig = {
    "schedule_to_close_timeout": _END,
    "heartbeat_timeout": HEARTBEAT_TIMEOUT,
    "cancellation_type": ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}

IO: ActivityConfig = {
    **_COMMON,
    "task_queue": IO_QUEUE,
    "retry_policy": _PATIENT,
    # One slice of content, or one file moved: minutes even on a slow line.
    "start_to_close_timeout": timedelta(minutes=5),
}

RENDERING: ActivityConfig = {
    **_COMMON,
    "task_queue": RENDER_QUEUE,
    # Other failures end sooner: the activity knows why the attempts before this one ended.
    "retry_policy": _PATIENT,
    "start_to_close_timeout": RENDER_TIMEOUT,
}

# A render worker of a version without this step is no reason to wait: the workflow does without it.
NOT_REGISTERED = "NotFoundError"
"""The type of the SDK's error for an activity that a worker does not know."""

MAKING: ActivityConfig = {
    **RENDERING,
    "retry_policy": replace(_PATIENT, non_retryable_error_types=[NOT_REGISTERED]),
}

# What is not taken in this time goes where large exports are rendered, where more is done at once.
# So small exports come to their end as well while no worker asks this queue, as those of an older
# version do not.
AMONG_SMALL: ActivityConfig = {
    "task_queue": RENDER_SMALL_QUEUE,
    "schedule_to_start_timeout": timedelta(seconds=3),
}

# Local: the worker that has the workflow publishes, which spares the server a tenth to a fifth of a
# small export. Nothing tells a dead worker from a slow one but the workflow's task time-out.
PUBLISHING: LocalActivityConfig = {
    "schedule_to_close_timeout": _END,
    "start_to_close_timeout": IO["start_to_close_timeout"],
    "retry_policy": _PATIENT,
    # Longer waits between attempts are timers of the server, so that none holds up a worker.
    "local_retry_threshold": timedelta(seconds=5),
    "cancellation_type": ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}

# The longest that a small export may take in the worker that has it: a second less than 0.8 of the
# workflow's task time-out, at which the SDK begins to prolong the task.
EXPRESS_TIMEOUT = timedelta(seconds=3)
# What is rendered beside the event loop that answers the server; others wait as long.
_EXPRESS_SECONDS = 0.1
# Of content, as its source has it: a text of 40 pages. No more of it is read, so that exports that
# are made at once need little memory together, whatever they are of.
EXPRESS_BYTES = 256 * 1024

EXPRESS: LocalActivityConfig = {
    "schedule_to_close_timeout": EXPRESS_TIMEOUT,
    "start_to_close_timeout": EXPRESS_TIMEOUT,
    # What fails takes the queues, where attempts and deaths are counted.
    "retry_policy": RetryPolicy(maximum_attempts=1),
    "cancellation_type": ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
}

CLEANUP: ActivityConfig = {
    **IO,
    # Nothing else would clean up and write the end state until retention comes by.
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=300),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=20),
    ),
}

# The pauses between the attempts to deliver a message: a moment for a receiver that is restarted,
# hours for one whose people must come to work first. Together they are a day.
WEBHOOK_PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (2, 15, 60, 300, 1_200, 3_600, 7_200, 14_400, 28_800, 28_800)
)
# So many of one moment do not come back at one moment.
WEBHOOK_JITTER = 0.2
# Nobody is waited for longer, whatever it asks for: a day has an end.
WEBHOOK_LONGEST_PAUSE = timedelta(hours=12)

# One activity: the server keeps its attempts and their pauses, and history has none of them.
WEBHOOK: ActivityConfig = {
    **_COMMON,
    "task_queue": WEBHOOK_QUEUE,
    # A receiver has fifteen seconds; the rest is for the database.
    "start_to_close_timeout": timedelta(minutes=1),
    # The pauses above, their jitter, what receivers ask for instead, and a worker that is missing.
    "schedule_to_close_timeout": timedelta(days=7),
    # Of the database: what receivers do has pauses of its own.
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=1),
    ),
}

# The pauses between the attempts to deliver a file or a mail, half a day in all: a server that was
# restarted, one that is repaired in the morning.
SENDING_PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 3_600, 10_800, 28_800)
)
SENDING_JITTER = 0.2

# One activity: the server keeps its attempts and their pauses, and history has none of them.
SENDING: ActivityConfig = {
    **_COMMON,
    "task_queue": SENDING_QUEUE,
    # A file of a gigabyte on a line of three megabits.
    "start_to_close_timeout": timedelta(hours=1),
    # The pauses above, each attempt, and a worker that is missing.
    "schedule_to_close_timeout": timedelta(days=3),
    # Of the database and of storage: what counterparts do has pauses of its own.
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=1),
    ),
}

# How long somebody waits for pictures of the first pages, from the request on. What takes longer is
# not worth its place: the page works without.
PREVIEW_TIMEOUT = timedelta(seconds=10)

PREVIEW: ActivityConfig = {
    "task_queue": PREVIEW_QUEUE,
    "schedule_to_close_timeout": PREVIEW_TIMEOUT,
    "heartbeat_timeout": HEARTBEAT_TIMEOUT,
    # Whoever wants them still asks again.
    "retry_policy": RetryPolicy(maximum_attempts=1),
}

# How long before its end owners are told of a file.
EXPIRING_AHEAD = timedelta(days=1)

RETENTION: ActivityConfig = {
    **IO,
    # The next scheduled run does the rest.
    "schedule_to_close_timeout": timedelta(hours=1),
    "start_to_close_timeout": timedelta(minutes=30),
    "retry_policy": RetryPolicy(maximum_attempts=3),
}

# How long the exports of an owner who is erased may take to end by themselves.
ERASURE_PATIENCE = timedelta(seconds=20)
# What was under way as an erasure began has been written by then: no statement waits as long.
ERASURE_SETTLES = timedelta(seconds=5)

ERASURE: ActivityConfig = {
    **IO,
    # An owner of a hundred thousand exports; each attempt goes on with what is left.
    "start_to_close_timeout": timedelta(hours=2),
    # Its row has another workflow started then.
    "schedule_to_close_timeout": timedelta(days=7),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=1),
    ),
}

SCHEDULES: ActivityConfig = {
    **IO,
    # The API makes the export without what was not looked up by then.
    "schedule_to_close_timeout": timedelta(hours=2),
}

ARCHIVING: ActivityConfig = {
    **IO,
    # An archive takes hours; what it depends on may be away for some of them.
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=300),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=1),
    ),
}

# Parts of an archive that are made at once. They take no turns of their owner's; two keep workers
# busy between the steps of one, and leave the queues to others.
ARCHIVE_PARTS_AT_ONCE = 2
# Parts that one run of an archive's workflow makes before it continues as new: some fifteen events
# each, of which a worker that takes it over reads all.
ARCHIVE_PARTS_A_RUN = 40
# After which it looks again at parts that somebody else is making.
ARCHIVE_PAUSE = timedelta(seconds=5)

# A run that was due while Temporal or its workers were away is made up for within this time; what
# is older is told of as missed, since nobody wants yesterday's exports all at once.
SCHEDULE_CATCHUP = timedelta(hours=1)

# Expired files go within half an hour of their time, from which on nobody can download them. More
# runs would hide exports in Temporal's UI, and cost thousands of actions a day where these are paid
# for: each is a start and two activities.
RETENTION_INTERVAL = timedelta(minutes=30)
# The most that each part of a run takes, with room for all of them in one activity: after days
# without retention there may be a million files to remove. The next run goes on.
RETENTION_STEP = RETENTION_INTERVAL / 12
# Of the runs missed while Temporal was unavailable one is made up, which does the work of all.
RETENTION_CATCHUP = RETENTION_INTERVAL
# Jobs whose workflow is gone or overdue hold a place of their owner: io workers look after them
# this often by themselves, with calls that cost the server next to nothing.
RECONCILE_INTERVAL = timedelta(minutes=1)

# Queues serve these one after the other, and the owners of each in turn. For a small
# export a person waits at a screen; a large one is fetched later. Retention is two tasks
# every half hour, without which disks fill.
RETENTION_PRIORITY = 1
SMALL_PRIORITY = 2
LARGE_PRIORITY = 4
# Who chooses options has not asked for a file yet.
PREVIEW_PRIORITY = 5
# However little there is to render, a task takes about so long.
_TASK_SECONDS = 0.01
# What is only known to take longer than was estimated.
_OUTGROWN_SECONDS = 10.0


def is_small(request: ExportRequest) -> bool:
    """True if rendering the export is estimated to take `SMALL_SECONDS` at most."""
    return request.items_total * request.seconds_per_item <= SMALL_SECONDS


def priority(request: ExportRequest, owner_key: str) -> Priority:
    """The place of the export's tasks in queues.

    Args:
        request: the export.
        owner_key: stands for the owner; at most 64 bytes.
    """
    seconds = request.items_total * request.seconds_per_item
    if request.chunked:
        seconds /= len(slices(request))
    return Priority(
        priority_key=SMALL_PRIORITY if is_small(request) else LARGE_PRIORITY,
        fairness_key=owner_key,
        fairness_weight=_weight(seconds),
    )


def part_priority(request: ExportRequest, owner_key: str) -> Priority:
    """The place in queues of a part of an archive, for which nobody waits at a screen."""
    return replace(priority(request, owner_key), priority_key=LARGE_PRIORITY)


def _weight(seconds: float) -> float:
    """The weight of a task that renders for so long, among the tasks of all owners.

    An owner's turn comes again the later the less the task before it weighed. So what owners have
    in equal parts is rendering, not tasks.
    """
    return 1 / max(seconds, _TASK_SECONDS)


OUTGROWN = Priority(priority_key=LARGE_PRIORITY, fairness_weight=_weight(_OUTGROWN_SECONDS))
"""The place of a render that was not small, with the owner that its export has."""


def is_express(request: ExportRequest) -> bool:
    """True if the export costs so little that a queue would cost more."""
    if request.members or request.compares:
        return False
    cheap = request.items_total * request.seconds_per_item <= _EXPRESS_SECONDS
    return cheap and len(slices(request)) == 1


def slices(request: ExportRequest) -> list[Slice]:
    """Cut the job's items into chunks of at most `CHUNK_SECONDS` of estimated work."""
    cost = max(request.seconds_per_item, CHUNK_SECONDS / CHUNK_ITEMS)
    size = max(1, int(CHUNK_SECONDS / cost))
    if not request.items_total:
        # What is gone is told of, and nothing else is in the file.
        return [Slice(0, 0, 0)]
    starts = range(0, request.items_total, size)
    return [
        Slice(chunk, start, min(start + size, request.items_total))
        for chunk, start in enumerate(starts)
    ]
