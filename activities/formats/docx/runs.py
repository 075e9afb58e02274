"""Runs of text become WordprocessingML runs, hyperlinks and footnote references."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from urllib.parse import quote, urlsplit

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.direction import runs_are_right_to_left
from activities.documents.model import FOOTNOTE_LINK, Image, Run, Runs
from activities.documents.pictures import with_missing_shown
from activities.formats.docx.fragment import (
    NOTE,
    UNIQUE,
    Relations,
    anchor_bookmark,
    bookmark_name,
    mark,
)
from activities.formats.docx.omml import office_math
from activities.formats.docx.pictures import Room, drawing, picture, relation_id
from activities.formats.docx.scripts import Language, Script, by_script
from activities.formats.docx.styles import KEY_BORDER, MARK_SHADE
from activities.formats.shared.xml_escaping import xml_text

_ADDRESS_MAX = 2000
"""Word repairs a file with addresses beyond 2,083 characters."""
_ADDRESS_SAFE = "!#$%&'()*+,-./:;=?@_~"
_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
_TAB = '</w:t><w:tab/><w:t xml:space="preserve">'
_END = "</w:t></w:r>"

_marks = attrgetter(
    *("strong", "emphasis", "strike", "code", "superscript", "subscript"),
    *("underline", "mark", "keyboard"),
)
"""What properties are made of."""


def embedded(xml: str, *, right_to_left: bool) -> str:
    """Runs in their own direction within a paragraph of the other one, with the signs at their
    ends.
    """
    start = "\u202b" if right_to_left else "\u202a"
    return plain_run(start) + xml + plain_run("\u202c")


def plain_run(text: str, style: str = "") -> str:
    """A run in a character style, or in none."""
    properties = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{_content(text)}{_END}'


class RunWriter:
    """Writes the runs of one item and keeps what they refer to."""

    def __init__(self, language: Language, warnings: ConversionWarnings, room: Room) -> None:
        self.text_relations = Relations({}, {})
        self.notes_relations = Relations({}, {})
        self.in_note = False
        """True while the text of a footnote is written, which cannot refer to another footnote."""
        self.is_small = False
        """True while the text of a table is written that is smaller than usual."""
        self.notes: dict[str, int] = {}
        """The item's own numbers of its footnotes by label, in order of the references."""
        self.picture_room = room
        """What a picture within a line may take."""
        self._language = language
        self.unique_numbers = 0
        """The number of unique numbers that were taken."""
        self._warnings = warnings
        self._bookmarks: dict[str, str] = {}
        self._anchors: set[str] = set()
        self._openings: dict[tuple[object, ...], str] = {}

    def take_unique(self) -> int:
        """A number that nothing else in the item has."""
        self.unique_numbers += 1
        return self.unique_numbers - 1

    @property
    def relations(self) -> Relations:
        """The relations of the part that is being written: the text or the footnotes."""
        return self.notes_relations if self.in_note else self.text_relations

    def is_right_to_left(self, runs: Runs) -> bool:
        """The direction of a paragraph of these runs."""
        otherwise = self._language.right_to_left
        if not otherwise:
            for run in runs:
                if not run.text.isascii():
                    break
            else:
                return False
        return runs_are_right_to_left(runs, otherwise=otherwise)

    def write(self, runs: Runs, *, right_to_left: bool) -> str:
        """The content of a paragraph."""
        if len(runs) == 1 and runs[0].link is None and runs[0].missing is None:
            return self._run(runs[0], right_to_left)
        runs = with_missing_shown(runs)
        pieces: list[str] = []
        for address, linked in groupby(runs, attrgetter("link")):
            if address is None:
                pieces += [self._run(run, right_to_left) for run in linked]
            elif address.startswith(FOOTNOTE_LINK):
                pieces += [self._note(run, right_to_left) for run in linked]
            else:
                pieces.append(self._hyperlink(address, linked, right_to_left))
        return "".join(pieces)

    def formula(self, tex: str, *, displayed: bool) -> str:
        """A formula, or its source when it cannot be read."""
        formula = office_math(tex, displayed=displayed)
        if formula is None:
            self._warnings.add("formula-as-source")
            return plain_run(tex, "FormulaSource")
        return f"<m:oMathPara>{formula}</m:oMathPara>" if displayed else formula

    def picture_block(self, image: Image, room: Room) -> str:
        """A picture by itself, which leads to where its link does."""
        run = Run(image.alt, picture=image, link=image.link, anchors=image.anchors)
        before, self.picture_room = self.picture_room, room
        xml = self.write((run,), right_to_left=False)
        self.picture_room = before
        return xml

    def bookmarks(self, anchors: tuple[str, ...]) -> str:
        """The places to which links with these anchors lead, each once in the item."""
        written = ""
        for anchor in anchors:
            if anchor not in self._anchors:
                self._anchors.add(anchor)
                written += anchor_bookmark(anchor, self.take_unique())
        return written

    def _run(self, run: Run, right_to_left: bool, *, linked: bool = False) -> str:
        if run.picture:
            shown = self._picture(run.picture)
        elif run.math:
            shown = self.formula(run.text, displayed=False)
        elif run.text.isascii() and not right_to_left:
            shown = self._opening(run, Script.PLAIN, linked) + _content(run.text) + _END
        else:
            stretches = by_script(
                run.text, right_to_left=right_to_left, foreign=self._language.foreign
            )
            shown = "".join(
                [
                    self._opening(run, script, linked) + _content(text) + _END
                    for text, script in stretches
                ]
            )
        return self.bookmarks(run.anchors) + shown if run.anchors else shown

    def _picture(self, image: Image) -> str:
        file = picture(image)
        relation = relation_id(file.data)
        self.relations.pictures[relation] = file
        return drawing(image, relation, self.take_unique(), self.picture_room)

    def _opening(self, run: Run, script: Script, linked: bool) -> str:
        key = (_marks(run), linked, self.is_small, script)
        opening = self._openings.get(key)
        if opening is None:
            before, behind = self._language.properties[script]
            properties = _properties(run, linked, self.is_small, before) + behind
            if properties:
                properties = f"<w:rPr>{properties}</w:rPr>"
            opening = f'<w:r>{properties}<w:t xml:space="preserve">'
            self._openings[key] = opening
        return opening

    def _note(self, run: Run, right_to_left: bool) -> str:
        if self.in_note:
            return self._run(run, right_to_left)
        label = (run.link or "").removeprefix(FOOTNOTE_LINK)
        style = '<w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr>'
        if label in self.notes:
            number = mark(NOTE, self.notes[label])
            return (
                f'<w:fldSimple w:instr=" NOTEREF {self._bookmarks[label]} \\h ">'
                f"<w:r>{style}<w:t>{number}</w:t></w:r></w:fldSimple>"
            )
        number = mark(NOTE, self.notes.setdefault(label, len(self.notes)))
        unique = mark(UNIQUE, self.take_unique())
        bookmark = self._bookmarks[label] = f"_Note{unique}"
        return (
            f'<w:bookmarkStart w:id="{unique}" w:name="{bookmark}"/><w:r>{style}'
            f'<w:footnoteReference w:id="{number}"/></w:r><w:bookmarkEnd w:id="{unique}"/>'
        )

    def _hyperlink(self, address: str, runs: Iterable[Run], right_to_left: bool) -> str:
        if address.startswith("#"):
            content = "".join(self._run(run, right_to_left, linked=True) for run in runs)
            name = bookmark_name(address[1:])
            return f'<w:hyperlink w:anchor="{name}" w:history="1">{content}</w:hyperlink>'
        target = _target(address)
        if target is None:
            self._warnings.add("link-unusable")
            return "".join(self._run(run, right_to_left) for run in runs)
        relation = relation_id(target.encode())
        self.relations.links[relation] = target
        content = "".join(self._run(run, right_to_left, linked=True) for run in runs)
        return f'<w:hyperlink r:id="{relation}" w:history="1">{content}</w:hyperlink>'


def _content(text: str) -> str:
    content = xml_text(text)
    if "\n" in content or "\t" in content:
        content = content.replace("\n", _BREAK).replace("\t", _TAB)
    return content


def _properties(run: Run, linked: bool, small: bool, fonts: str) -> str:
    """The run properties in the order of the schema; a style wherever there is one."""
    style, shown = _style(run, linked, small)
    toggles = [
        ("strong", run.strong, "<w:b/><w:bCs/>"),
        ("emphasis", run.emphasis, "<w:i/><w:iCs/>"),
        ("strike", run.strike, "<w:strike/>"),
        ("underline", run.underline, '<w:u w:val="single"/>'),
        ("keyboard", run.keyboard, KEY_BORDER),
        ("mark", run.mark, MARK_SHADE),
        ("superscript", run.superscript, '<w:vertAlign w:val="superscript"/>'),
        ("subscript", run.subscript, '<w:vertAlign w:val="subscript"/>'),
    ]
    direct = "".join(xml for name, wanted, xml in toggles if wanted and name not in shown)
    named = f'<w:rStyle w:val="{style}"/>' if style else ""
    return named + fonts + direct


def _style(run: Run, linked: bool, small: bool) -> tuple[str, tuple[str, ...]]:
    """The character style of a run and which of its marks that shows: a run has one style."""
    choices = (
        (linked, "Hyperlink", ()),
        (run.code, "VerbatimCharSmall" if small else "VerbatimChar", ()),
        (run.strong and run.emphasis, "StrongEmphasis", ("strong", "emphasis")),
        (run.strong, "Strong", ("strong",)),
        (run.emphasis, "Emphasis", ("emphasis",)),
        (run.strike, "Strikethrough", ("strike",)),
        (run.superscript, "Superscript", ("superscript",)),
        (run.subscript, "Subscript", ("subscript",)),
        (run.keyboard, "Keyboard", ("keyboard",)),
        (run.mark, "Mark", ("mark",)),
        (run.underline, "Underline", ("underline",)),
    )
    return next(((style, shown) for wanted, style, shown in choices if wanted), ("", ()))


def _target(address: str) -> str | None:
    """The address as a relationship's target, or None for one that Word would repair."""
    target = quote(address, safe=_ADDRESS_SAFE)
    try:
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        return None
    has_place = parts.scheme == "mailto" or (parts.hostname and "%" not in parts.hostname)
    return target if has_place and len(target) <= _ADDRESS_MAX else None
