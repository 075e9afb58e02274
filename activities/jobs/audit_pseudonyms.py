"""The one change that the audit log takes: a pseudonym in the place of an owner who is erased.

The database allows it while a row of `owner_erasure` names owner and pseudonym, and nothing else.
"""

from collections.abc import Sequence

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
    union,
    update,
)

from activities.common.slices import SLICE
from activities.jobs.schema import audit_log
from activities.jobs.statements import among

_owner = bindparam("p_owner_id", type_=audit_log.c.owner_id.type)
_pseudonym = bindparam("p_pseudonym", type_=audit_log.c.owner_id.type)


def _some(column: str) -> Select[tuple[int]]:
    # Each by an index of its own.
    found = select(audit_log.c.id).where(audit_log.c[column] == _owner).limit(SLICE).subquery()
    return select(found.c.id)


_NAMED = union(_some("owner_id"), _some("actor"))
_REPLACE = (
    update(audit_log)
    .where(among(audit_log.c.id), or_(audit_log.c.owner_id == _owner, audit_log.c.actor == _owner))
    .values(
        {
            name: case((audit_log.c[name] == _owner, _pseudonym), else_=audit_log.c[name])
            for name in ("owner_id", "actor")
        }
    )
)
# The role that works may not change the log; it may call what does, which is the owner's.
_REPLACE_AS_OWNER = select(
    func.pseudonymise_audit_entries(
        bindparam("p_entries", type_=ARRAY(BigInteger)), bindparam("p_erasure_id")
    )
)


def entries_of(connection: Connection, owner_id: str) -> list[int]:
    """The ids of some entries that name an owner, as who did it or whom it was about."""
    return list(connection.scalars(_NAMED, {"p_owner_id": owner_id}))


def pseudonymise(
    connection: Connection, entries: Sequence[int], erasure_id: str, owner_id: str, pseudonym: str
) -> int:
    """Put the pseudonym in the owner's place in these entries; returns in how many.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: no such erasure is under way.
    """
    if connection.dialect.name == "postgresql":
        values = {"p_entries": list(entries), "p_erasure_id": erasure_id}
        return int(connection.scalar(_REPLACE_AS_OWNER, values) or 0)
    these = {"p_ids": list(entries), "p_owner_id": owner_id, "p_pseudonym": pseudonym}
    return connection.execute(_REPLACE, these).rowcount
