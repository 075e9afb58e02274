"""Commands that send one call and print its response as JSON: their arguments are the call's."""

import argparse
import inspect
import json
from collections.abc import Callable
from datetime import date, datetime
from types import NoneType
from typing import Any, get_args

from export_client import (
    archive_calls,
    calls,
    erasure_calls,
    notification_calls,
    operator_calls,
    receipt_calls,
    schedule_calls,
    share_calls,
    usage_calls,
    webhook_calls,
)
from export_client.calls import Call
from export_client.moments import day_or_moment, moment

COMMANDS: dict[str, Callable[..., Call[Any]]] = {
    "job": calls.job,
    "usage": usage_calls.usage,
    "notifications": notification_calls.notifications,
    "choose-notifications": notification_calls.choose_notifications,
    "share": share_calls.share,
    "job-shares": share_calls.job_shares,
    "shares": share_calls.shares,
    "change-share": share_calls.change_share,
    "end-share": share_calls.end_share,
    "delete-file": share_calls.delete_file,
    "pin": share_calls.pin,
    "unpin": share_calls.unpin,
    "retry-delivery": share_calls.retry_delivery,
    "receipt": receipt_calls.receipt,
    "receipt-keys": receipt_calls.receipt_keys,
    "schedules": schedule_calls.schedules,
    "schedule": schedule_calls.schedule,
    "create-schedule": schedule_calls.create_schedule,
    "change-schedule": schedule_calls.change_schedule,
    "run-schedule": schedule_calls.run_schedule,
    "pause-schedule": schedule_calls.pause_schedule,
    "resume-schedule": schedule_calls.resume_schedule,
    "delete-schedule": schedule_calls.delete_schedule,
    "create-archive": archive_calls.create_archive,
    "archives": archive_calls.archives,
    "archive": archive_calls.archive,
    "archive-manifest": archive_calls.archive_manifest,
    "cancel-archive": archive_calls.cancel_archive,
    "webhooks": webhook_calls.webhooks,
    "webhook": webhook_calls.webhook,
    "create-webhook": webhook_calls.create_webhook,
    "change-webhook": webhook_calls.change_webhook,
    "rotate-webhook": webhook_calls.rotate_webhook,
    "test-webhook": webhook_calls.test_webhook,
    "webhook-deliveries": webhook_calls.webhook_deliveries,
    "retry-webhook-delivery": webhook_calls.retry_webhook_delivery,
    "delete-webhook": webhook_calls.delete_webhook,
    "admin-state": operator_calls.admin_state,
    "admin-jobs": operator_calls.admin_jobs,
    "admin-job": operator_calls.admin_job,
    "admin-cancel": operator_calls.admin_cancel,
    "admin-retry": operator_calls.admin_retry,
    "admin-audit": operator_calls.admin_audit,
    "erase-everything": erasure_calls.erase_everything,
    "erasure": erasure_calls.erasure,
    "admin-erase-owner": erasure_calls.admin_erase_owner,
    "admin-erasure": erasure_calls.admin_erasure,
}
"""What builds the call of each command. Its parameters without a default are arguments, the others
flags.
"""

_FOR_GOOD = frozenset({"erase-everything", "admin-erase-owner"})
"""Those that nothing undoes: they do it with `--yes` alone."""


def add_commands(commands: Any, run: Callable[..., int]) -> None:
    """Add the commands.

    Args:
        commands: the subparsers of a parser.
        run: is what each of them runs.
    """
    for name, build in COMMANDS.items():
        told = " ".join((build.__doc__ or "").split())
        parser = commands.add_parser(name, help=told, description=told)
        for parameter in inspect.signature(build).parameters.values():
            _add(parser, parameter)
        if name in _FOR_GOOD:
            told = "needed, as nothing undoes it"
            parser.add_argument("--yes", action="store_true", required=True, help=told)
        parser.set_defaults(run=run, build=build, json=True)


def call_of(given: argparse.Namespace) -> Call[Any]:
    """The call that the arguments of such a command ask for."""
    names = inspect.signature(given.build).parameters
    call: Call[Any] = given.build(**{name: getattr(given, name) for name in names})
    return call


def _add(parser: argparse.ArgumentParser, parameter: inspect.Parameter) -> None:
    kind = _kind_of(parameter.annotation)
    described: dict[str, Any] = {}
    if kind is bool:
        described["action"] = argparse.BooleanOptionalAction
    elif kind in _READERS:
        described["type"] = _READERS[kind]
    elif getattr(kind, "__origin__", None) is list:
        described["type"] = lambda text: text.split(",")
    else:
        described["type"] = _as_json
    if parameter.default is inspect.Parameter.empty:
        parser.add_argument(parameter.name, **described)
    else:
        flag = "--" + parameter.name.replace("_", "-")
        parser.add_argument(flag, default=parameter.default, dest=parameter.name, **described)


def _kind_of(annotation: Any) -> Any:
    """The type of a parameter that may be None."""
    kinds = [each for each in get_args(annotation) if each is not NoneType]
    return kinds[0] if kinds and NoneType in get_args(annotation) else annotation


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON") from None


_READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    date: day_or_moment,
    datetime: moment,
}
