"""Runs of text become paragraphs, ready to be broken into lines of any width.

Most paragraphs hold simple text in one style, others run from left to right: they are looked up
word by word and broken with a running sum and a binary search. Those that have text from right to
left, code, or a column too narrow for a word are built of boxes of glyph runs.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

import msgspec
from msgspec.structs import replace

from activities.documents.direction import runs_are_right_to_left
from activities.documents.model import Run, Runs
from activities.documents.pictures import with_missing_shown
from activities.documents.segmentation import grapheme_clusters, hold_spaces
from activities.formats.pdf.text import bidi
from activities.formats.pdf.text.faces import PLAIN_FONT, FontStyle
from activities.formats.pdf.text.fontbook import FontBook
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.line_spacing import apart, leading_ratio
from activities.formats.pdf.text.lines import (
    PLAIN_STYLE,
    Line,
    MixedText,
    SimpleText,
    StyledSegment,
    UnbreakableBox,
)
from activities.formats.pdf.text.maths import lay_out, lay_out_lines
from activities.formats.pdf.text.mixed import HARD_BREAK, OTHER_SPACE, MixedBuilder, Source
from activities.formats.pdf.text.shaper import Shaper, character_style, run_font
from activities.formats.pdf.text.styled import StyledBuilder, StyledText

UNLIMITED = math.inf
"""The limit for text that is not broken into lines."""

_LABELS_CACHED = 500
_TAB = " " * 4
_ELLIPSIS = "…"
_OBJECT = "\ufffc"
"""What a picture is among letters: OBJECT REPLACEMENT CHARACTER, which has no direction."""
_NARROWEST = 150
"""No text is narrower than this for each of its characters, on average."""


Text = SimpleText | StyledText | MixedText
"""What stands between two hard breaks."""


class ShapedParagraph(msgspec.Struct, frozen=True):
    """A paragraph before it is broken into lines of a given width."""

    typesetter: "Typesetter"
    source: Source
    texts: Sequence[Text]
    right_to_left: bool

    @property
    def width(self) -> float:
        """The width of the longest line if there were room enough."""
        texts = self.texts
        return texts[0].width if len(texts) == 1 else max([text.width for text in texts])

    @property
    def length(self) -> int:
        """The number of characters of its source."""
        return sum([len(run.text) for run in self.source.runs])

    @property
    def widest(self) -> float:
        """The width of what cannot be broken well."""
        texts = self.texts
        return texts[0].widest if len(texts) == 1 else max([text.widest for text in texts])

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        texts = self.texts
        if len(texts) == 1 and (texts[0].width <= limit or texts[0].widest <= limit):
            return texts[0].lines(limit)
        if self.widest > limit:
            texts = self.typesetter.texts(self.source, self.right_to_left, limit)
        return [line for text in texts for line in text.lines(limit)]

    def count(self, limit: float) -> int:
        """The number of lines no wider than a limit that is as wide as what cannot be broken."""
        texts = self.texts
        return texts[0].count(limit) if len(texts) == 1 else sum(t.count(limit) for t in texts)

    def lines_apart(self, limit: float, leading: float) -> list[Line]:
        """The same, as far apart as the script needs where Latin lines have this leading.

        The limit and the leading are in thousandths of an em.
        """
        lines, source = self.lines(limit), self.source
        ratio = leading_ratio(source.runs, source.font.face)
        return lines if ratio == 1 else apart(lines, (ratio - 1) * leading)

    def spread(self, lines: list[Line], leading: float) -> list[Line]:
        """Its lines as far apart as the script needs, with the first one where it is.

        So text begins at the same height as that of other scripts beside it.
        """
        if len(lines) == 1:
            return lines
        ratio = leading_ratio(self.source.runs, self.source.font.face)
        return lines if ratio == 1 else [lines[0], *apart(lines[1:], (ratio - 1) * leading)]

    def cut(self, limit: float) -> Line:
        """One line; what does not fit is replaced by an ellipsis."""
        if self.width <= limit and len(self.texts) == 1:
            return self.lines(limit)[0]
        shown = [run.text for run in self.source.runs if not run.picture]
        text = "".join(shown).split(HARD_BREAK, 1)[0]
        text = text[: int(limit / _NARROWEST)]
        words = [f"{word} " for word in text.split(" ")]
        line = self._longest(words, limit) or self._longest(grapheme_clusters(text), limit)
        return line or Line(0)

    def _longest(self, parts: Sequence[str], limit: float) -> Line | None:
        """As many of the parts as fit on a line with an ellipsis, None if not even one does."""

        def shortened(count: int) -> ShapedParagraph:
            text = "".join(parts[:count]).rstrip() + _ELLIPSIS
            source = self.source
            runs = (Run(text),)
            return self.typesetter.prepare(runs, source.font, self.right_to_left)

        fitting = bisect_right(
            range(1, len(parts) + 1), limit, key=lambda count: shortened(count).width
        )
        return shortened(fitting).lines(limit)[0] if fitting else None


class Typesetter:
    """Prepares the paragraphs of one document."""

    def __init__(self, fonts: FontBook, on_unreadable_formula: Callable[[str], None]) -> None:
        """Take what `Shaper` takes."""
        self.overfull = 0
        """How often lines were narrower than a word or formula in them."""
        self._shaper = Shaper(fonts, on_unreadable_formula)
        self._labels: dict[tuple[str, FontStyle, bool], tuple[Source, Sequence[Text], bool]] = {}
        self._label_lines: dict[tuple[str, FontStyle, bool, float], tuple[Line, bool]] = {}

    def forget(self) -> None:
        """Shape anew what comes, so that it is told again what no font can draw."""
        self._shaper.forget()
        self._labels.clear()
        self._label_lines.clear()

    def prepare(self, runs: Runs, font: FontStyle, right_to_left: bool = False) -> ShapedParagraph:
        """Prepare a paragraph; `right_to_left` is for one without a direction of its own."""
        for run in runs:
            if run.picture or run.missing is not None:
                runs = _with_pictures_placed(runs)
                break
        text = runs[0].text if len(runs) == 1 else "".join([run.text for run in runs])
        if hold_spaces(text) is not text:
            runs = _with_spaces_held(runs)
        mixed = bidi.has_right_to_left(text)
        base = (mixed or right_to_left) and runs_are_right_to_left(runs, otherwise=right_to_left)
        source = Source(runs, font, mixed=mixed)
        if mixed or base:
            return ShapedParagraph(self, source, self.texts(source, base, None), base)
        return ShapedParagraph(self, source, self._simple(source) or self._styled(source), base)

    def displayed_formula(self, tex: str, limit: float, least_scale: float) -> list[Formula]:
        """A displayed formula in lines that are no wider than the limit, as far as it has signs to
        break it at; none, and a call for the warning, when it cannot be read.

        Lines that the author made stay whole where they fit at `least_scale`.
        """
        formula = lay_out(tex, displayed=True)
        if formula is None:
            self._shaper.on_unreadable_formula(tex)
            return []
        if formula.width <= limit:
            return [formula]
        rows = lay_out_lines(tex, limit, displayed=True)
        if not rows or (len(rows) > 1 and formula.width * least_scale <= limit):
            return [formula]
        lines = [line for row in rows for line in row]
        return lines if len(lines) > 1 else [formula]

    def formula_segment(self, formula: Formula, tex: str) -> StyledSegment:
        """A formula, or a line of one, ready to be drawn."""
        glyph_run = self._shaper.formula_run(formula, tex, 0)
        [line] = MixedText([UnbreakableBox(glyph_run.width, None, (glyph_run,))]).lines(UNLIMITED)
        [segment] = line.segments
        return segment

    def prepare_text(
        self, text: str, font: FontStyle, right_to_left: bool = False
    ) -> ShapedParagraph:
        """Prepare text of one style, such as labels and numbers that occur again and again."""
        key = (text, font, right_to_left)
        known = self._labels.get(key)
        if known is None:
            if len(self._labels) >= _LABELS_CACHED:
                self._labels.clear()
            paragraph = self.prepare((Run(text),), font, right_to_left)
            # Without the typesetter, which would know itself and never leave memory by itself.
            known = self._labels[key] = (paragraph.source, paragraph.texts, paragraph.right_to_left)
        return ShapedParagraph(self, *known)

    def label(self, text: str, font: FontStyle, right_to_left: bool) -> Line:
        """A short text on one line, such as a bullet."""
        return self.cut_label(text, font, right_to_left, UNLIMITED)[0]

    def cut_label(
        self, text: str, font: FontStyle, right_to_left: bool, limit: float
    ) -> tuple[Line, bool]:
        """A short text on one line that is no wider than the limit, and whether it is from right
        to left.
        """
        key = (text, font, right_to_left, limit)
        known = self._label_lines.get(key)
        if known is None:
            if len(self._label_lines) >= _LABELS_CACHED:
                self._label_lines.clear()
            paragraph = self.prepare_text(text, font, right_to_left)
            known = self._label_lines[key] = paragraph.cut(limit), paragraph.right_to_left
        return known

    def prepare_code(self, text: str) -> ShapedParagraph:
        """Prepare preformatted text, in which spaces count and tabs are four of them."""
        runs = (Run(text.replace("\t", _TAB), code=True),)
        source = Source(runs, PLAIN_FONT, code=True)
        return ShapedParagraph(self, source, self.texts(source, False, None), False)

    def texts(self, source: Source, right_to_left: bool, limit: float | None) -> Sequence[Text]:
        """Shape the source; with a limit, words that are wider are cut in pieces."""
        if limit is not None:
            self.overfull += 1
        return MixedBuilder(self._shaper, source, right_to_left, limit).texts()

    def _simple(self, source: Source) -> list[SimpleText] | None:
        """The source as simple text of one style, or None when it is more than that."""
        if len(source.runs) != 1:
            return None
        [run] = source.runs
        if (
            run.picture
            or run.math
            or run.code
            or character_style(run, preformatted=False) is not PLAIN_STYLE
        ):
            return None
        words = self._shaper.words(run_font(source.font, run))
        text = run.text
        if not (text.isascii() or words.may_hold(text)):
            return None
        parts = text.split(" ")
        if "" in parts:
            parts = [part for part in parts if part]
        found = list(map(words.__getitem__, parts))
        return [SimpleText(words.typeface, found)] if all(found) else None  # type: ignore[arg-type]

    def _styled(self, source: Source) -> list[StyledText]:
        builder = StyledBuilder()
        for run in source.runs:
            if run.picture:
                picture = self._shaper.line_picture(run.picture)
                builder.add_shape(self._shaper.picture_run(picture, run, 0))
                continue
            if run.math:
                formula = self._shaper.inline_formula(run.text)
                if formula:
                    shape = self._shaper.formula_run(formula, run.text, 0, run.anchors)
                    builder.add_shape(shape)
                    continue
            words = self._shaper.words(run_font(source.font, run))
            style = character_style(run, preformatted=False)
            if run.keyboard:
                builder.add_shape(self._shaper.pad_run(style, 0))
            for number, text in enumerate(run.text.split(HARD_BREAK)):
                if number:
                    builder.end_text()
                # Most text is printable, and is not looked through twice then.
                usual = text if text.isprintable() else OTHER_SPACE.sub(" ", text)
                builder.add(usual, words, style)
            if run.keyboard:
                builder.add_shape(self._shaper.pad_run(style, 0))
        return builder.texts()


def _with_spaces_held(runs: Runs) -> Runs:
    """The runs, in which no line breaks at spaces of some kinds; a formula is as a letter there."""
    texts = ["x" * len(run.text) if run.math else run.text for run in runs]
    held = hold_spaces("".join(texts))
    ends = accumulate(map(len, texts))
    return tuple(
        run if run.math else replace(run, text=held[end - len(run.text) : end])
        for run, end in zip(runs, ends, strict=True)
    )


def _with_pictures_placed(runs: Runs) -> Runs:
    """The runs with a character for each picture, and what stands for those that are missing."""
    return tuple(
        replace(run, text=_OBJECT) if run.picture else run for run in with_missing_shown(runs)
    )
