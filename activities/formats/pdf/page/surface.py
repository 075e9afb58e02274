"""The page as a surface: rectangles, rules and links at a place in points, whatever they mean."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final, Literal

import msgspec

from activities.documents.design.colours import Colour
from activities.documents.design.tokens import TOKENS
from activities.documents.model import Image
from activities.formats.pdf.file.canvas import PageCanvas
from activities.formats.pdf.file.images import ImageStore
from activities.formats.pdf.file.objects import text_string
from activities.formats.pdf.file.structure import StructureTree, text_entry
from activities.formats.pdf.page.formula_alternatives import FormulaAlternatives


@cache
def numbers_of(colour: Colour) -> str:
    """A colour as the operands of an operator of PDF."""
    return " ".join([f"{channel:.3g}" for channel in colour.rgb])


INK: Final = numbers_of(TOKENS.neutrals.ink)
"""What pages fill with, unless an operator says otherwise; each sets it back."""
Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
# This way of formatting numbers takes half the time of an f-string.
_FILLED = "%s rg %.2f %.2f %.2f %.2f re f %s rg"
_BEZIER = 0.5523
"""How far the control points of a quarter of a circle lie from its ends, as a share of the radius.
"""
Point = tuple[float, float]


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A box on the page into which content is drawn larger or smaller than it usually is."""

    left: float
    top: float
    width: float
    height: float
    """What pictures take for the height of a page, before they are scaled."""
    scale: float


class Surface:
    """What is drawn on: the current page, and the structure that its content belongs to."""

    def __init__(
        self,
        canvas: PageCanvas,
        structure: StructureTree,
        check_cancelled: Callable[[], None],
        formulas: FormulaAlternatives,
        *,
        links_to_elements: bool,
    ) -> None:
        """Make the surface.

        Args:
            canvas: Takes what is drawn.
            structure: Takes what it means.
            check_cancelled: Called whenever text is drawn.
            formulas: Tell of formulas where they are not seen.
            links_to_elements: Whether links lead to elements of the structure, not to pages alone.
        """
        self.canvas = canvas
        self._images = ImageStore(canvas.objects)
        self.structure = structure
        self._formulas = formulas
        self.links_to_elements = links_to_elements
        self.check_cancelled = check_cancelled
        self.frame: Frame | None = None
        """What everything is scaled into meanwhile, if anything."""
        self._turned_around: Point | None = None
        self.shift = 0.0
        """How far to the right everything on the current page is."""

    @contextmanager
    def scaled(self, frame: Frame) -> Iterator[None]:
        """Scale what is drawn meanwhile into a frame, whose upper left corner stays."""
        scale = frame.scale
        self.frame = frame
        self.canvas.operators.append(
            f"q {scale:g} 0 0 {scale:g}"
            f" {frame.left * (1 - scale):.4f} {frame.top * (1 - scale):.4f} cm"
        )
        try:
            yield
        finally:
            self.canvas.operators.append("Q")
            self.frame = None

    @contextmanager
    def turned(self, middle: Point) -> Iterator[None]:
        """Turn what is drawn meanwhile upside down around a place."""
        self._turned_around = middle
        self.canvas.operators.append(f"q -1 0 0 -1 {2 * middle[0]:.2f} {2 * middle[1]:.2f} cm")
        try:
            yield
        finally:
            self.canvas.operators.append("Q")
            self._turned_around = None

    def on_paper(self, x: float, y: float) -> Point:
        """Where on the page a point lies that may be in a frame, or turned upside down."""
        if frame := self.frame:
            left, top, scale = frame.left, frame.top, frame.scale
            x, y = left + (x - left) * scale, top + (y - top) * scale
        if middle := self._turned_around:
            x, y = 2 * middle[0] - x, 2 * middle[1] - y
        return x + self.shift, y

    def place_destinations(
        self, names: Sequence[str], x: float, y: float, *, in_element: bool = False
    ) -> None:
        """Let links with these names lead to a place on the page.

        Args:
            names: The names, of which there may be none.
            x: Where the place is.
            y: Where it is.
            in_element: Whether the current element is there, not the one that comes next.
        """
        if names:
            _, top = self.on_paper(x, y)
            element = self.structure.current if in_element else self.structure.coming
            for name in names:
                self.canvas.place_destination(name, top, element)

    def box_on_paper(self, box: Box) -> str:
        """A box that may be in a frame, as the numbers of a PDF rectangle on the page."""
        (left, bottom), (right, top) = self.on_paper(*box[:2]), self.on_paper(*box[2:])
        if self._turned_around:
            left, bottom, right, top = right, top, left, bottom
        return f"{left:.2f} {bottom:.2f} {right:.2f} {top:.2f}"

    def artifact(self, operators: str) -> str:
        """Operators that stand outside the structure (ISO 32000-1, 14.8.2.2)."""
        return f"{self.structure.artifact_mark} {operators} {self.structure.end_mark}"

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle that means nothing: a rule, a line of a table."""
        self.canvas.operators.append(
            self.artifact(_FILLED % (numbers_of(colour), x, y, width, height, INK))
        )

    def shape(self, path: str, fill: Colour | None, edge: Colour | None, thickness: float) -> None:
        """Draw a path that means nothing, filled, with an edge, or both."""
        self.canvas.operators.append(self.painted(path, fill, edge, thickness))

    def painted(
        self, path: str, fill: Colour | None, edge: Colour | None = None, thickness: float = 0.0
    ) -> str:
        """The operators that draw a path."""
        if fill is None and edge is None:
            return ""
        before = f"{numbers_of(fill)} rg " if fill else ""
        if edge:
            before += f"{numbers_of(edge)} RG {thickness:.2f} w "
        paint = ("B" if edge else "f") if fill else "S"
        after = f" {INK} rg" if fill else ""
        return self.artifact(f"{before}{path} {paint}{after}")

    def picture(self, image: Image, box: Box, placement: Literal["Block", "Inline"]) -> None:
        """Draw a picture into a box, as a figure if it has a description."""
        left, bottom, right, top = box
        name, reference = self._images.add(image)
        self.canvas.use_image(name, reference)
        size = f"{right - left:.2f} 0 0 {top - bottom:.2f}"
        shown = f"q {size} {left:.2f} {bottom:.2f} cm /{name} Do Q"
        if not image.alt:
            self.canvas.operators.append(self.artifact(shown))
            return
        structure = self.structure
        attributes = f"/A<</O/Layout/Placement/{placement}/BBox[{self.box_on_paper(box)}]>>"
        with structure.element("Figure", text_entry("Alt", image.alt) + attributes):
            self.canvas.operators.append(f"{structure.mark()} {shown} {structure.end_mark}")

    def linked_picture(
        self, image: Image, link: str | None, box: Box, placement: Literal["Block", "Inline"]
    ) -> None:
        """Draw a picture that leads somewhere, if anywhere."""
        if link is None or self.structure.in_artifact:
            self.picture(image, box, placement)
            return
        with self.structure.element("Link"):
            self.picture(image, box, placement)
            self.link(link, box, image.alt or link)

    def formula(self, tex: str) -> StructureTree:
        """Open an element for a formula that a `with` statement closes."""
        structure = self.structure
        known = "" if structure.in_artifact else self._formulas.attributes(tex)
        return structure.element("Formula", known)

    def reserve(self) -> int:
        """Leave a place among the operators, behind all that follows; give its number."""
        self.canvas.operators.append("")
        return len(self.canvas.operators) - 1

    def fill_reserved(self, place: int, painted: str) -> None:
        """Draw, as `painted` gives it, at a place that was reserved on this page."""
        self.canvas.operators[place] = painted

    def dot_leader(self, left: float, right: float, y: float) -> None:
        """Lead the eye from one place to another."""
        if right > left:
            self._dashed(".6 w [.6 3]", (left, y), (right, y))

    def cut_line(self, start: Point, end: Point) -> None:
        """Show where to cut."""
        self._dashed(".5 w [4 3]", start, end)

    def stroke(self, start: Point, end: Point, thickness: float, colour: Colour) -> None:
        """Draw a line, such as one that strikes out."""
        operators = (
            f"{numbers_of(colour)} RG {thickness:.2f} w"
            f" {start[0]:.2f} {start[1]:.2f} m {end[0]:.2f} {end[1]:.2f} l S"
        )
        self.canvas.operators.append(self.artifact(operators))

    def _dashed(self, pattern: str, start: Point, end: Point) -> None:
        operators = (
            f"{numbers_of(TOKENS.neutrals.g500)} RG {pattern} 0 d"
            f" {start[0]:.2f} {start[1]:.2f} m {end[0]:.2f} {end[1]:.2f} l S [] 0 d"
        )
        self.canvas.operators.append(self.artifact(operators))

    def link(self, target: str, box: Box, description: str) -> None:
        """Make a box on the page a link that belongs to the current element.

        Args:
            target: An address, or `#` and the name of a destination.
            box: Where it is.
            description: What screen readers say of it.
        """
        if target.startswith("#"):
            name = target[1:]
            to_element = self.links_to_elements
            action = self.canvas.action_to(name) if to_element else f"/Dest{text_string(name)}"
        else:
            action = f"/A<</S/URI/URI<{target.encode('ascii', 'ignore').hex()}>>>"
        annotation = self.canvas.annotate(
            f"<</Type/Annot/Subtype/Link/Rect[{self.box_on_paper(box)}]/Border[0 0 0]"
            f"{text_entry('Contents', description)}{action}"
            f"/F 4{self.structure.annotation_entry()}>>"
        )
        self.structure.add_link(annotation)


def rounded(x: float, y: float, width: float, height: float, corners: Sequence[float]) -> str:
    """The path of a rectangle with round corners.

    Args:
        x: Its left edge.
        y: Its lower edge.
        width: Its width.
        height: Its height.
        corners: The radii, from the lower left one round against the clock.
    """
    if not any(corners):
        return f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re"
    most = min(width, height) / 2
    first, second, third, fourth = [min(radius, most) for radius in corners]
    if first == second == third == fourth:
        return _evenly_rounded(x, y, x + width, y + height, first)
    right, top = x + width, y + height
    near = 1 - _BEZIER
    path = [f"{x + first:.2f} {y:.2f} m {right - second:.2f} {y:.2f} l"]
    if second:
        path.append(
            f"{right - second * near:.2f} {y:.2f} {right:.2f} {y + second * near:.2f}"
            f" {right:.2f} {y + second:.2f} c"
        )
    path.append(f"{right:.2f} {top - third:.2f} l")
    if third:
        path.append(
            f"{right:.2f} {top - third * near:.2f} {right - third * near:.2f} {top:.2f}"
            f" {right - third:.2f} {top:.2f} c"
        )
    path.append(f"{x + fourth:.2f} {top:.2f} l")
    if fourth:
        path.append(
            f"{x + fourth * near:.2f} {top:.2f} {x:.2f} {top - fourth * near:.2f}"
            f" {x:.2f} {top - fourth:.2f} c"
        )
    path.append(f"{x:.2f} {y + first:.2f} l")
    if first:
        path.append(
            f"{x:.2f} {y + first * near:.2f} {x + first * near:.2f} {y:.2f}"
            f" {x + first:.2f} {y:.2f} c"
        )
    return " ".join([*path, "h"])


def _evenly_rounded(left: float, bottom: float, right: float, top: float, radius: float) -> str:
    """The path of a rectangle whose corners are alike, as most are, in half the time."""
    near = radius * (1 - _BEZIER)
    x1, x2, x3 = f"{left:.2f}", f"{left + near:.2f}", f"{left + radius:.2f}"
    x4, x5, x6 = f"{right - radius:.2f}", f"{right - near:.2f}", f"{right:.2f}"
    y1, y2, y3 = f"{bottom:.2f}", f"{bottom + near:.2f}", f"{bottom + radius:.2f}"
    y4, y5, y6 = f"{top - radius:.2f}", f"{top - near:.2f}", f"{top:.2f}"
    return (
        f"{x3} {y1} m {x4} {y1} l {x5} {y1} {x6} {y2} {x6} {y3} c"
        f" {x6} {y4} l {x6} {y5} {x5} {y6} {x4} {y6} c"
        f" {x3} {y6} l {x2} {y6} {x1} {y5} {x1} {y4} c"
        f" {x1} {y3} l {x1} {y2} {x2} {y1} {x3} {y1} c h"
    )


def disc(x: float, y: float, radius: float) -> str:
    """The path of a circle around a place."""
    diameter = 2 * radius
    return rounded(x - radius, y - radius, diameter, diameter, [radius] * 4)


def polygon(points: Sequence[Point]) -> str:
    """The path through some points and back to the first."""
    first, *others = [f"{x:.2f} {y:.2f}" for x, y in points]
    return " ".join([f"{first} m", *[f"{other} l" for other in others], "h"])
