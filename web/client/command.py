"""The command `export-client`: exports from a terminal, with progress and exit codes.

Exit codes: 0 done, 1 the export failed, 2 the request was refused or mistyped, 3 the API could
not be reached or was too busy, 130 interrupted (the export is cancelled, unless it has ended).
"""

import argparse
import os
import sys
from datetime import date
from pathlib import Path
from typing import TextIO

from stamina.instrumentation import set_on_retry_hooks

from web.client.files import DamagedFileError
from web.client.model import ExportFailedError, Job, RefusedError, UnavailableError
from web.client.synchronous import ExportClient

_BAR = 30
_DEFAULT_URL = "http://127.0.0.1:8000"


class _Line:
    """One line on a terminal that is written over and over; silent elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown = out.isatty()

    def show(self, percent: float, text: str) -> None:
        """Show how far it is."""
        if self._shown:
            done = round(_BAR * percent / 100)
            bar = "#" * done + "." * (_BAR - done)
            self._out.write(f"\r\033[K[{bar}] {percent:5.1f}% {text}")
            self._out.flush()

    def end(self) -> None:
        """Erase the line."""
        if self._shown:
            self._out.write("\r\033[K")
            self._out.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    # What is tried again is nothing to show on a terminal.
    set_on_retry_hooks([])
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.token:
        parser.error("no token: give --token, or set EXPORT_TOKEN")
    try:
        with ExportClient(given.url, given.token) as client:
            code: int = given.run(client, given)
            return code
    except RefusedError as error:
        return _complain(error, 2)
    except (ExportFailedError, DamagedFileError) as error:
        return _complain(error, 1)
    except UnavailableError as error:
        return _complain(error, 3)


def _complain(error: Exception, code: int) -> int:
    print(f"export-client: {error}", file=sys.stderr)  # noqa: T201
    return code


def _export(client: ExportClient, given: argparse.Namespace) -> int:
    options = {"include_metadata": given.metadata, "include_quality_metrics": given.metrics}
    if given.items:
        job = client.create(given.format, given.items, **options)
    else:
        job = client.create_bulk(
            given.format,
            content_types=given.type,
            date_from=given.since,
            date_to=given.until,
            max_items=given.max_items,
            **options,
        )
    return _finish(client, job, given.output)


def _finish(client: ExportClient, job: Job, output: Path) -> int:
    line = _Line(sys.stderr)

    def show(now: Job) -> None:
        line.show(now.progress.percent, _outline(now))

    try:
        job = client.wait(job, show)
        size = job.file.size if job.file else 0
        target = client.download(
            job, output, lambda done: line.show(100 * done / max(size, 1), "downloading")
        )
    except KeyboardInterrupt:
        line.end()
        end = "cancelled" if _stop(client, job) else "interrupted"
        print(f"export-client: {end}", file=sys.stderr)  # noqa: T201
        return 130
    finally:
        line.end()
    print(target)  # noqa: T201
    for warning in job.warnings:
        place = " ".join(filter(None, [warning.item_id, warning.part]))
        print(f"{warning.code}: {warning.detail} {place}".rstrip(), file=sys.stderr)  # noqa: T201
    return 0


def _outline(job: Job) -> str:
    """Return how far a job is, and what is before it, in a few words."""
    progress = job.progress
    words = [progress.phase, f"{progress.items_done}/{progress.items_total} items"]
    if job.queue_position is not None:
        words.append(f"{job.queue_position} before it")
    if job.estimated_seconds_left is not None:
        words.append(f"about {job.estimated_seconds_left} s left")
    return ", ".join(words)


def _stop(client: ExportClient, job: Job) -> bool:
    """Cancel a job; whether there was anything left to cancel."""
    if job.ended:
        return False
    try:
        client.cancel(job.job_id)
    except RefusedError as error:
        # It ended since it was last looked at.
        if error.problem.code != "already-ended":
            raise
        return False
    return True


def _download(client: ExportClient, given: argparse.Namespace) -> int:
    return _finish(client, client.job(given.job_id), given.output)


def _cancel(client: ExportClient, given: argparse.Namespace) -> int:
    print(client.cancel(given.job_id).status)  # noqa: T201
    return 0


def _jobs(client: ExportClient, given: argparse.Namespace) -> int:
    page = client.jobs(given.page, status=given.status)
    for job in page.items:
        name = job.file.name if job.file else ""
        created = f"{job.created_at:%Y-%m-%d %H:%M}"
        print(f"{job.job_id}  {created}  {job.status:<10}  {job.format:<5}  {name}")  # noqa: T201
    print(f"page {page.page} of {page.pages}, {page.total} jobs", file=sys.stderr)  # noqa: T201
    return 0


def _formats(client: ExportClient, _given: argparse.Namespace) -> int:
    for entry in client.formats():
        print(f"{entry.id:<6} {entry.description} {entry.limits}")  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="export-client", description=__doc__)
    parser.add_argument(
        "--url", default=os.environ.get("EXPORT_API_URL", _DEFAULT_URL), help="EXPORT_API_URL"
    )
    parser.add_argument("--token", default=os.environ.get("EXPORT_TOKEN", ""), help="EXPORT_TOKEN")
    commands = parser.add_subparsers(required=True, metavar="command")

    export = commands.add_parser("export", help="make a file and download it")
    export.add_argument("format", help="json, csv, pdf, docx, xlsx, txt, ...")
    export.add_argument("items", nargs="*", help="ids of the content; none: by the filters")
    export.add_argument("--type", action="append", help="items with this part; may be repeated")
    export.add_argument("--since", type=date.fromisoformat, help="created on this day or later")
    export.add_argument("--until", type=date.fromisoformat, help="created on this day or earlier")
    export.add_argument("--max-items", type=int, help="take the newest so many")
    export.add_argument("--metadata", action=argparse.BooleanOptionalAction, default=True)
    export.add_argument("--metrics", action=argparse.BooleanOptionalAction, default=False)
    _add_output(export)
    export.set_defaults(run=_export)

    download = commands.add_parser("download", help="wait for a job and download its file")
    download.add_argument("job_id")
    _add_output(download)
    download.set_defaults(run=_download)

    cancel = commands.add_parser("cancel", help="stop a job")
    cancel.add_argument("job_id")
    cancel.set_defaults(run=_cancel)

    jobs = commands.add_parser("jobs", help="list one's jobs, newest first")
    jobs.add_argument("--page", type=int, default=1)
    jobs.add_argument("--status")
    jobs.set_defaults(run=_jobs)

    formats = commands.add_parser("formats", help="list the formats")
    formats.set_defaults(run=_formats)
    return parser


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, default=Path(), help="a file, or a directory to put it in"
    )


if __name__ == "__main__":
    sys.exit(main())
