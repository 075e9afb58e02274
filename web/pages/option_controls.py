"""The render options as controls of a form: made from the options' own types, put into words here.

An option that has no words here still gets its control, with its name and description.
"""

from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from msgspec.inspect import (
    BoolType,
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

from activities.model.catalog import formats
from activities.model.formats import Format
from activities.model.options import RenderOptions
from web.http.problems import FieldError, invalid
from web.pages.fields import Fields

SENT = "options"
"""The field of a form that has the controls: without it, absent checkboxes mean nothing."""


class Choice(msgspec.Struct, frozen=True):
    """One value of a control."""

    value: str
    label: str


class Control(msgspec.Struct, frozen=True):
    """One option as a person sets it."""

    name: str
    kind: Literal["checkbox", "checkboxes", "select", "text"]
    label: str
    hint: str
    formats: tuple[str, ...]
    """The ids of those that heed the option."""
    choices: tuple[Choice, ...] = ()
    longest: int | None = None
    """Characters of a text."""


class _Words(msgspec.Struct, frozen=True):
    label: str
    hint: str = ""
    choices: dict[str, str] = {}


PART_LABELS = MappingProxyType(
    {
        "outline": "Outline",
        "study_guide": "Study guide",
        "faqs": "FAQs",
        "flashcards": "Flashcards",
        "reading_guide_questions": "Reading questions",
    }
)

_WORDS = MappingProxyType(
    {
        "title": _Words("Title of the file", "Left empty, it is made from the content."),
        "parts": _Words("Parts", "What the file holds of each item.", dict(PART_LABELS)),
        "include_answers": _Words(
            "Answers and backs of cards",
            "Without them it is an edition for learners, with room to write.",
        ),
        "include_metadata": _Words("Metadata", "Audience, model, dates and the like."),
        "include_quality_metrics": _Words("Quality metrics", "Scores of each item."),
        "language": _Words(
            "Language of headings",
            "Of what the file itself says. The content is not translated.",
            {
                "": "That of each item",
                "ar": "العربية",
                "de": "Deutsch",
                "el": "Ελληνικά",
                "en": "English",
                "es": "Español",
                "fr": "Français",
                "hi": "हिन्दी",
                "zh": "中文",
            },
        ),
        "paper": _Words("Paper", "", {"a4": "A4", "letter": "Letter"}),
        "cards": _Words(
            "Flashcards",
            "Cards to cut out are printed on both sides, turned over the long edge.",
            {"list": "One below the other", "cutout": "Sheets to cut out"},
        ),
        "tagged": _Words(
            "For screen readers", "Without, a PDF is a quarter smaller, and for print alone."
        ),
        "csv_bom": _Words("Mark CSV as UTF-8", "Spreadsheets need it; some programs stumble."),
        "csv_layout": _Words(
            "CSV files", "", {"rows": "One for everything", "files": "A zip with one for each part"}
        ),
        "csv_formulas": _Words(
            "Texts that look like formulas",
            "A spreadsheet that opens raw text runs whatever is in it.",
            {"neutral": "Made harmless", "raw": "Raw, for programs alone"},
        ),
        "on_item_error": _Words(
            "When an item cannot be exported",
            "",
            {"fail": "Stop and say so", "skip": "Go on without it"},
        ),
    }
)


@cache
def controls() -> tuple[Control, ...]:
    """A control for each option that one of the formats heeds, the best known first."""
    info = type_info(RenderOptions)
    assert isinstance(info, StructType)
    types = {field.name: field.type for field in info.fields}
    order = [*_WORDS, *(name for name in types if name not in _WORDS)]
    return tuple(_control(name, types[name]) for name in order if _heeding(name))


def value_of(options: RenderOptions, control: Control) -> Any:
    """What the control shows: a bool, a text, or the chosen values."""
    value = getattr(options, control.name)
    if control.kind == "checkboxes" and value is None:
        return [choice.value for choice in control.choices]
    return "" if value is None else value


def choices_of(options: RenderOptions, control: Control) -> list[Choice]:
    """The control's choices; those of several that are chosen come first, in their order."""
    if control.kind != "checkboxes":
        return list(control.choices)
    chosen: list[str] = value_of(options, control)
    last = len(chosen)
    place = {value: position for position, value in enumerate(chosen)}
    return sorted(control.choices, key=lambda choice: place.get(choice.value, last))


def read_options(fields: Fields) -> RenderOptions:
    """The options that a form holds; the defaults when it holds none.

    Raises:
        ProblemError: a value is none of those that can be chosen.
    """
    if not fields.one(SENT):
        return RenderOptions()
    given: dict[str, Any] = {}
    for control in controls():
        if control.kind == "checkbox":
            given[control.name] = bool(fields.every(control.name))
        elif control.kind == "checkboxes":
            chosen = fields.every(control.name)
            if not chosen:
                raise invalid([FieldError(f"Choose at least one of the {control.label.lower()}.")])
            # All in their own order is what the file holds anyway.
            everything = [choice.value for choice in control.choices]
            given[control.name] = None if chosen == everything else chosen
        elif fields.one(control.name):
            given[control.name] = fields.one(control.name)
    try:
        return msgspec.convert(given, RenderOptions)
    except msgspec.ValidationError:
        raise invalid([FieldError("One of the options has a value that there is not.")]) from None


def _control(name: str, declared: Type) -> Control:
    words = _WORDS.get(name) or _Words(name.replace("_", " ").capitalize(), _description(declared))
    plain = _without_null(declared)
    kind: Literal["checkbox", "checkboxes", "select", "text"] = "text"
    values: Iterable[Any] = ()
    longest = None
    if isinstance(plain, BoolType):
        kind = "checkbox"
    elif isinstance(plain, LiteralType):
        kind, values = "select", plain.values
        if plain is not _unwrapped(declared):
            values = ("", *values)
    elif isinstance(plain, VarTupleType) and isinstance(plain.item_type, LiteralType):
        kind, values = "checkboxes", plain.item_type.values
    elif isinstance(plain, StrType):
        longest = plain.max_length
    return Control(
        name=name,
        kind=kind,
        label=words.label,
        hint=words.hint,
        formats=tuple(entry.id for entry in _heeding(name)),
        choices=tuple(_choices(words, values)),
        longest=longest,
    )


def _choices(words: _Words, values: Iterable[Any]) -> list[Choice]:
    possible = list(map(str, values))
    order = [*(value for value in words.choices if value in possible)]
    order += [value for value in possible if value not in words.choices]
    return [Choice(value, words.choices.get(value, value)) for value in order]


def _heeding(option: str) -> list[Format]:
    return [entry for entry in formats().values() if option in entry.options]


def _description(declared: Type) -> str:
    schema = declared.extra_json_schema if isinstance(declared, Metadata) else None
    return str((schema or {}).get("description", ""))


def _unwrapped(declared: Type) -> Type:
    return declared.type if isinstance(declared, Metadata) else declared


def _without_null(declared: Type) -> Type:
    plain = _unwrapped(declared)
    if isinstance(plain, UnionType):
        (plain,) = (_unwrapped(each) for each in plain.types if not isinstance(each, NoneType))
    return plain
