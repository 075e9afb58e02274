"""The templates of the pages."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig

from activities.model.plain_titles import plain_title
from activities.people import amounts
from web.pages import wording
from web.pages.assets import asset_url
from web.pages.words import PAGES, said

# Attributes that hold a path: those of HTML, and what the page's script fetches.
_PATH = re.compile(r'\b(href|src|action|formaction|data-events|data-preview)="/(?!/)')


class _Prefixed(Extension):
    """Puts the prefix before each path that a template names.

    So that templates are written as if everything were at the root, and none can forget it.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """See `jinja2.ext.Extension.preprocess`."""
        return _PATH.sub(r'\1="{{ prefix }}/', source)


def template_config(prefix: str) -> TemplateConfig[JinjaTemplateEngine]:
    """The templates of the pages; whatever they are given is escaped.

    Args:
        prefix: the path below which browsers find the pages; empty for the root.
    """
    environment = Environment(
        extensions=[_Prefixed, "jinja2.ext.i18n"],
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # What a running service shows belongs to the code that it runs.
        auto_reload=False,
    )
    # A sentence in several lines of a template is one line for translators.
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        PAGES.gettext,
        PAGES.ngettext,
        newstyle=True,
        pgettext=PAGES.pgettext,
        npgettext=PAGES.npgettext,
    )
    environment.globals |= {
        "asset": lambda name: f"{prefix}{asset_url(name)}",
        "prefix": prefix,
        "items_in_words": wording.items_in_words,
        "phase_in_words": wording.phase_in_words,
        "in_short": amounts.in_short,
        "forms": PAGES.forms,
    }
    environment.filters |= {
        "plain_title": plain_title,
        "said": said,
        # For what has been marked where it is declared: unlike `_`, it escapes what it gives.
        "worded": PAGES.gettext,
        "number": amounts.number,
        "size": amounts.size,
        "duration": amounts.duration,
        "day": amounts.day,
        "moment": amounts.at_moment,
    }
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))
