"""The promises that every format makes to the service, as checks for the tests of a package.

Each takes the id of an installed format and raises `BrokenPromiseError` when it does not hold:

    @pytest.mark.parametrize("check", CHECKS, ids=name_of)
    def test_contract(check: Check) -> None:
        check("opml")
"""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from zipfile import ZipFile, is_zipfile

import msgspec
from lxml import etree

from activities.formats.catalog import load
from activities.formats.testing import Recorder, StopRequestedError, render
from activities.formats.testing.items import hostile_item, item, plain_item, world_items
from activities.model.catalog import catalog, formats
from activities.model.content import (
    PART_TITLES,
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Section,
)
from activities.model.option_kinds import Option, options_of
from activities.model.options import RenderOptions
from activities.model.quality import MinQuality

Check = Callable[[str], None]

_CUTS = (2, 3, 6)
_XML_SUFFIXES = (".xml", ".rels", ".xhtml", ".opf", ".ncx")
_CONTROLS = "".join(map(chr, [*range(32), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF]))
_TEXT = f"{_CONTROLS} <b> & \"quoted\" ]]> 'single' {_CONTROLS}"

_LIGHT = """
import sys
from activities.model.catalog import formats
module, _, _ = formats()[sys.argv[1]].renderer.partition(":")
print(module in sys.modules)
"""
_DIGEST = """
import hashlib, sys
from activities.formats.testing import render
from activities.formats.testing.contract import SAMPLES
from activities.model.job_formats import decode_options
data, _ = render(sys.argv[1], SAMPLES, decode_options(sys.argv[1], sys.argv[2]))
print(hashlib.sha256(data).hexdigest())
"""


class BrokenPromiseError(AssertionError):
    """A format does not do what every format does; the message says what."""


_LONG_WORDS: Final = item("content-words", faqs=[Faq("Why?", "Because of responsibility. " * 9)])
SAMPLES: Final[list[Item]] = [*world_items(), _LONG_WORDS, hostile_item()]
"""A complete item, short ones in several scripts, one of long words, and one that an attacker
wrote.
"""


_OF_THE_JOB = frozenset({*RenderOptions.__struct_fields__, "on_media_error", "theme"})
"""Options that the service heeds, not the renderer of a format."""


def usual(format_id: str) -> RenderOptions:
    """The defaults of a format's options, with everything that an item has."""
    return formats()[format_id].options(include_quality_metrics=True)


def otherwise(format_id: str) -> RenderOptions:
    """A format's options, each set to something else than its default."""
    options_type = formats()[format_id].options
    values = {option.name: another_value(option) for option in options_of(options_type)}
    return options_type(**values)


def another_value(option: Option) -> Any:
    """A value that is not the option's default."""
    match option.kind:
        case "flag":
            return not option.default
        case "choice":
            return next(value for value in option.values if value != option.default)
        case "choices":
            return option.values[-2::-1] or option.values
        case "text":
            texts = ("Mein *Kurs* 生物", "my-course")
            fitting = (text for text in texts if re.search(option.pattern or "", text))
            return next(fitting)[: option.longest]
        case "gate":
            return MinQuality("overall", 0.5, "flag")
        case "number":
            number: int = option.default or 0
            return number - 1 if number == option.maximum else number + 1


def other_values(option: Option) -> list[Any]:
    """Values that are not the option's default: all of a choice, else one or two."""
    if option.kind == "choice":
        return [value for value in option.values if value != option.default]
    if option.kind == "flag" and option.nullable:
        return [True, False]
    return [another_value(option)]


def check_declaration_imports_no_renderer(format_id: str) -> None:
    """The API reads declarations; what renderers import would slow it down and fill it."""
    _require(
        _in_another_process(_LIGHT, format_id) == "False",
        "the catalog imports the renderer; name it as text, in a module of its own",
    )


def check_package_is_known(format_id: str) -> None:
    """The log names the package of a format that fails."""
    _require(catalog().packages.get(format_id), "the format is of no distribution")


def check_renderer_can_be_loaded(format_id: str) -> None:
    """Workers find it by the declaration, with the methods that `chunked` promises."""
    load(format_id)


def check_same_content_gives_same_bytes(format_id: str) -> None:
    """Whatever the process, its hash seed, time zone and locale."""
    for options in (usual(format_id), otherwise(format_id)):
        first, _ = render(format_id, SAMPLES, options)
        second, _ = render(format_id, SAMPLES, options)
        _require(first == second, f"two renders with {options} differ")
        encoded = msgspec.json.encode(options).decode()
        third = _in_another_process(_DIGEST, format_id, encoded)
        _require(
            sha256(first).hexdigest() == third, f"a render with {options} differs in a new process"
        )


def check_file_does_not_depend_on_chunks(format_id: str) -> None:
    """Wherever the service cuts the items into chunks, the joined file is the same."""
    if not formats()[format_id].chunked:
        return
    for options in (usual(format_id), otherwise(format_id)):
        whole = render(format_id, SAMPLES, options)
        for chunks in _CUTS:
            _require(
                render(format_id, SAMPLES, options, chunks) == whole,
                f"file or warnings of {chunks} chunks with {options} differ from those of one",
            )


def check_options_make_the_difference_that_is_declared(format_id: str) -> None:
    """Options of the format's own change the file; what its catalog entry leaves out does not."""
    entry = formats()[format_id]
    usually = render(format_id, SAMPLES, entry.options())
    for option in options_of(entry.options):
        differs = any(
            render(format_id, SAMPLES, changed) != usually
            for changed in _with_others(entry.options(), option)
        )
        if option.name not in entry.option_names():
            _require(not differs, f"the option {option.name!r} makes a difference")
        elif option.name not in _OF_THE_JOB:
            differs = differs or _differs_beside_others(format_id, option)
            _require(differs, f"the option {option.name!r} makes no difference")


def _differs_beside_others(format_id: str, option: Option) -> bool:
    """Whether an option makes a difference where another has a value that is not its default."""
    usual = formats()[format_id].options()
    for other in options_of(type(usual)):
        if other.name == option.name or other.kind not in {"choice", "flag"}:
            continue
        for beside in _with_others(usual, other):
            expected = render(format_id, SAMPLES[:1], beside)
            for changed in _with_others(beside, option):
                if render(format_id, SAMPLES[:1], changed) != expected:
                    return True
    return False


def _with_others(options: RenderOptions, option: Option) -> list[RenderOptions]:
    return [
        msgspec.structs.replace(options, **{option.name: value}) for value in other_values(option)
    ]


def check_progress_is_one_step_an_item(format_id: str) -> None:
    """Progress is counted by `item_done`, and `check_cancelled` is called for each item."""
    report = Recorder()
    render(format_id, [plain_item("a"), plain_item("b"), plain_item("c")], report=report)
    _require(report.items_done == 3, f"item_done was called {report.items_done} times for 3 items")
    _require(report.checks >= 3, "check_cancelled was called less than once an item")


def check_render_stops_when_it_is_told_to(format_id: str) -> None:
    """Check that an exception of `check_cancelled` passes through at once."""
    items = [plain_item(f"item-{number}") for number in range(6)]
    full = Recorder()
    render(format_id, items, report=full)
    for stop_at in {1, full.checks // 2, full.checks}:
        stopped = Recorder(stop_at_check=stop_at)
        try:
            render(format_id, items, report=stopped)
        except StopRequestedError:
            _require(stopped.checks == stop_at, "the render went on after it was told to stop")
        else:
            raise BrokenPromiseError("the render did not stop when it was told to")


def check_export_without_items_is_a_file(format_id: str) -> None:
    """All items may have been skipped."""
    _, warnings = render(format_id, [])
    _require(not warnings, f"an export without items has warnings: {warnings}")


def check_item_with_nothing_but_a_title(format_id: str) -> None:
    """Every part of an item may be absent."""
    report = Recorder()
    data, warnings = render(format_id, [item("content-bare")], report=report)
    _require(data or not _holds_all(format_id), "the file of an item without parts is empty")
    _require(not warnings, f"an item without parts has warnings: {warnings}")
    _require(report.items_done == 1, "item_done was not called for an item without parts")


def check_content_of_any_year(format_id: str) -> None:
    """From year 1 to 9999."""
    faqs = [Faq("Why?", "So.", "faq-1")]
    cards = [Flashcard("Water", "H2O", "card-1")]
    usual_year = item(study_guide="Water", faqs=faqs, flashcards=cards)
    for options in (usual(format_id), otherwise(format_id)):
        _, expected = render(format_id, [usual_year], options)
        for year in (1, 9999):
            time = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
            dated = msgspec.structs.replace(usual_year, created_at=time, updated_at=time)
            data, warnings = render(format_id, [dated], options)
            _require(data, f"the file of an item of the year {year} is empty")
            _require(
                warnings == expected,
                f"an item of the year {year} has other warnings than one of today: {warnings}",
            )


def check_unpaired_surrogates_are_reported(format_id: str) -> None:
    """UTF-8 cannot hold them, so a file that could not keep them says so."""
    broken = item("content-broken", title="half \ud83d pair", study_guide="\udc00 and text")
    _, warnings = render(format_id, [broken])
    items = {warning.item_id for warning in warnings}
    _require(items == {"content-broken"}, f"surrogates were reported for the items {items}")


def _holds_all(format_id: str) -> bool:
    """Whether the format has a place for every part, and so for an item without any."""
    return set(formats()[format_id].parts) == set(PART_TITLES)


def check_any_text_keeps_to_the_syntax(format_id: str) -> None:
    """Text is UTF-8, JSON is JSON and XML is well-formed, whatever characters content has."""
    for options in (usual(format_id), otherwise(format_id)):
        data, _ = render(format_id, [*SAMPLES, _controls_item()], options)
        media_type = formats()[format_id].file_type(options).media_type.partition(";")[0]
        _check_syntax("the file", media_type, data)


CHECKS: Final[tuple[Check, ...]] = (
    check_declaration_imports_no_renderer,
    check_package_is_known,
    check_renderer_can_be_loaded,
    check_same_content_gives_same_bytes,
    check_file_does_not_depend_on_chunks,
    check_options_make_the_difference_that_is_declared,
    check_progress_is_one_step_an_item,
    check_render_stops_when_it_is_told_to,
    check_export_without_items_is_a_file,
    check_item_with_nothing_but_a_title,
    check_content_of_any_year,
    check_unpaired_surrogates_are_reported,
    check_any_text_keeps_to_the_syntax,
)


def name_of(check: Check) -> str:
    """The name of a check, for a report."""
    return check.__name__.removeprefix("check_")


def _controls_item() -> Item:
    return item(
        "content-controls",
        title=_TEXT,
        outline=Outline(_TEXT, [Section(_TEXT, _TEXT, [_TEXT], [_TEXT])]),
        study_guide=f"# {_TEXT}\n\n{_TEXT}\n\n```\n{_TEXT}\n```",
        faqs=[Faq(_TEXT, _TEXT, _TEXT)],
        flashcards=[Flashcard(_TEXT, _TEXT, _TEXT, [_TEXT])],
        reading_guide_questions=[ReadingQuestion(_TEXT, _TEXT)],
        metadata={_TEXT: [_TEXT, None, True]},
        quality_metrics={_TEXT: 0.5},
    )


def _check_syntax(what: str, media_type: str, data: bytes) -> None:
    try:
        if media_type == "application/x-ndjson":
            for line in data.splitlines():
                json.loads(line)
        elif media_type.endswith("json"):
            json.loads(data)
        elif media_type.endswith("xml"):
            etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True))
        elif media_type.startswith("text/"):
            data.decode()
    except (ValueError, etree.XMLSyntaxError) as error:
        raise BrokenPromiseError(f"{what} is no {media_type}: {error}") from None
    if is_zipfile(io.BytesIO(data)):
        with ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if name.endswith(_XML_SUFFIXES):
                    _check_syntax(name, "application/xml", archive.read(name))


def _in_another_process(script: str, *arguments: str) -> str:
    # Where this process finds its modules, the other one finds them.
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "4711"}
    environment |= {"TZ": "Asia/Kolkata", "LC_ALL": "C"}
    done = subprocess.run(  # noqa: S603 - our own interpreter and scripts
        [sys.executable, "-c", script, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    _require(done.returncode == 0, f"another process failed: {done.stderr}")
    return done.stdout.strip()


def _require(condition: object, complaint: str) -> None:
    if not condition:
        raise BrokenPromiseError(complaint)
