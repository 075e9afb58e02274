"""The flags of `export-client export`: each option of a request, and which items it takes.

None of the options of the service's own formats is missing. Those of packages, and of newer
versions, are given by `--option`.
"""

import argparse
import json
from typing import Any

from export_client.moments import day_or_moment

OPTION_FLAGS: dict[str, str] = {
    "preset": "--preset",
    "include_metadata": "--metadata",
    "include_quality_metrics": "--metrics",
    "include_answers": "--answers",
    "answers": "--answers-place",
    "parts": "--parts",
    "title": "--title",
    "language": "--language",
    "paper": "--paper",
    "hyphenate": "--hyphenate",
    "look": "--look",
    "theme": "--theme",
    "cover": "--cover",
    "facing": "--facing",
    "glossary": "--glossary",
    "points": "--points",
    "cards": "--cards",
    "paper_tint": "--paper-tint",
    "tagged": "--tagged",
    "pdf_standard": "--pdf-standard",
    "csv_bom": "--csv-bom",
    "csv_delimiter": "--csv-delimiter",
    "csv_layout": "--csv-layout",
    "csv_formulas": "--csv-formulas",
    "on_item_error": "--on-item-error",
    "on_media_error": "--on-media-error",
    "on_format_error": "--on-format-error",
    "anki_include": "--anki-include",
    "tsv_layout": "--tsv-layout",
    "moodle_layout": "--moodle-layout",
    "lms_answers": "--lms-answers",
    "markdown_layout": "--markdown-layout",
    "qti_version": "--qti-version",
    "reuse": "--reuse",
    "deliver_to": "--deliver-to",
    "min_quality": "--min-quality",
    "receipt": "--receipt",
}
"""The flag of each option of a request."""

_FLAGS = {
    *("include_metadata", "include_quality_metrics", "include_answers", "hyphenate", "tagged"),
    *("csv_bom", "cover", "facing", "glossary"),
}
_HELP = {
    "preset": "a bundle of options, of which others may differ: handout, teacher, learner, cards "
    "or data",
    "include_metadata": "whether the file holds metadata",
    "include_quality_metrics": "whether the file holds quality metrics",
    "include_answers": "--no-answers is the learner's edition",
    "answers": "below, in a key, or none",
    "parts": "comma-separated, in this order: outline, study_guide, faqs, flashcards, "
    "reading_guide_questions",
    "title": "the file's own title",
    "language": "of headings: ar, de, el, en, es, fa, fr, he, hi, ja, ko, pt, ur, zh",
    "paper": "a4 or letter",
    "hyphenate": "whether words are divided at the ends of lines",
    "look": "standard, compact, large, dyslexia or ink",
    "theme": "the name of a theme of the service",
    "cover": "whether the file begins with a cover",
    "facing": "whether margins are mirrored, for printing on both sides",
    "glossary": "whether the file ends with a glossary",
    "points": "beside questions of worksheets: none, blank or suggest",
    "cards": "list or cutout",
    "paper_tint": "of pages in the look dyslexia: cream or none",
    "tagged": "whether a PDF tells screen readers its structure",
    "pdf_standard": "the standard that a tagged PDF keeps to: ua-1, ua-2 or a-2a",
    "csv_bom": "whether CSV begins with a byte order mark",
    "csv_delimiter": "comma, semicolon or tab",
    "csv_layout": "rows or files",
    "csv_formulas": "neutral or raw",
    "on_item_error": "fail or skip",
    "on_media_error": "warn or fail",
    "on_format_error": "fail or skip",
    "anki_include": "cards or all",
    "tsv_layout": "plain or anki",
    "moodle_layout": "xml or gift",
    "lms_answers": "of questions in quizzes: none, or as feedback",
    "markdown_layout": "folder or file",
    "qti_version": "2.1 or 3.0",
    "deliver_to": "comma-separated names of destinations of the service",
    "min_quality": "METRIC:LEAST:ACTION, such as readability:0.7:exclude, or flag, or fail",
    "receipt": "sign a statement of what the file is made of",
    "reuse": "take the file of an earlier export of the same, if there is one",
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags to a parser."""
    _add_filters(parser)
    parser.add_argument(
        "--changed-since",
        metavar="JOB|DATE",
        help="only what is new or changed since an earlier export, or since a day or moment",
    )
    parser.add_argument("--skip", type=int, help="pass over so many of the newest that match")
    parser.add_argument("--max-items", type=int, help="take the newest so many")
    for name, flag in OPTION_FLAGS.items():
        described: dict[str, Any] = {"dest": name, "help": _HELP[name]}
        if name in _FLAGS:
            described["action"] = argparse.BooleanOptionalAction
        elif name in {"reuse", "receipt"}:
            described.update(action="store_const", const=True)
        elif name in {"parts", "deliver_to"}:
            described["type"] = lambda text: text.split(",")
        elif name == "min_quality":
            described["type"] = _min_quality
        parser.add_argument(flag, **described)
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        type=_named,
        metavar="NAME=VALUE",
        help="any other option, its value as JSON or text; may be repeated",
    )
    parser.add_argument("--idempotency-key", help="a repeat with the same one gives the same job")


def add_content_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a list of content."""
    _add_filters(parser)
    parser.add_argument("--text", help="words of the title")
    parser.add_argument("--sort", help="title, created_at, updated_at, -title, ... or position")
    parser.add_argument("--page", type=int, default=1)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--type", action="append", help="items with this part; may be repeated")
    for flag, side in (("--since", "later"), ("--until", "earlier")):
        parser.add_argument(
            flag,
            type=day_or_moment,
            metavar="DATE",
            help=f"created on this day (UTC), or at this moment with its zone, or {side}",
        )
    for flag, what in (
        ("--subject", "of this subject"),
        ("--item-language", "in this language, such as en"),
        ("--tag", "with this tag"),
    ):
        parser.add_argument(flag, action="append", help=f"items {what}; may be repeated")
    parser.add_argument("--collection", metavar="ID", help="items of this course, in its order")


def content_filters_of(given: argparse.Namespace) -> dict[str, Any]:
    """What narrows a list of content down, and its order."""
    return {
        "text": given.text,
        "part": given.type,
        "date_from": given.since,
        "date_to": given.until,
        "subject": given.subject,
        "language": given.item_language,
        "tag": given.tag,
        "collection": given.collection,
        "sort": given.sort,
        "facets": "none",
    }


def options_of(given: argparse.Namespace) -> dict[str, Any]:
    """The options of a request: those that were given, for the API has defaults."""
    named = {name: getattr(given, name) for name in OPTION_FLAGS}
    return {name: value for name, value in named.items() if value is not None} | dict(given.option)


def filters_of(given: argparse.Namespace) -> dict[str, Any]:
    """What chooses the items of a bulk export."""
    filters = {
        "content_types": given.type,
        "date_from": given.since,
        "date_to": given.until,
        "subjects": given.subject,
        "languages": given.item_language,
        "tags": given.tag,
        "collection_id": given.collection,
        "max_items": given.max_items,
        "skip": given.skip,
        **_since(given.changed_since),
    }
    return {name: value for name, value in filters.items() if value is not None}


def _min_quality(text: str) -> dict[str, Any]:
    metric, _, rest = text.partition(":")
    least, _, action = rest.partition(":")
    try:
        return {"metric": metric, "at_least": float(least), "action": action or "exclude"}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not METRIC:LEAST:ACTION") from None


def _named(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _since(text: str | None) -> dict[str, str]:
    """A date begins with its year; the id of a job is none."""
    if text is None:
        return {}
    try:
        day_or_moment(text)
    except argparse.ArgumentTypeError:
        return {"since_job_id": text}
    return {"since": text}
