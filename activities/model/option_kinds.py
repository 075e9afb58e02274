"""Options as their declarations say them: for forms, and to check what packages declare."""

from functools import cache
from typing import Any, Literal, get_args

import msgspec
from msgspec.inspect import (
    BoolType,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from activities.model.options import RenderOptions
from activities.model.quality import GateAction, MinQuality

OptionKind = Literal["flag", "choice", "choices", "text", "number", "gate"]


class Option(msgspec.Struct, frozen=True):
    """One option of a format."""

    name: str
    kind: OptionKind
    type: Type
    default: Any
    nullable: bool
    label: str
    hint: str = ""
    values: tuple[str, ...] = ()
    """The values of a choice or of choices."""
    value_labels: dict[str, str] = {}
    """By value; `""` is null's."""
    longest: int | None = None
    """Characters of a text."""
    pattern: str | None = None
    """A regular expression that is found in a text."""
    minimum: int | None = None
    maximum: int | None = None
    """The largest value of a number."""


@cache
def options_of(options_type: type[RenderOptions]) -> tuple[Option, ...]:
    """The options of a type, in order.

    Raises:
        ValueError: one has no default, or is neither a bool, an int, a str, a `Literal` of texts,
            nor a tuple of such; says which.
    """
    info = type_info(options_type)
    assert isinstance(info, StructType)
    return tuple(_option(field) for field in info.fields)


def _option(field: msgspec.inspect.Field) -> Option:
    if field.default is msgspec.NODEFAULT:
        raise ValueError(f"option {field.name!r} has no default")
    extra_schema: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    if isinstance(field.type, Metadata):
        extra_schema = field.type.extra_json_schema or {}
        extra = field.type.extra or {}
    plain, nullable = _without_null(field.type)
    kind, limits = _kind(field.name, plain)
    return Option(
        name=field.name,
        kind=kind,
        type=field.type,
        default=field.default,
        nullable=nullable,
        label=extra_schema.get("title", field.name.replace("_", " ").capitalize()),
        hint=extra.get("hint", extra_schema.get("description", "")),
        value_labels=extra.get("choices", {}),
        **limits,
    )


def _kind(name: str, plain: Type) -> tuple[OptionKind, dict[str, Any]]:
    match plain:
        case BoolType():
            return "flag", {}
        case IntType():
            return "number", {"minimum": plain.ge, "maximum": plain.le}
        case StrType():
            return "text", {"longest": plain.max_length, "pattern": plain.pattern}
        case LiteralType(values=values) if _are_texts(values):
            return "choice", {"values": tuple(values)}
        case VarTupleType(item_type=LiteralType(values=values)) if _are_texts(values):
            return "choices", {"values": tuple(values)}
        case StructType(cls=cls) if cls is MinQuality:
            return "gate", {"values": get_args(GateAction)}
        case _:
            raise ValueError(f"option {name!r} has a type that no form can show")


def _are_texts(values: tuple[Any, ...]) -> bool:
    return all(isinstance(value, str) for value in values)


def _without_null(declared: Type) -> tuple[Type, bool]:
    plain = declared.type if isinstance(declared, Metadata) else declared
    if not isinstance(plain, UnionType):
        return plain, False
    others = [each for each in plain.types if not isinstance(each, NoneType)]
    inner = others[0] if len(others) == 1 else plain
    return (inner.type if isinstance(inner, Metadata) else inner), True
