"""Presets: bundles of options for what people mostly want, of which single options may differ."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec

from activities.model.options import OptionsT

PresetName = Literal["handout", "teacher", "learner", "cards", "data"]


class Preset(msgspec.Struct, frozen=True):
    """A bundle of options."""

    label: str
    """Its name on the page."""
    description: str
    """For people, one sentence."""
    options: Mapping[str, Any]


PRESETS: Final[Mapping[PresetName, Preset]] = MappingProxyType(
    {
        "handout": Preset(
            "Handout",
            "For a class to read and work with, its answers in a key at the end.",
            {"answers": "key", "include_metadata": False, "include_quality_metrics": False},
        ),
        "teacher": Preset(
            "Teacher’s edition",
            "With each answer below its question, metadata and quality metrics.",
            {"answers": "below", "include_metadata": True, "include_quality_metrics": True},
        ),
        "learner": Preset(
            "Learner’s edition",
            "Without answers, with room to write.",
            {"answers": "none", "include_metadata": False, "include_quality_metrics": False},
        ),
        "cards": Preset(
            "Flashcards",
            "Flashcards alone; in a PDF on sheets to cut out.",
            {
                "parts": ("flashcards",),
                "answers": "below",
                "include_metadata": False,
                "include_quality_metrics": False,
                "cards": "cutout",
                "cover": False,
            },
        ),
        "data": Preset(
            "Data",
            "Everything that there is of each item, for programs; in CSV one file for each part.",
            {
                "parts": None,
                "answers": "below",
                "include_metadata": True,
                "include_quality_metrics": True,
                "csv_layout": "files",
            },
        ),
    }
)


def with_preset(options: OptionsT, preset: PresetName, given: Collection[str]) -> OptionsT:
    """The options with those of a preset in place of the ones that were not given.

    Args:
        options: of any format; what of the preset they do not know is left out.
        preset: the name of the preset.
        given: the names of the options that somebody asked for by themselves.
    """
    bundle = {
        name: value
        for name, value in PRESETS[preset].options.items()
        if name not in given and hasattr(options, name)
    }
    if "answers" in bundle:
        answered = bundle["answers"] != "none"
        if "include_answers" not in given:
            bundle["include_answers"] = answered
        elif options.include_answers != answered:
            del bundle["answers"]
    return msgspec.structs.replace(options, **bundle)
