"""Parts of the statements on the job record, and the reading of a job from its row.

A statement is built once, since building costs more than executing. A parameter is named after the
column that it is compared with or written to, as `p_<column>`: SQLAlchemy keeps the bare names of
columns to itself.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    select,
)

from activities.jobs.schema import jobs
from activities.model.jobs import OPEN, Job, Status


def parameter(column: Column[Any], name: str = "") -> BindParameter[Any]:
    """The parameter of a column; `name`, if not empty, instead of the column's."""
    return bindparam(f"p_{name or column.name}", type_=column.type)


def parameters(columns: Iterable[Column[Any]]) -> dict[str, BindParameter[Any]]:
    """The parameters of columns, by the columns' names."""
    return {column.name: parameter(column) for column in columns}


def among(column: Column[Any]) -> ColumnElement[bool]:
    """A condition: the column holds one of the values of the parameter `p_<column>s`."""
    return column.in_(bindparam(f"p_{column.name}s", type_=column.type, expanding=True))


def number(name: str) -> BindParameter[int]:
    """A parameter that belongs to no column."""
    return bindparam(f"p_{name}", type_=BigInteger)


def first(column: Column[Any]) -> ColumnElement[Any]:
    """The value that the column holds already, else its parameter."""
    return func.coalesce(column, parameter(column))


THIS = jobs.c.job_id == parameter(jobs.c.job_id)
THIS_IF_OPEN = and_(THIS, jobs.c.status.in_(OPEN))
THIS_IF_OWNED = and_(
    THIS, jobs.c.status == Status.PROCESSING, jobs.c.run_id == parameter(jobs.c.run_id)
)
MINE = jobs.c.owner_id == parameter(jobs.c.owner_id)
COMPLETED = jobs.c.status == Status.COMPLETED
NOT_TO_BE_CANCELLED = jobs.c.cancel_requested_at.is_(None)

# The last four fields are in no column.
READ: Select[Any] = select(*(jobs.c[name] for name in Job.__struct_fields__[:-4]))
"""The columns of which a job is made, in the order in which it takes them."""

GET = READ.where(THIS)
