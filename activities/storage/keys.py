"""The keys under which storage keeps files: each says whose it is and what it is for."""

import re

STAGING = "staging"
"""Prefix of what a job needs while it runs."""
FILES = "files"
"""Prefix of published files."""

# What `attempt_key` and `file_key` give, and what obstore puts behind it while it writes.
_OWN_KEY = re.compile(
    rf"{STAGING}/[^/]+/[a-z]+(-\d+)?\.[^/]*\.\d+(#\d+)?|{FILES}/[^/]+/export\.[^/]+"
)

_PICTURE_NAME = re.compile(r"picture-\d+\.[^/]*\.\d+")


def attempt_key(job_id: str, name: str, run_id: str, attempt: int) -> str:
    """The key to which one attempt of one activity writes, and no other attempt."""
    return f"{STAGING}/{job_id}/{name}.{run_id}.{attempt}"


def named_picture_key(job_id: str, name: str) -> str | None:
    """The key of a picture by its last part, as renders know it; None: it is no such name."""
    return f"{STAGING}/{job_id}/{name}" if _PICTURE_NAME.fullmatch(name) else None


def file_key(job_id: str, extension: str) -> str:
    """The key of a job's published file."""
    return f"{FILES}/{job_id}/export.{extension}"


def is_own_key(key: str) -> bool:
    """True if the key has a form that this service gives; other objects must not be changed."""
    return _OWN_KEY.fullmatch(key) is not None
