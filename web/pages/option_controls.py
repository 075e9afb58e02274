"""The render options as controls of a form: what their declarations say, in order."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

import msgspec

from activities.model.catalog import every_option, formats
from activities.model.content import PART_NAMES
from activities.model.option_kinds import Option, OptionKind, options_of
from activities.model.options import RenderOptions
from activities.model.presets import PRESETS, PresetName, with_preset
from activities.model.quality import number_text
from web.http.problems import FieldError, ProblemError, invalid
from web.pages.fields import Fields
from web.pages.own_order import moved
from web.pages.words import N_

SENT = "options"
"""The field of a form that has the controls: without it, absent checkboxes mean nothing."""

PRESET = "preset"
"""The field of the preset that was pressed."""

ControlKind = Literal["checkbox", "checkboxes", "select", "text", "number", "gate"]

_KINDS: dict[OptionKind, ControlKind] = {
    "flag": "checkbox",
    "choices": "checkboxes",
    "choice": "select",
    "text": "text",
    "number": "number",
    "gate": "gate",
}
_FIRST = (
    "title",
    "parts",
    "answers",
    "look",
    "language",
    "paper",
    "theme",
    "cards",
    "glossary",
)
_SELDOM = (
    "include_metadata",
    "include_quality_metrics",
    "cover",
    "facing",
    "points",
    "hyphenate",
    "paper_tint",
    "tagged",
    "pdf_standard",
    "csv_bom",
    "csv_formulas",
    "min_quality",
    "receipt",
    "on_item_error",
    "on_media_error",
)
"""Behind "More options": what presets set, or few people change."""
_THEME = "theme"
_SAID_BY_OTHERS = frozenset({"include_answers"})
"""Options that say what another one says, and more."""
_YES_OR_NO = ("true", "false")
"""The values of a flag that may be null as well, beside that."""


_METRIC, _LEAST = "{}_metric", "{}_at_least"
"""The fields of a least quality, beside that of what becomes of what is below."""


class SentGate(msgspec.Struct, frozen=True):
    """A least quality as the form has it."""

    action: str = ""
    metric: str = ""
    at_least: str = ""


class Choice(msgspec.Struct, frozen=True):
    """One value of a control."""

    value: str
    label: str


class Control(msgspec.Struct, frozen=True):
    """One option as a person sets it."""

    name: str
    kind: ControlKind
    label: str
    hint: str
    formats: tuple[str, ...]
    """The ids of the formats that support the option."""
    nullable: bool
    is_seldom: bool
    """Whether few people change it."""
    choices: tuple[Choice, ...] = ()
    longest: int | None = None
    """Characters of a text."""
    minimum: int | None = None
    maximum: int | None = None
    """The largest value of a number."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields in the form."""
        if self.kind != "gate":
            return (self.name,)
        return (self.name, _METRIC.format(self.name), _LEAST.format(self.name))


@cache
def controls() -> tuple[Control, ...]:
    """A control for each option that any format supports, the best known first."""
    options = [each for each in options_of(every_option()) if each.name not in _SAID_BY_OTHERS]
    made = [_control(option) for option in options]
    return tuple(sorted((control for control in made if control.formats), key=_place))


def controls_with(themes: Sequence[str]) -> tuple[Control, ...]:
    """The controls, among them a choice of these themes, or none if there is nothing to choose."""
    own = Choice("", N_("Your own, if there is one"))
    choices = (own, *(Choice(name, name.replace("-", " ")) for name in themes))
    return tuple(
        msgspec.structs.replace(control, kind="select", choices=choices)
        if control.name == _THEME
        else control
        for control in controls()
        if control.name != _THEME or len(themes) > 1
    )


def pressed_preset(options: RenderOptions) -> PresetName | None:
    """The preset whose options these are, if there is one; of several that which says most."""
    found = [name for name in PRESETS if with_preset(options, name, ()) == options]
    return max(found, key=lambda name: len(PRESETS[name].options), default=None)


def has_seldom_changes(options: RenderOptions) -> bool:
    """Whether options that few people change are other than usual, or than a preset has them."""
    usual: RenderOptions = every_option()()
    preset = pressed_preset(options)
    usual = with_preset(usual, preset, ()) if preset else usual
    return any(getattr(options, name) != getattr(usual, name, None) for name in _SELDOM)


def value_of(options: RenderOptions, control: Control) -> Any:
    """The value of the control: a bool, a text, a number, the chosen values, or a `SentGate`."""
    value = getattr(options, control.name)
    if control.kind == "gate":
        return (
            SentGate(value.action, value.metric, number_text(value.at_least))
            if value
            else SentGate()
        )
    if control.kind == "checkboxes" and value is None:
        return [choice.value for choice in control.choices]
    if control.kind == "select" and isinstance(value, bool):
        return _YES_OR_NO[not value]
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
    """The options of every format that a form holds; the defaults when it holds none.

    Those of a preset that was pressed come in the place of others.

    Raises:
        ProblemError: a value is none of those that can be chosen.
    """
    given: dict[str, Any] = {}
    if fields.one(SENT):
        for control in controls():
            given |= _given(fields, control)
    try:
        options = msgspec.convert(given, every_option())
    except msgspec.ValidationError:
        wrong = wrong_options(fields)
        labels = ", ".join(each.label for each in controls() if each.name in wrong)
        raise invalid([FieldError(f"{labels}: this value is not possible.")]) from None
    chosen = [name for name in PRESETS if name == fields.one(PRESET)]
    return with_preset(options, chosen[0], ()) if chosen else options


def usable_options(fields: Fields) -> RenderOptions:
    """The options that a form holds, without those whose values cannot be chosen."""
    given: dict[str, Any] = {}
    for control in controls():
        given |= _usable(fields, control) or {}
    options: RenderOptions = msgspec.convert(given, every_option())
    return options


def wrong_options(fields: Fields) -> frozenset[str]:
    """The names of the options that a form holds with values that cannot be chosen."""
    return frozenset(control.name for control in controls() if _usable(fields, control) is None)


def as_sent(fields: Fields, control: Control) -> Any:
    """What a form holds for the control, whatever it is worth; as `value_of` has it."""
    if control.kind == "checkbox":
        return bool(fields.every(control.name))
    if control.kind == "gate":
        return SentGate(*map(fields.one, control.fields))
    return fields.every(control.name) if control.kind == "checkboxes" else fields.one(control.name)


def _usable(fields: Fields, control: Control) -> dict[str, Any] | None:
    """The option of a control as the form has it; None: it cannot be so."""
    try:
        given = _given(fields, control)
        msgspec.convert(given, every_option())
    except (ProblemError, msgspec.ValidationError):
        return None
    return given


def with_moved_part(options: RenderOptions, move: str) -> RenderOptions:
    """The options after a part that the file holds was moved `up` or `down`: `up-faqs`."""
    direction, _, name = move.partition("-")
    parts = list(PART_NAMES if options.parts is None else options.parts)
    places = {part: place for place, part in enumerate(parts)}
    if name not in places:
        return options
    changed, _ = moved(parts, f"{direction}-{places[name]}")
    return msgspec.structs.replace(
        options, parts=None if tuple(changed) == PART_NAMES else tuple(changed)
    )


def _given(fields: Fields, control: Control) -> dict[str, Any]:
    """The option of a control as the form has it; nothing where its default is meant."""
    if control.kind == "checkbox":
        return {control.name: bool(fields.every(control.name))}
    if control.kind == "checkboxes":
        chosen = fields.every(control.name)
        if not chosen:
            raise invalid([FieldError(f"Choose at least one of the {control.label.lower()}.")])
        # All in their own order is what the file holds anyway.
        everything = [choice.value for choice in control.choices]
        return {control.name: None if control.nullable and chosen == everything else chosen}
    value = fields.one(control.name)
    if control.kind == "gate":
        return {control.name: _gate(as_sent(fields, control), control.label)}
    if not value:
        return {control.name: None} if control.nullable else {}
    if control.kind == "number":
        try:
            return {control.name: int(value)}
        except ValueError:
            raise invalid([FieldError(f"{control.label}: give a whole number.")]) from None
    if {value} <= set(_YES_OR_NO) <= {choice.value for choice in control.choices}:
        return {control.name: value == _YES_OR_NO[0]}
    return {control.name: value}


def _gate(sent: SentGate, label: str) -> dict[str, Any] | None:
    if not sent.action:
        return None
    try:
        least = float(sent.at_least.replace(",", "."))
    except ValueError:
        raise invalid([FieldError(f"{label}: give a number.")]) from None
    return {"action": sent.action, "metric": sent.metric, "at_least": least}


def _control(option: Option) -> Control:
    return Control(
        name=option.name,
        kind="select" if _has_three_states(option) else _KINDS[option.kind],
        label=option.label,
        hint=option.hint,
        formats=tuple(
            entry.id for entry in formats().values() if option.name in entry.option_names()
        ),
        nullable=option.nullable,
        is_seldom=option.name in _SELDOM,
        choices=tuple(_choices(option)),
        longest=option.longest,
        minimum=option.minimum,
        maximum=option.maximum,
    )


def _has_three_states(option: Option) -> bool:
    return option.kind == "flag" and option.nullable


def _choices(option: Option) -> list[Choice]:
    null = ("",) if option.nullable and option.kind in {"choice", "flag", "gate"} else ()
    possible = (*null, *(_YES_OR_NO if _has_three_states(option) else option.values))
    order = [value for value in option.value_labels if value in possible]
    order += [value for value in possible if value not in option.value_labels]
    return [Choice(value, option.value_labels.get(value, value)) for value in order]


def _place(control: Control) -> int:
    """The shared options in their order, then those of single formats, then what is seldom."""
    if control.name in _FIRST:
        return _FIRST.index(control.name)
    return len(_FIRST) + (_SELDOM.index(control.name) + 1 if control.is_seldom else 0)
