"""The colours of a look by what they are for, as slots of the theme."""

from functools import cache
from typing import Final

import msgspec

from activities.documents.callouts import CalloutKind
from activities.documents.design.tokens import TOKENS, LookName
from activities.formats.docx.design import (
    ACCENT,
    ACCENT_DARK,
    ACCENT_TINT,
    G50,
    G200,
    G300,
    G500,
    INK,
    Slot,
    callout_slots,
)

_WHITE: Final = Slot("", TOKENS.neutrals.white.digits)
"""Where the page is not, the theme has no slot for it."""


class CalloutColours(msgspec.Struct, frozen=True):
    """Those of a kind of callout."""

    base: Slot
    ground: Slot | None
    bar: float
    """How thick the rule beside it is, in points."""


class Palette(msgspec.Struct, frozen=True):
    """The colours of a look; a ground that it leaves out is None."""

    look: LookName
    dark: Slot
    rule: Slot
    """Of the rules that belong to titles and tables."""
    line: Slot
    """Of rules between rows, and beside quotations."""
    edge: Slot
    """Of the lines around code and cards."""
    head: Slot | None
    """The ground of the heads of tables, of openers, and of the fronts of cards."""
    faint: Slot | None
    """The ground of code and of every second row."""

    def of_callout(self, kind: CalloutKind) -> CalloutColours:
        """The colours of a kind of callout."""
        look = TOKENS.looks[self.look]
        base, tint = callout_slots(kind)
        if not look.coloured:
            return CalloutColours(INK, None, TOKENS.rules.ink_bar)
        if not look.grounds:
            return CalloutColours(base, None, TOKENS.rules.bar)
        ground = _WHITE if look.ground == "paper" else tint
        return CalloutColours(base, ground, TOKENS.rules.bar)


@cache
def palette_of(name: LookName) -> Palette:
    """The colours of a look."""
    look = TOKENS.looks[name]
    head: Slot | None = ACCENT_TINT
    faint: Slot | None = G50
    if look.ground == "paper":
        head, faint = Slot("background2", TOKENS.neutrals.shade.digits), _WHITE
    if not look.grounds:
        head = faint = None
    return Palette(
        name,
        dark=ACCENT_DARK if look.coloured else INK,
        rule=ACCENT if look.coloured else INK,
        line=G500 if look.least_rule else G300,
        edge=G200 if look.grounds else G500,
        head=head,
        faint=faint,
    )
