"""What becomes of a run of a schedule in the moment in which it is due."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

import msgspec

from activities.automation.schedule_records import ScheduleRecords
from activities.automation.schedules import (
    FAILURES_TO_PAUSE,
    WAITING,
    Outcome,
    Overlap,
    Run,
    Schedule,
)
from activities.model.jobs import OPEN, Status

_MISSED_TOLD = 10
"""The most runs that are told of as missed, before one that is not."""

Told = tuple[Run, Status | None]


async def open_run(
    records: ScheduleRecords, schedule: Schedule, due_at: datetime, now: datetime, *, manual: bool
) -> Run | None:
    """Write a run of a schedule, and with it those before that were missed.

    Asked again for the same moment it gives what was written first.

    Args:
        records: the schedules.
        schedule: the schedule.
        due_at: the moment at which it is due, in UTC; the run has the time for which that is.
        now: the time, in UTC.
        manual: somebody asked for it, whatever the schedule's times are.

    Returns:
        The run; None if there is none, for the schedule is paused or has no such time.
    """
    if not manual:
        due_for = schedule.timetable.due_for(due_at)
        if due_for is None:
            return None
        due_at = due_for
    before = await records.run_at(schedule.schedule_id, due_at)
    if before is not None:
        return before
    if not manual and schedule.paused:
        return None
    told = await records.runs_of(schedule.schedule_id, FAILURES_TO_PAUSE)
    missed = [] if manual else _missed(schedule, told, due_at, now)
    run = Run(
        schedule_id=schedule.schedule_id,
        due_at=due_at,
        outcome=Outcome.DUE,
        manual=manual,
        job_id=None,
        reason=None,
        base_job_id=None,
        unchanged=None,
        noted_at=now,
        try_at=now,
    )
    if not manual and _fails(told):
        reason = f"Paused: {FAILURES_TO_PAUSE} runs failed one after the other."
        await records.change(schedule.schedule_id, paused=True, paused_reason=reason)
        run = msgspec.structs.replace(run, outcome=Outcome.SKIPPED, reason=reason)
    elif obstacle := _in_the_way(schedule.overlap, told):
        run = msgspec.structs.replace(run, outcome=Outcome.SKIPPED, reason=obstacle)
    elif schedule.only_changed:
        base = await records.base_of(schedule.schedule_id)
        outcome = Outcome.LOOKING if base is not None else Outcome.DUE
        run = msgspec.structs.replace(run, outcome=outcome, base_job_id=base)
    await records.note_runs([*missed, run])
    # Another process may have written it in between.
    return await records.run_at(schedule.schedule_id, due_at)


def _in_the_way(overlap: Overlap, told: Sequence[Told]) -> str | None:
    """Why a run does not begin; None: it does."""
    open_runs = [run for run, status in told if run.outcome in WAITING or status in OPEN]
    if not open_runs:
        return None
    if overlap is Overlap.SKIP:
        return "The run before had not ended."
    if sum(run.outcome in WAITING for run in open_runs) > 0 and len(open_runs) > 1:
        return "One run waits already for the one before it to end."
    return None


def _fails(told: Sequence[Told]) -> bool:
    """Whether the last runs have failed, each of them, by themselves or by their exports."""
    tried = [
        (run, status)
        for run, status in told
        if run.outcome not in (Outcome.SKIPPED, Outcome.MISSED)
    ]
    failed = takewhile(
        lambda each: each[0].outcome is Outcome.FAILED or each[1] is Status.FAILED, tried
    )
    return sum(1 for _ in failed) >= FAILURES_TO_PAUSE


def _missed(schedule: Schedule, told: Sequence[Told], due_at: datetime, now: datetime) -> list[Run]:
    """The runs that were due since the last one and of which nobody has heard."""
    last = max((run.due_at for run, _ in told if not run.manual), default=schedule.active_since)
    due: list[datetime] = []
    for moment in schedule.timetable.after(max(last, schedule.active_since)):
        if moment >= due_at:
            break
        due = [*due[1 - _MISSED_TOLD :], moment]
    return [
        Run(
            schedule.schedule_id,
            moment,
            Outcome.MISSED,
            manual=False,
            job_id=None,
            reason="The service was away at its time, for longer than it makes up for.",
            base_job_id=None,
            unchanged=None,
            noted_at=now,
            try_at=now,
        )
        for moment in due
    ]
