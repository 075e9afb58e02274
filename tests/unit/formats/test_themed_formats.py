"""Which files a theme changes, and that they are found again by what it is and not by its name."""

import msgspec
import pytest

from activities.formats.json.declaration import FORMAT
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.testing import Recorder, render
from activities.formats.testing.items import item
from activities.model.catalog import every_option, formats
from activities.model.fingerprints import export_fingerprint
from activities.model.job_formats import bundle_options, theme_of
from activities.model.options import RenderOptions, converted
from activities.model.themes import Theme

BUNDLED = bundle_options(every_option()(), ("json", "pdf"), "fail")


@pytest.mark.parametrize(("format_id", "options"), [("pdf", PdfOptions()), ("bundle", BUNDLED)])
def test_the_bytes_of_a_theme_tell_files_apart_and_its_name_does_not(
    format_id: str, options: RenderOptions
) -> None:
    def of(name: str | None, sha256: str | None) -> str:
        named = msgspec.structs.replace(options, theme=name)
        return export_fingerprint(format_id, named, "Title", "content", sha256)

    assert of("north", "a" * 64) == of(None, "a" * 64)
    assert len({of("north", "a" * 64), of("north", "b" * 64), of("north", None)}) == 3
    assert of("default", None) == of(None, None)


def test_formats_with_a_look_have_a_theme() -> None:
    assert theme_of("pdf", PdfOptions(theme="north")) == ("north",)
    assert theme_of("bundle", BUNDLED) == (None,)
    data = bundle_options(every_option()(), ("json", "csv"), "fail")
    assert theme_of("bundle", data) is None
    assert theme_of("json", converted(PdfOptions(theme="north"), FORMAT.options)) is None


@pytest.mark.parametrize("format_id", ["pdf", "docx", "html", "epub", "scorm", "xlsx"])
def test_files_of_every_format_with_a_look_show_the_theme(format_id: str) -> None:
    assert "theme" in formats()[format_id].option_names()
    content = item(study_guide="Some words.", metadata={"subject": "Biology"})
    plain, _ = render(format_id, [content])
    themed, _ = render(format_id, [content], report=Recorder(theme=Theme(accent="#7A1531")))
    assert themed != plain


@pytest.mark.parametrize("format_id", ["json", "csv", "txt", "jsonl"])
def test_files_of_other_formats_do_not(format_id: str) -> None:
    assert "theme" not in formats()[format_id].option_names()
    theme = Theme(accent="#7A1531", licence="CC BY", header_text="North School")
    content = item(study_guide="Some words.", metadata={"subject": "Biology"})
    plain, _ = render(format_id, [content])
    assert render(format_id, [content], report=Recorder(theme=theme))[0] == plain
