"""Which formats there are, and what becomes of one that is wrong."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from activities.formats.csv.declaration import CsvOptions
from activities.formats.pdf.declaration import PdfOptions
from activities.model.catalog import (
    BUILT_IN,
    ENTRY_POINT_GROUP,
    Catalog,
    NotInstalledError,
    formats,
    read_catalog,
)
from activities.model.declarations import DeclarationError
from activities.model.formats import Format, Variant
from activities.model.job_formats import decode_options
from activities.model.options import RESERVED_NAMES, RenderOptions
from web.schemas.requests import BulkExportRequest, CreateExportRequest

CHECKOUT = Path(__file__).parents[3]


def entry_point(name: str, load: Callable[[], object], package: str) -> Any:
    return SimpleNamespace(name=name, load=load, dist=SimpleNamespace(name=package))


def with_csv_bom(default: bool) -> Any:
    """Options that have an option of CSV, with its very words."""
    [declared] = [field for field in msgspec.structs.fields(CsvOptions) if field.name == "csv_bom"]
    option = (declared.name, declared.type, default)
    return msgspec.defstruct("SomeOptions", [option], bases=(RenderOptions,), frozen=True)


def own(**changed: Callable[[], object]) -> list[Any]:
    """The project's entry points, in no particular order, some changed."""
    return [
        entry_point(name, changed.get(name, partial(formats().__getitem__, name)), "export-service")
        for name in sorted(BUILT_IN)
    ]


def added(**changes: Any) -> Format:
    """A format of a third party."""
    return msgspec.structs.replace(formats()["txt"], **{"id": "opml"} | changes)


def with_package(load: Callable[[], object]) -> Catalog:
    return read_catalog([entry_point("outline", load, "opml-format"), *own()])


class OtherType(RenderOptions, frozen=True):
    """Knows an option of CSV as something else."""

    csv_layout: Literal["rows", "columns"] = "rows"


class OtherMeaning(RenderOptions, frozen=True):
    """Means something else by an option of CSV."""

    csv_bom: Annotated[bool, Meta(description="Whether to pay by bill of materials.")] = True


class Taken(RenderOptions, frozen=True):
    """Has an option whose name the request's body has, too."""

    max_items: int = 3


class Unshowable(RenderOptions, frozen=True):
    """Has an option that no form can show."""

    scale: float = 1.0


class Required(RenderOptions, frozen=True, kw_only=True):
    """Has an option without a default."""

    depth: int


def test_the_projects_formats_come_first_and_in_their_order() -> None:
    found = with_package(added)
    assert list(found.formats) == [*BUILT_IN, "opml"]
    assert found.packages["opml"] == "opml-format"
    assert found.packages["pdf"] == "export-service"
    assert found.left_out == ()


def test_what_is_installed_is_what_the_project_declares() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert tuple(project["entry-points"][ENTRY_POINT_GROUP]) == BUILT_IN
    assert tuple(formats())[: len(BUILT_IN)] == BUILT_IN


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (lambda: "opml", "no Format but of type str"),
        (lambda: added(id="Opml"), "id 'Opml'"),
        (lambda: added(id="bundle"), "id 'bundle'"),
        (lambda: formats()["pdf"], "a format 'pdf' already"),
        (lambda: added(extension="tar.gz"), "extension 'tar.gz'"),
        (
            lambda: added(
                options=CsvOptions, variants=(Variant("csv_layout", "files", "a/b", ".z"),)
            ),
            "extension '.z'",
        ),
        (lambda: added(variants=(Variant("depth", "1", "a/b", "z"),)), "option 'depth'"),
        (lambda: added(renderer="opml_format.renderer"), "module:name"),
        (lambda: added(seconds_per_item=0), "seconds_per_item"),
        (lambda: added(seconds_per_item="1"), "seconds_per_item"),
        (lambda: added(chunked="yes"), "chunked is of type str"),
        (lambda: added(name=None), "name is of type NoneType"),
        (lambda: added(parts=("outline", "quiz")), "no part 'quiz'"),
        (lambda: added(options=("title",)), "no subclass of RenderOptions"),
        (lambda: added(options=OtherType), "'csv_layout' of another type or meaning"),
        (lambda: added(options=OtherMeaning), "'csv_bom' of another type or meaning"),
        (lambda: added(options=with_csv_bom(False)), "'csv_bom' of another type or meaning"),
        (lambda: added(options=Taken), "cannot be called 'max_items'"),
        (lambda: added(options=Unshowable), "'scale'"),
        (lambda: added(options=Required), "'depth' has no default"),
        (lambda: 1 / 0, "cannot be imported (ZeroDivisionError: division by zero)"),
        (lambda: __import__("not_there"), "cannot be imported (ModuleNotFoundError"),
    ],
)
def test_a_wrong_format_is_left_out_and_named_in_one_sentence(
    declared: Callable[[], object], reason: str
) -> None:
    found = with_package(declared)
    assert tuple(found.formats) == BUILT_IN
    [sentence] = found.left_out
    assert sentence.startswith("The format 'outline' of the package opml-format is left out: ")
    assert reason in sentence
    assert sentence.count("\n") == 0


def test_an_option_on_which_two_formats_agree_is_one_option() -> None:
    found = with_package(lambda: added(options=with_csv_bom(True)))
    assert found.left_out == ()
    assert "csv_bom" in found.formats["opml"].option_names()


def test_a_broken_format_of_the_project_fails_loudly() -> None:
    with pytest.raises(ZeroDivisionError):
        read_catalog(own(pdf=lambda: 1 / 0))
    with pytest.raises(DeclarationError, match="extension"):
        read_catalog(own(pdf=lambda: msgspec.structs.replace(formats()["pdf"], extension="")))


def test_a_checkout_that_is_not_installed_is_told_what_to_do() -> None:
    with pytest.raises(NotInstalledError, match=r"formats csv: run `python3 scripts/test.py"):
        read_catalog([entry for entry in own() if entry.name != "csv"])


def test_options_that_make_no_difference_without_a_part_are_not_listed() -> None:
    cards = added(options=PdfOptions, parts=("flashcards",))
    assert cards.option_names() == (
        "on_item_error",
        "parts",
        "include_answers",
        "answers",
        "title",
        "min_quality",
        "receipt",
        "language",
        "on_media_error",
        "paper",
        "hyphenate",
        "look",
        "theme",
        "cover",
        "facing",
        "glossary",
        "cards",
        "paper_tint",
        "tagged",
        "pdf_standard",
    )
    assert added(parts=()).option_names() == (
        *("on_item_error", "title", "min_quality", "receipt", "language", "hyphenate"),
    )


def test_a_renderer_is_asked_only_for_parts_that_the_format_can_hold() -> None:
    cards = added(parts=("flashcards", "outline"))
    assert cards.narrowed(RenderOptions()).part_names() == ("outline", "flashcards")
    wanted = RenderOptions(parts=("flashcards", "faqs"), include_quality_metrics=True)
    assert cards.narrowed(wanted).part_names() == ("flashcards",)
    assert formats()["pdf"].narrowed(wanted) is wanted


def test_rows_stay_readable_whatever_options_they_were_written_with() -> None:
    flat = b'{"title": "Bio", "paper": "letter", "csv_bom": false, "tagged": false, "gone": [1]}'
    assert decode_options("pdf", flat) == PdfOptions(title="Bio", paper="letter", tagged=False)
    assert decode_options("csv", flat) == CsvOptions(title="Bio", csv_bom=False)
    assert decode_options("of-a-package-that-is-gone", flat) == RenderOptions(title="Bio")
    impossible = b'{"title": "Bio", "paper": "a0", "tagged": false}'
    assert decode_options("pdf", impossible) == PdfOptions(title="Bio", tagged=False)


def test_no_option_can_have_the_name_of_something_else_in_a_request() -> None:
    own_members = {
        *CreateExportRequest.__struct_fields__,
        *BulkExportRequest.__struct_fields__,
    } - {name for entry in formats().values() for name in entry.options.__struct_fields__}
    assert own_members <= RESERVED_NAMES


def test_the_api_loads_no_renderer() -> None:
    script = (
        "import sys, web.app\n"
        "heavy = ('reportlab', 'openpyxl', 'docx', 'fontTools', 'activities.documents.',"
        " 'activities.formats.protocol', 'activities.formats.shared')\n"
        "light = ('activities.documents.design', 'activities.documents.callouts')\n"
        "print([name for name in sys.modules"
        " if name.startswith(heavy) and not name.startswith(light)"
        " or name.startswith('activities.formats') and name.endswith('.renderer')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
