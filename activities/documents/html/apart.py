"""Elements whose content is read by itself, up to their end."""

import base64
from typing import Final

import turbohtml

from activities.documents.html.attributes import Attributes, attributes_of
from activities.documents.html.elements import EMBEDDED, SILENTLY_REMOVED, VOID
from activities.documents.html.formulas import is_displayed_script, is_tex_annotation
from activities.documents.html.mathml import MathmlReader

_START: Final = turbohtml.TokenType.START_TAG
_END: Final = turbohtml.TokenType.END_TAG
_TEXT: Final = turbohtml.TokenType.TEXT
_SVG_NAMESPACE: Final = 'xmlns="http://www.w3.org/2000/svg"'
_SHAPES: Final = frozenset(
    ["path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "image"]
)
"""What is drawn, of SVG."""


class _Nested:
    """Counts elements of one name within each other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._depth = 1

    def ends_with(self, token: turbohtml.Token) -> bool:
        if token.tag == self._name:
            if token.type == _END:
                self._depth -= 1
            elif token.type == _START and not token.self_closing:
                self._depth += 1
        return self._depth == 0


class Removed:
    """An element that goes with all that is in it."""

    def __init__(self, name: str) -> None:
        self.warns = name not in SILENTLY_REMOVED
        self._nested = _Nested(name)

    def read(self, token: turbohtml.Token) -> bool:
        """Take a token; True when it ended the element."""
        return self._nested.ends_with(token)


class Embedded:
    """A video, a sound or a page; what is in it is for browsers that cannot show it."""

    def __init__(self, name: str, attributes: Attributes) -> None:
        self.attributes = attributes
        self.address = attributes.get(EMBEDDED[name], "").strip()
        self._nested = _Nested(name)

    def read(self, token: turbohtml.Token) -> bool:
        """See `Removed.read`."""
        if token.type == _START and token.tag == "source" and not self.address:
            self.address = attributes_of(token).get("src", "").strip()
        return self._nested.ends_with(token)


class TexScript:
    """A formula as MathJax 2 keeps it."""

    def __init__(self, attributes: Attributes) -> None:
        self.displayed = is_displayed_script(attributes)
        self._texts: list[str] = []

    @property
    def tex(self) -> str:
        """What came."""
        return "".join(self._texts).strip()

    def read(self, token: turbohtml.Token) -> bool:
        """See `Removed.read`."""
        if token.type == _TEXT:
            self._texts.append(token.data or "")
        return token.type == _END and token.tag == "script"


class Drawing:
    """An `svg`, which becomes a picture of its source."""

    def __init__(self, token: turbohtml.Token, attributes: Attributes) -> None:
        source = token.source or "<svg>"
        if "xmlns" not in attributes:
            # HTML needs none, XML does.
            source = f"<svg {_SVG_NAMESPACE}{source[4:]}"
        self.attributes = attributes
        self._sources = [source]
        self._titles: list[str] = []
        self._in_title = False
        self._nested = _Nested("svg")
        self.is_hidden = attributes.get("aria-hidden", "").lower() == "true"
        self.is_empty = True
        """Whether nothing is drawn, as by icons that are elsewhere in a page."""

    @property
    def description(self) -> str:
        """What the drawing says of itself."""
        return self.attributes.get("aria-label") or "".join(self._titles)

    @property
    def address(self) -> str:
        """The drawing as a data: URL."""
        encoded = base64.b64encode("".join(self._sources).encode("utf-8", "replace"))
        return f"data:image/svg+xml;base64,{encoded.decode()}"

    def read(self, token: turbohtml.Token) -> bool:
        """See `Removed.read`."""
        self._sources.append(token.source or "")
        if token.type == _START and token.tag in _SHAPES:
            self.is_empty = False
        if token.tag == "title":
            self._in_title = token.type == _START and not self._titles
        elif self._in_title and token.type == _TEXT:
            self._titles.append(token.data or "")
        return self._nested.ends_with(token)


class Formula:
    """A `math` element."""

    def __init__(self, attributes: Attributes) -> None:
        self.displayed = attributes.get("display", "").lower() == "block"
        self._alternative = attributes.get("alttext", "").strip()
        self._reader = MathmlReader()
        self._nested = _Nested("math")
        self._annotation: list[str] | None = None
        self._is_tex = False
        """Whether the annotation is the formula's TeX."""
        self._source = ""

    @property
    def tex(self) -> str:
        """The TeX that it was made from, where it says so; else what it means as TeX."""
        return self._source or self._reader.tex() or self._alternative

    def read(self, token: turbohtml.Token) -> bool:
        """See `Removed.read`."""
        name, kind = token.tag or "", token.type
        if self._nested.ends_with(token):
            return True
        if name == "annotation" or name == "annotation-xml":
            self._note(token, starts=kind == _START)
        elif self._annotation is not None:
            if kind == _TEXT:
                self._annotation.append(token.data or "")
        elif kind == _START:
            self._reader.start(name, attributes_of(token))
            if token.self_closing and name not in VOID:
                self._reader.end(name)
        elif kind == _END:
            self._reader.end(name)
        elif kind == _TEXT:
            self._reader.text(token.data or "")
        return False

    def _note(self, token: turbohtml.Token, *, starts: bool) -> None:
        if starts:
            self._is_tex = is_tex_annotation(attributes_of(token))
            self._annotation = []
        elif self._annotation is not None:
            if self._is_tex and not self._source:
                self._source = "".join(self._annotation).strip()
            self._annotation = None


Apart = Removed | Embedded | TexScript | Drawing | Formula
