"""Every word of a page is marked for translation, or stands in the list of those that are not."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from web.pages.template_engine import template_config

TEMPLATES = Path(__file__).parents[3] / "web/pages/templates"
IN_ENGLISH = "admin_"
"""Pages for operators, whose logs, metrics and guides are in English too."""
NOT_WORDS: Mapping[str, frozenset[str]] = {
    "base.html": frozenset({"API"}),
    "webhooks.html": frozenset({"https://platform.example/hooks/exports"}),
}
"""What stands in templates as it is: names, addresses, examples of what programs read."""
SAID_BY_ATTRIBUTES = frozenset({"alt", "aria-description", "aria-label", "placeholder", "title"})
SAID_BY_SCRIPTS = re.compile(r"data-.*(text|label|said|words|message)")
NOT_SAID = frozenset({"script", "style", "svg", "code"})
MARKING = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext", "forms"})
WORD = re.compile(r"[^\W\d_]{2,}")
PUT_IN = "\ufffc"


class Said(HTMLParser):
    """Collects what a page says by itself: its text, and attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SAID_BY_ATTRIBUTES or SAID_BY_SCRIPTS.fullmatch(name):
                self._note(value or "")
        if tag in NOT_SAID:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._note(data)

    def _note(self, text: str) -> None:
        for each in text.split(PUT_IN):
            if WORD.search(each):
                self.found.append(" ".join(each.split()))


def unmarked(source: str) -> list[str]:
    """What a template says outside of `_()` and `{% trans %}`."""
    environment = environment_of_pages()
    html, translated = [], False
    for _line, kind, text in environment.lex(source):
        if kind == "name" and text in {"trans", "endtrans"}:
            translated = text == "trans"
        elif kind == "data" and not translated:
            html.append(text)
        elif kind == "variable_begin":
            html.append(PUT_IN)
    said = Said()
    said.feed("".join(html))
    said.close()
    return [*said.found, *sentences_in_expressions(environment.parse(source))]


def sentences_in_expressions(node: nodes.Node) -> Iterator[str]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Call) and getattr(child.node, "name", "") in MARKING:
            continue
        if isinstance(child, nodes.Filter) and child.name == "worded":
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            if " " in child.value.strip() and WORD.search(child.value):
                yield child.value
        elif not isinstance(child, nodes.TemplateData):
            yield from sentences_in_expressions(child)


def environment_of_pages() -> Environment:
    templates = template_config("").instance
    assert templates is not None
    environment: Environment = templates.engine
    return environment


@pytest.mark.parametrize(
    "name",
    sorted(each.name for each in TEMPLATES.glob("*.html") if not each.name.startswith(IN_ENGLISH)),
)
def test_words_of_templates_are_marked(name: str) -> None:
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    known = NOT_WORDS.get(name, frozenset())
    assert [each for each in unmarked(source) if each not in known] == []


def test_unmarked_words_are_found() -> None:
    marked = (
        "<p title=\"{{ _('Yes') }}\">{{ _('Two words') }}{% trans %}And so on{% endtrans %}</p>"
    )
    bare = '<p title="No">Bare <b>words</b>{{ "and these" if x }}<code>EXPORT_PORT</code></p>'
    assert unmarked(marked) == []
    assert unmarked(bare) == ["No", "Bare", "words", "and these"]
