"""What msgspec finds wrong with a value, told to people who have never heard of Python."""

import re
from collections.abc import Callable
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "date": "a date such as 2024-03-01",
    "datetime": "a moment such as 2024-03-01T09:00:00Z",
}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def _kind(names: str) -> str:
    return " or ".join(_KINDS.get(name.strip(), "another value") for name in names.split("|"))


def _entries(match: "re.Match[str]") -> str:
    kind, bound, count = match.groups()
    one, several = ("character", "characters") if kind == "str" else ("entry", "entries")
    return f"Give {_BOUNDS[bound]} {count} {one if count == '1' else several}."


# Every message that a type of ours can cause; see msgspec's `_core.c`.
_SENTENCES: tuple[tuple["re.Pattern[str]", Callable[["re.Match[str]"], str]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), sentence)
    for pattern, sentence in (
        (
            r"Expected `([^`]+)`, got `([^`]+)`",
            lambda found: f"Give {_kind(found[1])}, not {_kind(found[2])}.",
        ),
        (r"Expected `(\w+)` of length (>=|<=) (\d+)", _entries),
        (
            r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)",
            lambda found: f"Give a number that is {_BOUNDS[found[1]]} {found[2]}.",
        ),
        (
            r"Expected `datetime` with a timezone component",
            lambda _: "Give a moment with its zone, such as 2024-03-01T09:00:00Z.",
        ),
        (
            r"(?:Number|Integer value) out of range",
            lambda _: "Give a number that is less far from 0.",
        ),
        (r"Expected `str` matching regex .*", lambda _: "This text has not the form it must have."),
        (r"Invalid RFC3339 encoded (\w+)", lambda found: f"Give {_kind(found[1])}."),
        (
            r"Object missing required field `(.*)`",
            lambda found: f"The field {found[1]} is missing.",
        ),
        (
            r"Object contains unknown field `(.*)`",
            lambda found: f"There is no field {found[1]} here.",
        ),
    )
)


def sentence(message: str, choices: list[str]) -> str:
    """Say what msgspec says, and what may be given instead.

    Args:
        message: of a `msgspec.ValidationError`, without the place.
        choices: the words that are possible there, if only some are.
    """
    if choices:
        return f"Give {_either(choices)}."
    for pattern, told in _SENTENCES:
        found = pattern.fullmatch(message)
        if found:
            return told(found)
    return "This value cannot be used here."


def choices_of(annotation: Any) -> list[str]:
    """The words that a value of this type may be; none when it is not a choice."""
    origin = get_origin(annotation)
    if origin is Literal:
        return [str(each) for each in get_args(annotation)]
    if origin is Annotated:
        return choices_of(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return [word for each in get_args(annotation) for word in choices_of(each)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(each.value) for each in annotation]
    return []


def admits_text(annotation: Any) -> bool:
    """Whether a value of this type may be any text."""
    inner = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return admits_text(inner[0])
    return annotation is str or (
        get_origin(annotation) is not Literal and any(map(admits_text, inner))
    )


def type_at(annotation: Any, steps: list[str]) -> Any:
    """The type of the value to which these fields and places in lists lead."""
    for step in steps:
        annotation = _inner(annotation, step)
    return annotation


def _inner(annotation: Any, step: str) -> Any:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _inner(get_args(annotation)[0], step)
    if origin in {Union, UnionType}:
        found = [_inner(each, step) for each in get_args(annotation)]
        return next((each for each in found if each is not None), None)
    if origin is not None:
        # A list; of a tuple all entries have the first one's type.
        return get_args(annotation)[0] if step.isdigit() or step == "..." else None
    return get_type_hints(annotation, include_extras=True).get(step) if annotation else None


def _either(choices: list[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}" if len(choices) > 1 else choices[0]
