"""The words of a source and those of a file, read without the project's own readers.

Words are compared without what stands between them, since formats break lines where they like.
"""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from itertools import chain
from types import MappingProxyType
from typing import Any, Final
from zipfile import ZipFile

import pypdf
from lxml import etree
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from python_calamine import CalamineWorkbook

_WORD = re.compile(r"[^\W_]+")
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MATHS = re.compile(
    r"^```math$.*?^```$|\$`.*?`\$|\$\$.*?\$\$|\\\[.*?\\\]|\\\(.*?\\\)|\\ce\{.*?\}"
    r"|\\begin\{(\w+)\}.*?\\end\{\1\}|(?<![\w$`{])\$(?=[^\s$])[^$`\n]*?[^\s$]\$(?![\w$])",
    re.DOTALL | re.MULTILINE,
)
_CODE = re.compile(r"^( *)```.*?^\1 ?```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_DESCRIPTION = re.compile(r"!\[([^\]|]*)|<img (?![^>]*equation_image)[^>]*?alt=\"([^\"]*)")
"""Of a picture; those of formulas are formulas."""
_HIDDEN: Final = tuple(
    re.compile(pattern, re.DOTALL | re.MULTILINE)
    for pattern in (
        r"\A---\n.*?^---$",  # front matter
        r"^ *```+.*$",  # what a fence says of its code
        r"^:::\w*",
        r"\[![\w]+\][-+]?",  # the kind of a callout
        r"\[\^\w+\]:?",
        r"^[\s>]*(?:[-*+]|\d+[.)])(?:[ \t]+\[[ xX]\](?=[ \t]))?[ \t]",
        r"!\[[^\]]*(?=\]\()",  # the description of a picture; its title stays
        r"(?<!!)\]\([^\s()]*(?: \"[^\"]*\")?\)",  # what a link says of its target
        r"\]\([^\s()]*(?: \"=\d+x\d+\")?",
        r"data:[\w/;,+=]*",
    )
)
_NOT_SHOWN = frozenset({"script", "style", "iframe", "rp"})
_WITHIN_WORDS = frozenset({"sub", "sup", "b", "i", "mark", "em"})
_APART = frozenset({"p", "li", "td", "th", "dt", "dd", "div", "br", "h1", "h2", "h3", "h4", "h5"})
_WORD_NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATHS_NAMESPACE = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


class _Texts(HTMLParser):
    """Collects what a browser shows."""

    def __init__(
        self, hidden: frozenset[str] = _NOT_SHOWN, apart: frozenset[str] | None = None
    ) -> None:
        """Pass over what is `hidden`; words end at elements that are `apart`, or at most of them
        where that is not said.
        """
        super().__init__()
        self.texts: list[str] = []
        self._not_shown = hidden
        self._apart = apart
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._not_shown:
            self._hidden += 1
        parts = tag not in _WITHIN_WORDS if self._apart is None else tag in self._apart
        self.texts.append(" " if parts else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._not_shown and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def words_of_html(source: str) -> Counter[str]:
    """The words that a browser shows; maths is left out."""
    texts = _Texts()
    texts.feed(source)
    texts.close()
    return _words(_MATHS.sub(" ", "".join(texts.texts)))


def words_of_descriptions(source: str) -> Counter[str]:
    """The words that stand for pictures."""
    return _words(" ".join(chain.from_iterable(_DESCRIPTION.findall(source))))


def code_of(source: str) -> str:
    """All code of a text, in which marks are no marks."""
    return "".join(found[0] for found in _CODE.finditer(source.replace("\n```markdown", "")))


def words_of_markdown(source: str) -> Counter[str]:
    """The words of a text without its marks, tags and addresses; maths is left out."""
    source = _MATHS.sub(" ", source)
    for pattern in _HIDDEN:
        source = pattern.sub(" ", source)
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return " "

    # Signs in code are no tags.
    source = _CODE.sub(keep, source)
    # Marks within words part no words.
    source = re.sub(r"\*\*|~~|==|(?<=\w)[*~^](?=[\w*])|\\(?=[|\n])", "", source)
    return words_of_html(source) + _words(" ".join(kept))


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(_normal(text)))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def missing(words: Counter[str], text: str) -> list[str]:
    """The words that a text has too few of."""
    text = _UNSEEN.sub("", _normal(text))
    return [word for word, count in words.items() if text.count(word) < count]


def text_of(format_id: str, data: bytes) -> str:
    """All text that a reader of the file finds."""
    return "\n".join(_READERS[format_id](data))


def _json(data: bytes) -> Iterator[str]:
    return _strings(json.loads(data)["items"])


def _json_lines(data: bytes) -> Iterator[str]:
    return _strings([json.loads(line) for line in data.splitlines()])


def _strings(items: Any) -> Iterator[str]:
    waiting: list[Any] = [items]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            waiting += reversed(list(value.values()) if isinstance(value, dict) else value)


def _csv(data: bytes) -> Iterator[str]:
    # The texts of CSV have an apostrophe before what would be a formula.
    text = data.decode("utf-8-sig")
    # The limit is the process's.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    for row in csv.reader(io.StringIO(text, newline="")):
        yield from row


def _txt(data: bytes) -> Iterator[str]:
    yield data.decode()


def _xlsx(data: bytes) -> Iterator[str]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in workbook.sheet_names:
        for row in workbook.get_sheet_by_name(name).to_python():
            yield from map(str, row)


def _docx(data: bytes) -> Iterator[str]:
    with ZipFile(io.BytesIO(data)) as package:
        for part in ("word/document.xml", "word/footnotes.xml"):
            yield from _paragraphs(etree.fromstring(package.read(part)).iter())


def _paragraphs(elements: Iterable[etree._Element]) -> Iterator[str]:
    for element in elements:
        name = element.tag
        if name in {f"{_WORD_NAMESPACE}t", f"{_MATHS_NAMESPACE}t"}:
            yield element.text or ""
        elif name == f"{_WORD_NAMESPACE}p":
            yield "\n"


def page_text(page: str) -> str:
    """The text of a page of ours, without its style and the TeX beside formulas."""
    texts = _Texts(hidden=_NOT_SHOWN | {"head", "annotation"}, apart=_APART)
    texts.feed(page)
    texts.close()
    return "".join(texts.texts)


def _html(data: bytes) -> Iterator[str]:
    yield page_text(data.decode())


def _epub(data: bytes) -> Iterator[str]:
    with ZipFile(io.BytesIO(data)) as book:
        for name in book.namelist():
            if name.endswith(".xhtml"):
                yield page_text(book.read(name).decode())


def _scorm(data: bytes) -> Iterator[str]:
    with ZipFile(io.BytesIO(data)) as package:
        yield page_text(package.read("index.html").decode())


def _imscc(data: bytes) -> Iterator[str]:
    with ZipFile(io.BytesIO(data)) as cartridge:
        for name in cartridge.namelist():
            if name.endswith(".html"):
                yield _without_delimiters(page_text(cartridge.read(name).decode()))
            elif name.startswith("quizzes/"):
                # The questions of the bank are on the pages, with their answers.
                root = etree.fromstring(cartridge.read(name))
                for text in root.iter("{*}mattext", "{*}title"):
                    yield _without_delimiters(page_text(text.text or ""))


def _without_delimiters(text: str) -> str:
    """A text without what tells MathJax of its formulas."""
    return re.sub(r"\\[()\[\]]", " ", text)


_MARKDOWN: Final = (
    MarkdownIt("commonmark", {"maxNesting": 200})
    .enable(["table", "strikethrough"])
    .use(footnote_plugin)
)
"""None of the project's own dialect."""
_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)

_ALERT: Final = re.compile(r"(<blockquote>\n<p>)\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]")
"""What GitHub shows as a sign and a word."""


def pages_of_markdown(data: bytes) -> dict[str, str]:
    """The HTML of each note in a folder, by its name."""
    with ZipFile(io.BytesIO(data)) as folder:
        return {
            name: _ALERT.sub(
                r"\1", _MARKDOWN.render(_FRONT_MATTER.sub("", folder.read(name).decode()))
            )
            for name in folder.namelist()
            if name.endswith(".md")
        }


def _markdown(data: bytes) -> Iterator[str]:
    yield from map(page_text, pages_of_markdown(data).values())


def _pdf(data: bytes) -> Iterator[str]:
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        yield page.extract_text()


_READERS: MappingProxyType[str, Callable[[bytes], Iterator[str]]] = MappingProxyType(
    {
        "json": _json,
        "jsonl": _json_lines,
        "csv": _csv,
        "txt": _txt,
        "xlsx": _xlsx,
        "docx": _docx,
        "pdf": _pdf,
        "html": _html,
        "epub": _epub,
        "imscc": _imscc,
        "markdown": _markdown,
        "scorm": _scorm,
    }
)
