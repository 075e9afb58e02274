"""Titles, which are Markdown, as the plain text that a reader of the course would see.

The service's Markdown parser belongs to the renderers, which the API never loads. A title is one
line, so what can stand in it is little: emphasis, code, links, images, formulas, tags of HTML and
escapes.
"""

import html
import re

# Every run is bounded, so that no text makes a pattern look far ahead from each of its characters.
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,500}\")?\)")
_CODE = re.compile(r"(`{1,3})(?!`)(.{1,500}?)(?<!`)\1(?!`)")
_MARKS = (
    re.compile(r"(\*{1,3})(?=\S)([^*]{1,500}?)(?<=\S)\1"),
    re.compile(r"(?<!\w)(_{1,3})(?=\S)([^_]{1,500}?)(?<=\S)\1(?!\w)"),
)
# What is struck out keeps its marks, as it would say the opposite without.
_STRUCK = re.compile(r"</?(?:s|del)(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:sub|sup|b|strong|i|em|u|s|del|ins|mark|kbd|code|small|span|br)(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# Without any of these a title is plain as it is.
_MARKED = re.compile(r"[\\`\[*_~&<\0]")
# Stands for an escaped character until all marks are gone; no title may hold a NUL.
_KEPT = "\0{}\0"
_PUT_BACK = re.compile("\0(\\d+)\0")


def plain_title(title: str) -> str:
    """The title without marks; what it says stays."""
    if not _MARKED.search(title):
        return " ".join(title.split()) or "Untitled"
    text = _ESCAPED.sub(_keep, " ".join(title.replace("\0", "").split()))
    text = _CODE.sub(lambda found: "".join(map(_kept, found[2])), text)
    text = _LINK.sub(r"\1", text)
    text = _STRUCK.sub("~~", text)
    text = _TAG.sub(_space_of, text)
    for marks in _MARKS:
        text = marks.sub(r"\2", text)
    text = html.unescape(text)
    return _PUT_BACK.sub(lambda found: chr(int(found[1])), text).strip() or "Untitled"


def _space_of(tag: re.Match[str]) -> str:
    return " " if tag[0][:3].lower() == "<br" else ""


def _keep(found: re.Match[str]) -> str:
    return _kept(found[1])


def _kept(character: str) -> str:
    return _KEPT.format(ord(character))
