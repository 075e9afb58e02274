"""Which pictures a text refers to, found without reading the text.

The worker that fetches pictures must know what to fetch before anything is rendered, and Markdown
and HTML of anybody are read by render children alone. So this does not read: it looks for what
could be a picture to the readers, in one pass and in a time that grows with the text alone, and
leaves to them what is one. What it finds too much, in code, costs a request.
"""

import html
import re
from collections.abc import Iterator
from html.entities import html5
from itertools import pairwise
from typing import Final

from activities.documents.spaced_addresses import spaced_address

_REFERENCE_MAX: Final = 2_000
"""Characters of a reference: more is in no URL that servers take."""

_BARE = r"(?:[^\s()<>\\]|\\.)*+"
_DESTINATION = rf"(?:<([^<>\n]*+)>|({_BARE}(?:\({_BARE}\){_BARE})*+))"
_MARK = re.compile(r"\\.|`+|!\[|\[|\]", re.DOTALL)
_BACKTICKS = re.compile("`+")
# Between its parts there may be marks of the quotation around it.
_INLINE = re.compile(rf"\([\s>]*+{_DESTINATION}")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.)*+)\]", re.DOTALL)
# What looks like the destination of one may be the label of the next.
_DEFINITION = re.compile(
    rf"(?<![^\s>])\[((?:[^\[\]\\]|\\.)++)\]:[\s>]*+(?={_DESTINATION})", re.DOTALL
)
_TAG = re.compile(r"<img\b", re.IGNORECASE)
_VALUE = r"""\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>][^\s>]*+))"""
_SOURCE = re.compile(rf"(?<![\w-])(?:data-)?src{_VALUE}", re.IGNORECASE)
_ATTRIBUTE = re.compile(rf"[\s/]*+(=?[^\s/>=]++)(?:{_VALUE})?")
_UNFINISHED = re.compile(r"\s*+=\s*+[\"']")
_TAG_END = re.compile(r"[\s/]*+>")
_ENTITY = re.compile(r"&(?:#\w++|(\w++));?")
_MAY_REFER = re.compile(rb"!\[|<img", re.IGNORECASE)
_HOLDS_DATA = ("data:", "#", "javascript:", "blob:", "about:")


def may_refer(encoded: bytes) -> bool:
    """Whether an item, as JSON, could refer to pictures at all."""
    return _MAY_REFER.search(encoded) is not None


def references(text: str) -> Iterator[str]:
    """What a text may refer to pictures by, as it is written there but for escapes; some twice."""
    yield from filter(_can_be_asked_for, map(str.strip, _all(text)))


def references_in(value: object) -> Iterator[str]:
    """The same of all texts in a value of JSON, in their order."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield from references(each)
        elif isinstance(each, dict):
            waiting.extend(reversed(each.values()))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def keys_of(reference: str) -> tuple[str, ...]:
    """A reference in the forms in which readers give it: Markdown's encodes what a URL cannot
    hold.
    """
    # Workers meet few pictures, and this brings all of the reader of Markdown.
    from markdown_it.common.normalize_url import normalizeLink

    encoded: str = normalizeLink(reference)
    return (reference,) if encoded == reference else (reference, encoded)


def _can_be_asked_for(reference: str) -> bool:
    return 0 < len(reference) <= _REFERENCE_MAX and not reference.lower().startswith(_HOLDS_DATA)


def _all(text: str) -> Iterator[str]:
    if "![" in text:
        yield from _in_markdown(text)
    tags = [match.end() for match in _TAG.finditer(text)]
    is_within = False
    for start, end in pairwise([*tags, len(text)]):
        attributes = None if is_within else _attributes(text, start, end)
        if attributes is not None:
            yield _unescaped(attributes.get("src") or attributes.get("data-src") or "")
            continue
        # A tag within a value of another, or the other way round: who knows.
        is_within = _attributes(text, start, end) is None
        for source in _SOURCE.finditer(text, start, end):
            yield _unescaped(source[1] or source[2] or source[3] or "")


def _attributes(text: str, start: int, end: int) -> dict[str, str] | None:
    """The attributes of a tag, of equal ones the first; None if it has no end here."""
    found: dict[str, str] = {}
    while _TAG_END.match(text, start, end) is None:
        attribute = _ATTRIBUTE.match(text, start, end)
        if attribute is None or _UNFINISHED.match(text, attribute.end(), end):
            return None
        found.setdefault(attribute[1].lower(), attribute[2] or attribute[3] or attribute[4] or "")
        start = attribute.end()
    return found


def _unescaped(value: str) -> str:
    """The value of an attribute without its entities (HTML standard, 13.2.5.73): those that lack
    their semicolon are none before a letter, a digit or an equals sign.
    """

    def character(entity: re.Match[str]) -> str:
        name = entity[1]
        is_open = name is not None and not entity[0].endswith(";")
        if is_open and (name not in html5 or value.startswith("=", entity.end())):
            return entity[0]
        return html.unescape(entity[0])

    return _ENTITY.sub(character, value) if "&" in value else value


def _in_markdown(text: str) -> Iterator[str]:
    from markdown_it.common.utils import unescapeAll  # as above

    labels: set[str] = set()
    open_brackets: list[tuple[bool, int]] = []
    for bracket in _brackets(text):
        if bracket[0] != "]":
            open_brackets.append((bracket[0] == "![", bracket.end()))
            continue
        is_image, start = open_brackets.pop() if open_brackets else (False, 0)
        if not is_image:
            continue
        spaced = spaced_address(text, bracket.end(), len(text))
        if spaced is not None:
            yield spaced.address
            continue
        destination = _INLINE.match(text, bracket.end())
        if destination is not None:
            yield unescapeAll(destination[1] or destination[2] or "")
            continue
        label = _LABEL.match(text, bracket.end())
        shown = label[1] if label is not None and label[1] else text[start : bracket.start()]
        labels.add(_normalised(shown))
    if labels:
        for definition in _DEFINITION.finditer(text):
            if _normalised(definition[1]) in labels:
                yield unescapeAll(definition[2] or definition[3] or "")


def _brackets(text: str) -> Iterator[re.Match[str]]:
    """Those that are not escaped or within code on one line: further apart, backticks may belong
    to different blocks, of which only a reader knows.
    """
    ends = _code_ends(text) if "`" in text else {}
    place = 0
    while (mark := _MARK.search(text, place)) is not None:
        place = mark.end()
        if mark[0][0] == "`":
            end = ends.get(mark.start(), 0)
            if end and text.find("\n", place, end) < 0:
                place = end
        elif mark[0][0] != "\\":
            yield mark


def _code_ends(text: str) -> dict[int, int]:
    """Where the code ends that each run of backticks would begin (CommonMark 6.1)."""
    ends: dict[int, int] = {}
    following: dict[int, int] = {}
    for run in reversed(list(_BACKTICKS.finditer(text))):
        length = run.end() - run.start()
        if length in following:
            ends[run.start()] = following[length]
        following[length] = run.end()
    return ends


def _normalised(label: str) -> str:
    """A label as CommonMark compares it (section 4.7)."""
    return " ".join(label.casefold().split())
