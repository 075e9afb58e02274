"""What each process of a stack is told by its environment: its own secrets, and nobody else's.

Who breaks into a process has what stands in its environment. Workers read hostile content, and
Temporal's server is a program of others.
"""

from collections.abc import Mapping

from activities.settings import API_SECRETS, IO_SECRETS, variables

_API_ALONE = {variables()[field] for field in API_SECRETS}
_WEBHOOK_SECRETS = variables()["webhook_secrets"]
_IO_ALONE = {variables()[field] for field in IO_SECRETS}
_OF_PLACES = {variables()[each] for each in ("content_token", "payload_secrets", "signing_keys")}
# Of the machine and the user, not of what a shell was set up for.
_OF_MACHINE = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"}
_SCHEMA_ROLES = {"migrate", "load-demo"}


def environment_of(role: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for a process.

    Args:
        role: `api`, `temporal`, `migrate`, `load-demo`, or a worker's.
        environment: those of the whole stack.
    """
    return {name: value for name, value in environment.items() if _is_for(role, name)}


def _is_for(role: str, name: str) -> bool:
    if name in _IO_ALONE:
        return role == "worker-io"
    if role == "api":
        return True
    if role == "temporal":
        return name in _OF_MACHINE
    if name in _API_ALONE or (name == _WEBHOOK_SECRETS and role != "worker-io"):
        return False
    # The database is all that is worked on; keys of an object store are AWS_SECRET_ACCESS_KEY etc.
    return role not in _SCHEMA_ROLES or not (name in _OF_PLACES or name.startswith("AWS_"))
