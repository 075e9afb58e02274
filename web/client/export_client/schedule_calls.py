"""Calls about schedules: exports that recur."""

from types import NoneType
from typing import Any

from export_client.calls import Call, given
from export_client.model import Schedule, ScheduleList

_PATH = "/api/export/schedules"


def schedules() -> Call[ScheduleList]:
    """Read one's schedules, newest first."""
    return Call("GET", _PATH, ScheduleList)


def schedule(schedule_id: str) -> Call[Schedule]:
    """Read a schedule: its next times, and what became of its last runs."""
    return Call("GET", f"{_PATH}/{schedule_id}", Schedule)


def create_schedule(
    name: str,
    export: dict[str, Any],
    *,
    cron: str | None = None,
    every: str | None = None,
    time_zone: str | None = None,
    only_changed: bool | None = None,
    overlap: str | None = None,
    deliver_to: list[str] | None = None,
) -> Call[Schedule]:
    """Let a bulk export, given as its body, be made again and again.

    `cron` has five fields, `every` is a duration such as P1D; `overlap` is skip or queue. If the
    response is lost, look among the schedules: it is not sent again, since that might make two.
    """
    times = given(cron=cron, every=every, time_zone=time_zone)
    body = given(only_changed=only_changed, overlap=overlap, deliver_to=deliver_to)
    body |= {"name": name, "export": export, **times}
    return Call("POST", _PATH, Schedule, body, repeatable=False)


def change_schedule(
    schedule_id: str,
    *,
    name: str | None = None,
    export: dict[str, Any] | None = None,
    cron: str | None = None,
    every: str | None = None,
    time_zone: str | None = None,
    only_changed: bool | None = None,
    overlap: str | None = None,
    deliver_to: list[str] | None = None,
) -> Call[Schedule]:
    """Change what is given of a schedule."""
    times = given(cron=cron, every=every, time_zone=time_zone)
    body = given(only_changed=only_changed, overlap=overlap, deliver_to=deliver_to)
    changed = {**given(name=name, export=export), **times, **body}
    return Call("PATCH", f"{_PATH}/{schedule_id}", Schedule, changed)


def run_schedule(schedule_id: str) -> Call[Schedule]:
    """Run a schedule now, beside its times."""
    return Call("POST", f"{_PATH}/{schedule_id}/run", Schedule, repeatable=False)


def pause_schedule(schedule_id: str) -> Call[Schedule]:
    """Let no run of a schedule begin by itself until it is resumed."""
    return Call("POST", f"{_PATH}/{schedule_id}/pause", Schedule)


def resume_schedule(schedule_id: str) -> Call[Schedule]:
    """Let runs of a schedule begin again at their times."""
    return Call("POST", f"{_PATH}/{schedule_id}/resume", Schedule)


def delete_schedule(schedule_id: str) -> Call[None]:
    """Remove a schedule; the exports that it made stay."""
    return Call("DELETE", f"{_PATH}/{schedule_id}", NoneType)
