"""Runs of text become XHTML within one element."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Final

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.direction import runs_are_right_to_left
from activities.documents.link_addresses import web_address
from activities.documents.model import FOOTNOTE_LINK, Image, Run, Runs
from activities.documents.pictures import with_missing_shown
from activities.documents.plain import plain_runs
from activities.formats.shared.xhtml.escaping import Escaping
from activities.formats.shared.xhtml.formulas import formula
from activities.formats.shared.xhtml.pictures import PictureAddress
from activities.formats.shared.xhtml.places import PlaceAddress, element_id
from activities.formats.shared.xhtml.profiles import Profile
from activities.formats.shared.xml_escaping import xml_attribute

_ELEMENTS: Final = {
    "code": "code",
    "keyboard": "kbd",
    "superscript": "sup",
    "subscript": "sub",
    "mark": "mark",
    "underline": "u",
    "strike": "s",
    "emphasis": "em",
    "strong": "strong",
}
"""The element of each mark of a run, the innermost first."""
_marks = attrgetter(*_ELEMENTS)
_all_but_text = attrgetter(*(name for name in Run.__struct_fields__ if name != "text"))
_PLAIN: Final = _all_but_text(Run(""))
_RIGHT_TO_LEFT_MARK = "\u200f"


class InlineWriter:
    """Writes the runs of one document, and remembers its footnotes.

    Attributes:
        warnings: where it is noted what the receiver cannot hold.
        has_maths: whether a formula became MathML.
    """

    def __init__(
        self,
        item_anchor: str,
        profile: Profile,
        picture_address: PictureAddress,
        place_address: PlaceAddress,
        warnings: ConversionWarnings,
        *,
        right_to_left: bool,
    ) -> None:
        self.escaping = Escaping(profile)
        self.has_maths = False
        self._item_anchor = item_anchor
        self._profile = profile
        self._picture_address = picture_address
        self._place_address = place_address
        self.warnings = warnings
        self._right_to_left = right_to_left
        self._strikes = profile.replaced.get("s") != "span"
        self._around: dict[tuple[bool, ...], tuple[str, str]] = {}
        self._referred: set[str] = set()
        """The labels of the footnotes that runs refer to."""

    def write(self, runs: Runs) -> str:
        """The content of an element."""
        if len(runs) == 1 and runs[0].link is None and runs[0].missing is None:
            return self._run(runs[0])
        if all(run.link is None and run.missing is None for run in runs):
            return "".join(map(self._run, runs))
        pieces: list[str] = []
        for address, linked in groupby(with_missing_shown(runs), attrgetter("link")):
            if address is None:
                pieces += map(self._run, linked)
            elif address.startswith(FOOTNOTE_LINK):
                pieces += map(self._note_reference, linked)
            else:
                pieces.append(self.linked(address, self._texts(linked)))
        return "".join(pieces)

    def directed(self, runs: Runs) -> tuple[str, str]:
        """An attribute that gives an element the direction of its runs, and its content."""
        if len(runs) == 1 and not self._right_to_left:
            text = runs[0].text
            # Most are just that.
            if text.isascii() and "\n" not in text and _all_but_text(runs[0]) == _PLAIN:
                return "", self.escaping.text(text)
        from_right = self._is_from_right(runs)
        content = self.write(runs)
        if from_right == self._right_to_left:
            return "", content
        if self._profile.directions:
            return f' dir="{"rtl" if from_right else "ltr"}"', content
        self.warnings.add("direction-left-out")
        return "", f"{_RIGHT_TO_LEFT_MARK}{content}" if from_right else content

    def linked(self, address: str, content: str) -> str:
        """A link around some content; the content itself where it leads nowhere."""
        if address.startswith("#"):
            target = self._place_address(address[1:])
        else:
            target = web_address(address)
            if target is None:
                self.warnings.add("link-unusable")
        return content if target is None else f'<a href="{self._attribute(target)}">{content}</a>'

    def picture(self, image: Image, *, css_class: str = "") -> str:
        """A picture in the size that its author wants, or its description."""
        address = self._picture_address(image)
        if address is None:
            self.warnings.add("image-left-out")
            return self.escaping.text(plain_runs((Run(image.alt, picture=image),)))
        named = f' class="{css_class}"' if css_class else ""
        width, height = max(1, round(image.shown_width)), max(1, round(image.shown_height))
        alt = image.alt
        if image.link and not alt.strip():
            # A link without a text is none for who does not see.
            alt = image.link
        return (
            f'<img{named} src="{xml_attribute(address)}"'
            f' alt="{self._attribute(alt)}" width="{width}" height="{height}"/>'
        )

    def formula(self, tex: str, *, displayed: bool) -> str:
        """A formula, or its source when it cannot be read."""
        written = formula(tex, self._profile, self.escaping, displayed=displayed)
        if written is None:
            self.warnings.add("formula-as-source")
            return f"<code>{self.escaping.text(tex)}</code>"
        self.has_maths = self.has_maths or self._profile.maths == "mathml"
        return written

    def note_id(self, label: str) -> str:
        """The id of a footnote."""
        return element_id(f"{self._item_anchor}{FOOTNOTE_LINK}{label}")

    def reference_to(self, label: str) -> str | None:
        """The id of the first reference to a footnote; None when there is none."""
        return f"{self.note_id(label)}r" if label in self._referred else None

    def anchored(self, anchors: tuple[str, ...], content: str, element: str = "span") -> str:
        """Content to which links with these anchors lead, in an element for each."""
        for anchor in anchors if self._profile.places else ():
            content = f'<{element} id="{element_id(anchor)}">{content}</{element}>'
        return content

    def _attribute(self, text: str) -> str:
        return self.escaping.attribute(text)

    def _is_from_right(self, runs: Runs) -> bool:
        if not self._right_to_left:
            for run in runs:
                if not run.text.isascii():
                    break
            else:
                return False
        return runs_are_right_to_left(runs, otherwise=self._right_to_left)

    def _texts(self, runs: Iterable[Run]) -> str:
        return "".join(map(self._run, runs))

    def _run(self, run: Run) -> str:
        if run.picture:
            content = self.picture(run.picture, css_class="inline")
        elif run.math:
            content = self.formula(run.text, displayed=False)
        else:
            content = self.escaping.text(run.text)
            if "\n" in content:
                content = content.replace("\n", "<br/>")
        marks = _marks(run)
        if True in marks:
            if run.strike and not self._strikes:
                self.warnings.add("strike-left-out")
            start, end = self._around.get(marks) or self._marked(marks)
            content = f"{start}{content}{end}"
        return self.anchored(run.anchors, content) if run.anchors else content

    def _marked(self, marks: tuple[bool, ...]) -> tuple[str, str]:
        start = end = ""
        for element, wanted in zip(_ELEMENTS.values(), marks, strict=True):
            if wanted:
                name = self._profile.replaced.get(element, element)
                start, end = f"<{name}>{start}", f"{end}</{name}>"
        self._around[marks] = start, end
        return start, end

    def _note_reference(self, run: Run) -> str:
        label = (run.link or "").removeprefix(FOOTNOTE_LINK)
        if not self._profile.linked_notes:
            return self._run(run)
        note = self.note_id(label)
        named = "" if label in self._referred else f' id="{note}r"'
        self._referred.add(label)
        content = self._run(run)
        return f'<a{named} class="reference" role="doc-noteref" href="#{note}">{content}</a>'
