"""What the service says to people: found in its code, as messages to translate.

Three kinds. What code says when it is called is marked (`_`, `ngettext`, `{% trans %}`). What is
declared, such as the labels of options, is taken from the declarations. Details of errors and
warnings, which programs get in English, are taken from where they are raised: a page that shows one
finds its translation by its pattern (`activities.people.words`).
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract

from activities.common.database_faults import SENTENCES
from activities.model.catalog import every_option, formats
from activities.model.content import PART_TITLES
from activities.model.formats import Format
from activities.model.job_formats import bundle
from activities.model.jobs import Status
from activities.model.option_kinds import options_of
from activities.model.presets import PRESETS
from activities.model.problems import PROBLEM_TYPES, HttpProblemType
from activities.people.words import PLACEHOLDER, SERVICE, Words
from web.pages.words import PAGES
from workflows.contracts import NOTHING_FETCHED, NOTHING_GOOD_ENOUGH

_KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "forms": (1, 2),
}
_SAYING_DETAILS = frozenset(
    {"ProblemError", "FieldError", "ExportWarning", "problem", "retry_after", "skipped"}
)
"""What is called with a detail for people and programs."""
_ELSEWHERE = frozenset(
    {
        "client",
        "testing",
        "changes_since.py",
        "job_watcher.py",
        "json_body.py",
        "operators.py",
        "content_filters.py",
        "request_checks.py",
        "tokens.py",
    }
)
"""Rooms and modules whose sentences no page shows, or pages in English alone."""
_IN_ENGLISH = ("admin_",)
"""Pages for those who operate, whose logs, metrics and guides are in English too."""
_TO_PROGRAMS = frozenset({405, 412, 413, 415, 416, 431})
"""Statuses that no page of ours leads to."""
_COUNTED = re.compile(r": %\(count\)s.*\.")
_FIELD = re.compile(r"\{(\w*)\}")


class Message(NamedTuple):
    """One thing to translate."""

    id: str | tuple[str, str]
    """The English; of a message with a number its two forms."""
    context: str | None
    place: str
    """The file that says it."""


Key = tuple[str | tuple[str, str], str | None]


@cache
def template(words: Words, root: Path) -> Catalog:
    """All messages of a room; those of the pages without what mails say as well."""
    found = {(each.id, each.context): each for each in _messages_of(words, root)}
    if words is PAGES:
        for each in _messages_of(SERVICE, root):
            found.pop((each.id, each.context), None)
    catalog = Catalog(fuzzy=False)
    for message in sorted(found.values(), key=lambda each: (each.place, str(each.id))):
        catalog.add(message.id, context=message.context, locations=[(message.place, 0)])
    return catalog


@cache
def _messages_of(words: Words, root: Path) -> list[Message]:
    return list(_found(words, root))


def _found(words: Words, root: Path) -> Iterator[Message]:
    if words is SERVICE:
        yield from _declared()
        yield from _marked(root, "activities/people")
        yield from _details(root, "activities")
    else:
        yield from _marked(root, "web/pages")
        for folder in ("web/pages", "web/services", "web/http", "web/auth"):
            yield from _details(root, folder)


def _declared() -> Iterator[Message]:
    for kind in PROBLEM_TYPES.values():
        if isinstance(kind, HttpProblemType) and kind.status in _TO_PROGRAMS:
            continue
        # A detail that is the title with a full stop is translated by it.
        detail = kind.detail if kind.detail != f"{kind.title}." else ""
        yield from _constants("activities/model/problems.py", kind.title, detail, kind.advice)
    yield from _constants("activities/model/content.py", *PART_TITLES.values())
    # Details of errors name the state of a job.
    yield from _constants("activities/model/jobs.py", *(status.value for status in Status))
    yield from _constants("workflows/contracts.py", NOTHING_FETCHED, NOTHING_GOOD_ENOUGH)
    yield from _constants("activities/common/database_faults.py", *SENTENCES.values())
    for preset in PRESETS.values():
        yield from _constants("activities/model/presets.py", preset.label, preset.description)
    for entry in (*formats().values(), bundle()):
        yield from _format(entry)
    for option in options_of(every_option()):
        # Languages are called what their speakers call them.
        labels = list(option.value_labels.values())
        if option.name == "language":
            labels = [option.value_labels[""]]
        yield from _constants("activities/model/options.py", option.label, option.hint, *labels)


def _format(entry: Format) -> Iterator[Message]:
    place = f"activities/formats/{entry.id}"
    yield from _constants(place, entry.name, entry.description, entry.limits, entry.opening)


def _constants(place: str, *texts: str) -> Iterator[Message]:
    return (Message(text, None, place) for text in texts if text)


def _marked(root: Path, folder: str) -> Iterator[Message]:
    for path in sorted((root / folder).rglob("*")):
        if path.name.startswith(_IN_ENGLISH):
            continue
        if path.suffix == ".py":
            found = extract("python", BytesIO(path.read_bytes()), _KEYWORDS)
        elif path.suffix == ".html":
            options = {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
            with path.open("rb") as file:
                found = extract(
                    "jinja2.ext:babel_extract", BytesIO(file.read()), _KEYWORDS, options=options
                )
        else:
            continue
        place = path.relative_to(root).as_posix()
        for _line, text, _comments, context in found:
            yield Message(_id(text), context, place)


def _id(text: object) -> str | tuple[str, str]:
    if isinstance(text, tuple):
        one, other = text
        return (str(one), str(other))
    return str(text)


def _details(root: Path, folder: str) -> Iterator[Message]:
    for path in sorted((root / folder).rglob("*.py")):
        if _ELSEWHERE.isdisjoint(path.parts) and not path.name.startswith(_IN_ENGLISH):
            place = path.relative_to(root).as_posix()
            for text in _details_in(ast.parse(path.read_text(encoding="utf-8"))):
                yield Message(text, None, place)


def _details_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _SAYING_DETAILS:
            given = [*node.args, *(each.value for each in node.keywords if each.arg == "detail")]
            yield from _sentences(given)
        elif isinstance(node, ast.FunctionDef) and node.name.endswith("_detail"):
            returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            yield from _sentences([value for value in returned if value is not None])
        elif isinstance(node, ast.Dict):
            yield from filter(_COUNTED.search, _sentences(node.values))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            found = _sentences([node.value])
            yield from found if _is_detail(node) else filter(_COUNTED.search, found)


def _is_detail(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(each, ast.Name) and each.id == "detail" for each in targets)


def _sentences(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """Those of texts and f-strings that are sentences, with names for what is put in."""
    for node in nodes:
        if isinstance(node, ast.IfExp):
            yield from _sentences([node.body, node.orelse])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _is_sentence(node.value):
                yield _FIELD.sub(lambda found: f"%({found[1] or 'count'})s", node.value)
        elif isinstance(node, ast.JoinedStr) and _is_sentence(_fixed(node)):
            yield _told_apart("".join(map(_part, node.values)))


def _told_apart(text: str) -> str:
    """The text with another name for each thing that is put in."""
    seen: Counter[str] = Counter()

    def name(found: re.Match[str]) -> str:
        seen[found[1]] += 1
        return f"%({found[1]}{seen[found[1]] if seen[found[1]] > 1 else ''})s"

    return PLACEHOLDER.sub(name, text)


def _fixed(node: ast.JoinedStr) -> str:
    return "".join(
        str(each.value) if isinstance(each, ast.Constant) else "x" for each in node.values
    )


def _is_sentence(text: str) -> bool:
    return " " in text and text.endswith((".", "?")) and len(re.findall(r"[a-z]{2,}", text)) > 1


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value).replace("{}", "%(count)s")
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]
    return f"%({_name(names[0]).strip('_').lower() if names else 'count'})s"


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return "status" if node.attr == "value" else node.attr
    return node.id if isinstance(node, ast.Name) else ""
