"""The kind of note that all decks have, and what Anki wants to know beside it.

Its id, its fields with their ids and its template's id never change: a note type of the same id
with other fields makes Anki keep both, and refuse every update of the notes that there are. The
spare fields are there so that none has to be added. `_CHANGED` is raised with each change of the
template or style, which Anki takes over then.
"""

from typing import Any, Final

from activities.documents.design.tokens import TOKENS

NOTE_TYPE_ID: Final = 1_732_924_800_417
FIELDS: Final = ("Front", "Back", "Course", "Source", "Extra1", "Extra2")
_FIELD_IDS: Final = (
    2_711_498_260_051,
    2_711_498_260_052,
    2_711_498_260_053,
    2_711_498_260_054,
    2_711_498_260_055,
    2_711_498_260_056,
)
_TEMPLATE_ID: Final = 2_711_498_260_061
_CHANGED: Final = 1_732_924_800
"""Seconds since 1970."""

DEFAULT_DECK_ID: Final = 1
OPTIONS_GROUP_ID: Final = 1


def _css() -> str:
    neutrals, accent = TOKENS.neutrals, TOKENS.accents["default"]
    return f"""\
.card {{ font-family: "Source Sans 3", "Noto Sans", Arial, sans-serif; font-size: 20px;
  line-height: 1.45; text-align: center; color: {neutrals.ink}; background: {neutrals.white}; }}
.front {{ font-weight: 600; }}
.course {{ margin-bottom: 1.2em; font-size: 13px; color: {neutrals.g600}; }}
hr#answer {{ border: 0; border-top: 2px solid {accent.base}; }}
table {{ margin: 0.6em auto; border-collapse: collapse; }}
th, td {{ padding: 0.2em 0.6em; border: 1px solid {neutrals.g300}; }}
th {{ background: {accent.tint}; color: {accent.dark}; }}
pre {{ display: inline-block; max-width: 100%; padding: 0.5em; overflow-x: auto;
  text-align: start; background: {neutrals.g50}; }}
code {{ font-family: "Source Code Pro", monospace; font-size: 0.9em; }}
ul, ol, blockquote {{ display: inline-block; text-align: start; }}
img {{ max-width: 100%; }}
a {{ color: {accent.base}; }}
.nightMode.card {{ color: {neutrals.g200}; background: {neutrals.ink}; }}
.nightMode .course {{ color: {neutrals.g300}; }}
.nightMode th, .nightMode pre {{ color: inherit; background: {neutrals.g700}; }}
.nightMode a {{ color: {accent.soft}; }}
"""


def note_types() -> dict[str, Any]:
    """The note type as Anki keeps it, schema 11, by its id."""
    fields = [
        {
            "name": name,
            "ord": place,
            "id": field_id,
            "sticky": False,
            "rtl": False,
            "font": "Arial",
            "size": 20,
            "media": [],
        }
        for place, (name, field_id) in enumerate(zip(FIELDS, _FIELD_IDS, strict=True))
    ]
    course = '{{#Course}}<div class="course">{{Course}}</div>{{/Course}}'
    template = {
        "name": "Card 1",
        "ord": 0,
        "id": _TEMPLATE_ID,
        "qfmt": f'{course}<div class="front">{{{{Front}}}}</div>',
        "afmt": "{{FrontSide}}<hr id=answer>{{Back}}",
        "bqfmt": "",
        "bafmt": "",
        "did": None,
        "bfont": "",
        "bsize": 0,
    }
    return {
        str(NOTE_TYPE_ID): {
            "id": NOTE_TYPE_ID,
            "name": "Course flashcard",
            "type": 0,
            "mod": _CHANGED,
            "usn": -1,
            "sortf": 0,
            "did": DEFAULT_DECK_ID,
            "tmpls": [template],
            "flds": fields,
            "css": _css(),
            "latexPre": "",
            "latexPost": "",
            "latexsvg": False,
            "req": [[0, "any", [0]]],
            "tags": [],
            "vers": [],
        }
    }


def deck(deck_id: int, name: str, changed: int, description: str = "") -> dict[str, Any]:
    """A deck as Anki keeps it, schema 11.

    Args:
        deck_id: no other deck of the file has it.
        name: levels are parted by `::`.
        changed: seconds since 1970.
        description: HTML, which Anki shows above the deck.
    """
    return {
        "id": deck_id,
        "name": name,
        "mod": changed,
        "usn": -1,
        "desc": description,
        "dyn": 0,
        "conf": OPTIONS_GROUP_ID,
        "collapsed": False,
        "browserCollapsed": False,
        "extendNew": 0,
        "extendRev": 0,
        "newToday": [0, 0],
        "revToday": [0, 0],
        "lrnToday": [0, 0],
        "timeToday": [0, 0],
    }


def options_groups() -> dict[str, Any]:
    """The usual learning steps, which an import leaves as its reader has them."""
    return {
        str(OPTIONS_GROUP_ID): {
            "id": OPTIONS_GROUP_ID,
            "name": "Default",
            "mod": 0,
            "usn": 0,
            "maxTaken": 60,
            "autoplay": True,
            "timer": 0,
            "replayq": True,
            "dyn": False,
            "new": {
                "bury": False,
                "delays": [1.0, 10.0],
                "initialFactor": 2500,
                "ints": [1, 4, 0],
                "order": 1,
                "perDay": 20,
            },
            "rev": {
                "bury": False,
                "ease4": 1.3,
                "ivlFct": 1.0,
                "maxIvl": 36500,
                "perDay": 200,
                "hardFactor": 1.2,
            },
            "lapse": {
                "delays": [10.0],
                "leechAction": 1,
                "leechFails": 8,
                "minInt": 1,
                "mult": 0.0,
            },
        }
    }


def preferences(next_position: int) -> dict[str, Any]:
    """The preferences of a collection; those of its reader stay as they are.

    Args:
        next_position: of the card that is added next.
    """
    return {
        "curDeck": DEFAULT_DECK_ID,
        "activeDecks": [DEFAULT_DECK_ID],
        "newSpread": 0,
        "collapseTime": 1200,
        "timeLim": 0,
        "estTimes": True,
        "dueCounts": True,
        "curModel": NOTE_TYPE_ID,
        "nextPos": next_position,
        "sortType": "noteFld",
        "sortBackwards": False,
        "addToCur": True,
        "schedVer": 2,
    }
