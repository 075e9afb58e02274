"""The text of a line or paragraph while it is read: white space collapsed, styles as runs."""

import re
from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from activities.documents.html.elements import StyleName
from activities.documents.model import Run
from activities.documents.pieces import Piece, PieceT, soft_break_text

_SPACE = re.compile("[ \t\n\f\r]+")
"""What collapses: "document white space" (CSS Text 3, 4); a no-break space does not."""
_WHITE = " \t\n\f\r"


class Flow:
    """Pieces in the styles that are open."""

    def __init__(self, anchors: list[str]) -> None:
        """Begin; what comes next has the names that are in the list then."""
        self._anchors = anchors
        self._names: tuple[str, ...] = ()
        """Of the text that has come since the last change of style."""
        self.pieces: list[Piece] = []
        self.links: list[str | None] = []
        """Of the links that are open; None: one without a usable address."""
        self._styles: Counter[StyleName] = Counter()
        self._texts: list[str] = []
        self._pending = ""
        """White space that is shown if text follows."""
        self._last = ""
        """The last character; empty at the beginning of a line."""

    def set_style(self, name: StyleName, change: int) -> None:
        """Open a style once more, or close it."""
        self._end_part()
        self._styles[name] += change

    def open_link(self, address: str | None) -> None:
        """Begin a link; the innermost counts."""
        if address != self.link:
            self._end_part()
        self.links.append(address)

    def close_link(self) -> None:
        """End the link that was opened last."""
        around = self.links[-2] if len(self.links) > 1 else None
        if around != self.link:
            self._end_part()
        self.links.pop()

    @property
    def link(self) -> str | None:
        """The address that text leads to."""
        return self.links[-1] if self.links else None

    def _end_part(self) -> None:
        """End the text in one style, with the space behind it, unless that may vanish."""
        if self._pending == " " or self._last.isascii():
            self._end_space()
        self.end_run()

    @property
    def in_code(self) -> bool:
        """Whether text is code."""
        return self._styles["code"] > 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing has come since the last paragraph."""
        return not self.pieces and not self._texts

    def add_text(self, text: str) -> None:
        """Add text as a browser shows it (CSS Text 3, 4.1.1).

        A line end between letters of Chinese or Japanese is nothing, as 4.1.3 lets it be.
        """
        words = _SPACE.sub(" ", text)
        stripped = words.strip(" ")
        if text[:1] in tuple(_WHITE):
            self._add_pending(text[: len(text) - len(text.lstrip(_WHITE))])
        if not stripped:
            return
        if "\n" in text and not stripped.isascii():
            stripped = _joined_lines(text.strip(_WHITE))
        self._take_names()
        if self._pending and self._last:
            self._texts.append(
                soft_break_text(self._last, stripped) if "\n" in self._pending else " "
            )
        self._pending = ""
        self._texts.append(stripped)
        self._last = stripped[-1]
        if text[-1] in _WHITE:
            self._add_pending(text[len(text.rstrip(_WHITE)) :])

    def _add_pending(self, space: str) -> None:
        if self._last not in ("", " "):
            # A space that is none but a line end may vanish; with another it does not.
            self._pending = "\n" if "\n" in space and self._pending in ("", "\n") else " "

    def add_verbatim(self, text: str) -> None:
        """Add text whose blanks are the element's own: quotation marks, words of ours."""
        self._take_names()
        self._end_space()
        self._texts.append(text)
        self._last = text[-1:] or self._last

    def break_line(self) -> None:
        """Begin a new line."""
        self._pending = ""
        if self._texts:
            self._texts[-1] = self._texts[-1].rstrip(" ")
        self._texts.append("\n")
        self._last = ""

    def add_pieces(self, pieces: Sequence[Piece]) -> None:
        """Add what is no text, or has been read before; runs get the styles that are open."""
        for piece in pieces:
            if not isinstance(piece, Run):
                self._take_names()
                self._end_space()
                self.end_run()
                self.pieces.append(self._named(piece))
                self._last = "\ufffc"
                continue
            text = piece.text
            if self._last in ("", " ") and not piece.code:
                text = text.lstrip(" ")
            if text:
                self._take_names()
                self._end_space()
                self.end_run()
                self.pieces.append(self._named(self._merged(piece, text)))
                self._last = text[-1]

    def _merged(self, run: Run, text: str) -> Run:
        """A run in its own styles and those that are open."""
        around = self.styled(text)
        if run.math:
            return replace(run, text=text, link=run.link or around.link)
        return replace(
            around,
            strong=run.strong or around.strong,
            emphasis=run.emphasis or around.emphasis,
            strike=run.strike or around.strike,
            underline=run.underline or around.underline,
            mark=run.mark or around.mark,
            keyboard=run.keyboard or around.keyboard,
            code=run.code or around.code,
            subscript=run.subscript or (around.subscript and not run.superscript),
            superscript=run.superscript or (around.superscript and not run.subscript),
            link=run.link or around.link,
            picture=run.picture,
            missing=run.missing,
        )

    def _end_space(self) -> None:
        if self._pending and self._last:
            self._texts.append(" ")
            self._last = " "
        self._pending = ""

    def end_run(self) -> None:
        """End the text that is in one style."""
        text = "".join(self._texts)
        self._texts.clear()
        if text:
            self.pieces.append(self._named(self.styled(text)))

    def _take_names(self) -> None:
        """Let what comes now have the names that came before it."""
        if self._anchors:
            self._end_part()
            self._names = tuple(self._anchors)
            self._anchors.clear()

    def _named(self, piece: PieceT) -> PieceT:
        names, self._names = self._names, ()
        return replace(piece, anchors=names) if names else piece

    def styled(self, text: str, *, math: bool = False) -> Run:
        """A run in the styles that are open."""
        styles = self._styles
        if math:
            return Run(text, math=True, link=self.link)
        return Run(
            text,
            strong=styles["strong"] > 0,
            emphasis=styles["emphasis"] > 0,
            strike=styles["strike"] > 0,
            underline=styles["underline"] > 0,
            mark=styles["mark"] > 0,
            keyboard=styles["keyboard"] > 0,
            code=styles["code"] > 0,
            subscript=styles["subscript"] > styles["superscript"],
            superscript=styles["superscript"] > 0 and styles["superscript"] >= styles["subscript"],
            link=self.link,
        )

    def take(self) -> list[Piece]:
        """What has come since the last paragraph; styles and links stay open."""
        self.end_run()
        pieces = self.pieces
        self.pieces = []
        self._pending = ""
        self._last = ""
        return pieces


def _joined_lines(text: str) -> str:
    joined = ""
    parts: list[str] = []
    for line in text.split("\n"):
        words = _SPACE.sub(" ", line).strip(" ")
        if words:
            if joined:
                parts.append(soft_break_text(joined, words))
            parts.append(words)
            joined = words
    return "".join(parts)
