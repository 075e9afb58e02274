"""Everything that can be met has words: options, states."""

from typing import Any

import msgspec
import pytest
from msgspec.inspect import Metadata

from activities.model.catalog import every_option
from activities.model.jobs import Status
from activities.model.option_kinds import options_of
from activities.model.options import RenderOptions
from activities.model.quality import MinQuality
from activities.people.amounts import duration, size
from web.pages.fields import Fields, query
from web.pages.jobs_shown import in_words
from web.pages.option_controls import SENT, SentGate, controls, read_options, value_of
from web.pages.wording import STATUS_LABELS


def test_every_option_and_every_value_of_one_has_words() -> None:
    options = {option.name: option for option in options_of(every_option())}
    said_by_others = {"include_answers"}
    assert {control.name for control in controls()} == options.keys() - said_by_others
    for control in controls():
        declared = options[control.name].type
        assert isinstance(declared, Metadata)
        assert (declared.extra_json_schema or {})["title"] == control.label
        worded = options[control.name].value_labels
        assert {choice.value for choice in control.choices} == worded.keys()


def test_every_state_has_a_name() -> None:
    assert STATUS_LABELS.keys() == set(Status)


def option_fields(options: RenderOptions) -> dict[str, str | list[str]]:
    """The fields that a form sends with the controls set to these options."""
    fields: dict[str, str | list[str]] = {SENT: "1"}
    for control in controls():
        value = value_of(options, control)
        if isinstance(value, SentGate):
            sent = (value.action, value.metric, value.at_least)
            fields |= zip(control.fields, sent, strict=True)
            continue
        fields[control.name] = ("1" if value else "") if isinstance(value, bool) else value
    return fields


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"parts": ("faqs", "outline"), "include_metadata": False, "title": "A  b"}
        | {"language": "ar"},
        {"include_answers": False, "csv_bom": False, "csv_layout": "files", "cards": "cutout"},
        {"min_quality": MinQuality("readability", 0.5, "exclude"), "receipt": True},
        {"cover": True, "look": "large", "theme": "north-school", "facing": True},
        {"cover": False, "answers": "key", "points": "suggest"},
        {"include_quality_metrics": True, "paper": "letter", "tagged": False}
        | {"on_item_error": "skip"},
    ],
)
def test_options_survive_the_form(values: dict[str, Any]) -> None:
    options = every_option()(**values)
    assert read_options(Fields(query(**option_fields(options)).encode())) == options


def test_amounts_are_told_as_people_tell_them() -> None:
    assert [size(count) for count in (1, 999, 1_500, 15_400, 2_340_000, 3e9)] == [
        "1 byte",
        "999 bytes",
        "1.5 kB",
        "15 kB",
        "2.3 MB",
        "3.0 GB",
    ]
    assert [duration(seconds) for seconds in (0.2, 1, 1.2, 59, 61, 150, 7_200)] == [
        "about 1 second",
        "about 1 second",
        "about 2 seconds",
        "about 59 seconds",
        "about 1 minute",
        "about 2 minutes",
        "about 2.0 hours",
    ]


def test_a_number_among_the_options_is_told() -> None:
    class Chosen(RenderOptions, frozen=True):
        points: int = 1_200

    control = msgspec.structs.replace(controls()[0], name="points", kind="number", choices=())
    assert in_words(Chosen(), control) == "1,200"
