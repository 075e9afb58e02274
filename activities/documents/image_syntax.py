"""Images in Markdown that CommonMark takes for text: with a size behind the address, as HackMD,
Joplin and Azure DevOps write it (`![x](a.png =100x50)`), and with white space in the data of a
data: URL, as mails and wikis break lines. What is left of one that was cut off is an image, too:
nobody wants to read it. Outline has the size in the title, Obsidian behind the description.
Addresses with spaces are those of files.
"""

import re
from typing import Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from activities.documents.spaced_addresses import spaced_address

_SIZE: Final = "size"
"""The key of a token's `meta` for the size that its author asks for: width and height, or None."""

# Each of them begins at one place of the text and looks at no character twice.
_DATA = re.compile(
    r"\(\s*<?(?P<url>data:image/[a-z0-9.+;=_-]+,[A-Za-z0-9+/=%_\s-]*)>?", re.IGNORECASE
)
_SIZED = re.compile(
    r"\(\s*(?:<(?P<pointed>[^<>\n]*)>|(?P<bare>[^\s()<>]*+(?:\([^\s()<>]*+\)[^\s()<>]*+)*+))"
    r"(?=\s)"
)
_REST = re.compile(
    r"""(?:\s+(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'))?"""
    r"""(?:\s+=(?P<width>\d{1,5})?(?:px|%)?x(?P<height>\d{1,5})?(?:px|%)?)?"""
    r"""(?:\s+(?:"(?P<later>[^"\n]*)"))?\s*\)"""
)
_TRAILING_SIZE = re.compile(r"\s=(\d{1,5})?x(\d{1,5})?\s*\Z")
_IN_TITLE = re.compile(r"\s*(?:left-50|right-50|full-width)?\s*(?:=(\d{1,5})?x(\d{1,5})?)?\s*")
_IN_DESCRIPTION = re.compile(r"\|\s*(\d{1,5})(?:x(\d{1,5}))?\s*\Z")
_CUT_OFF_MIN = 100
"""Characters of data: so many nobody wrote by hand."""


def image_syntax(parser: MarkdownIt) -> None:
    """Let a parser read them, before it looks for other images."""
    parser.inline.ruler.before("image", "lenient_image", _lenient_image)


def _lenient_image(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("![", state.pos):
        return False
    label_end = state.md.helpers.parseLinkLabel(state, state.pos + 1, False)
    if label_end < 0:
        return False
    found = (
        _with_data(state, label_end + 1)
        or _with_size(state, label_end + 1)
        or _with_spaces(state, label_end + 1)
    )
    if found is None:
        return False
    end, address, title, size = found
    if not silent:
        _push_image(state, state.src[state.pos + 2 : label_end], address, title, size)
    state.pos = end
    return True


class AskedSize(NamedTuple):
    """What is left of an image's texts without the size that is asked for."""

    description: str
    title: str
    width: int | None
    height: int | None


def asked_size(image: Token, description: str) -> AskedSize:
    """The size that an image's author asks for, wherever it was written."""
    title = str(image.attrs.get("title", "")).strip()
    width, height = image.meta.get(_SIZE, (None, None))
    if in_title := _IN_TITLE.fullmatch(title):
        title = ""
        width, height = width or _number(in_title[1]), height or _number(in_title[2])
    if in_description := _IN_DESCRIPTION.search(description[-16:]):
        description = description[: -len(in_description[0])].rstrip()
        width, height = width or _number(in_description[1]), height or _number(in_description[2])
    return AskedSize(description, title, width, height)


_Found = tuple[int, str, str, tuple[int | None, int | None]]


def _with_data(state: StateInline, start: int) -> _Found | None:
    match = _DATA.match(state.src, start)
    if match is None:
        return None
    url = match["url"]
    # A size looks like data, of which no padding follows white space.
    size = _TRAILING_SIZE.search(url[-20:])
    if size is not None:
        url = url[: len(url) - (len(size.string) - size.start())]
    rest = _REST.match(state.src, match.end("url"))
    if rest is None:
        rest = _REST.match(state.src, match.end())
    if rest is None:
        if len(url) < _CUT_OFF_MIN or match.end() < len(state.src):
            return None
        return match.end(), url, "", (None, None)
    asked = (_number(size[1]), _number(size[2])) if size else _size(rest)
    return rest.end(), url, _title(rest), asked


def _with_size(state: StateInline, start: int) -> _Found | None:
    match = _SIZED.match(state.src, start)
    rest = _REST.match(state.src, match.end()) if match else None
    if match is None or rest is None or not (rest["width"] or rest["height"]):
        return None
    address = unescapeAll(match["pointed"] if match["bare"] is None else match["bare"])
    return rest.end(), state.md.normalizeLink(address), _title(rest), _size(rest)


def _with_spaces(state: StateInline, start: int) -> _Found | None:
    found = spaced_address(state.src, start, state.posMax)
    if found is None:
        return None
    return found.end, state.md.normalizeLink(found.address), found.title, (None, None)


def _size(rest: re.Match[str]) -> tuple[int | None, int | None]:
    return _number(rest["width"]), _number(rest["height"])


def _number(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _title(rest: re.Match[str]) -> str:
    return unescapeAll(rest["double"] or rest["single"] or rest["later"] or "")


def _push_image(
    state: StateInline, label: str, address: str, title: str, size: tuple[int | None, int | None]
) -> None:
    children: list[Token] = []
    state.md.inline.parse(label, state.md, state.env, children)
    token = state.push("image", "img", 0)
    token.attrs = {"src": address, "alt": ""}
    if title:
        token.attrs["title"] = title
    token.children = children
    token.content = label
    token.meta = {_SIZE: size}
