"""The templates of the pages."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig

from web.pages import wording
from web.pages.assets import asset_url
from web.pages.plain_titles import plain_title


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """The templates of the pages; whatever they are given is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # What a running service shows belongs to the code that it runs.
        auto_reload=False,
    )
    environment.globals["asset"] = asset_url
    environment.filters |= {
        "plain_title": plain_title,
        "size": wording.size,
        "duration": wording.duration,
        "day": wording.day,
        "moment": wording.at_moment,
    }
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))
