"""The command `export-client`: exports from a terminal, with progress and exit codes.

Exit codes: 0 done, 1 the export failed, 2 the request was refused or mistyped, 3 the API could
not be reached or was too busy, 4 the file cannot be written, 130 interrupted (the export is
cancelled, unless it has ended).
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from export_client.call_commands import add_commands, call_of
from export_client.calls import PATIENCE_SECONDS, BusyError, about
from export_client.causes import cause_of
from export_client.files import check_place, sha256_of
from export_client.model import ClientError, Job, RefusedError, UnavailableError
from export_client.progress_line import ProgressLine
from export_client.receipt_model import ReceiptKeys
from export_client.receipts import check_bundle, check_file
from export_client.request_flags import (
    add_content_flags,
    add_flags,
    content_filters_of,
    filters_of,
    options_of,
)
from export_client.synchronous import ExportClient

_DEFAULT_URL = "http://127.0.0.1:8000"
_STANDARD_OUTPUT = Path("-")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    # What is tried again is nothing to show, but for the line of progress.
    set_on_retry_hooks([])
    parser = _parser()
    given = parser.parse_args(arguments)
    if not given.token and not _asks_nobody(given):
        parser.error("no token: give --token, or set EXPORT_TOKEN")
    if refusal := _contradiction(given):
        parser.error(refusal)
    try:
        client = ExportClient(given.url, given.token or "-")
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names: {error.strerror}")
    try:
        with client:
            code: int = given.run(client, given)
            return code
    except ClientError as error:
        return _complain(error, _code_of(error))
    except OSError as error:
        return _complain(_unwritten(error, given), 4)
    except KeyboardInterrupt:
        return _complain("interrupted", 130)


def _asks_nobody(given: argparse.Namespace) -> bool:
    """Whether a command needs no token: a file is checked by its receipt."""
    return given.run is _verify and not (given.receipt is None and given.keys is None)


def _unwritten(error: OSError, given: argparse.Namespace) -> str:
    where = error.filename or getattr(given, "output", "standard output")
    return f"{where}: {error.strerror}"


def _code_of(error: ClientError) -> int:
    if isinstance(error, RefusedError):
        return 2
    return 3 if isinstance(error, UnavailableError) else 1


def _contradiction(given: argparse.Namespace) -> str:
    if given.run is _export and given.items and filters_of(given):
        return "give ids or filters, not both: filters choose among all content"
    if given.json and getattr(given, "output", None) == _STANDARD_OUTPUT:
        return "--json and -o - both want the standard output"
    return ""


def _complain(text: object, code: int) -> int:
    print(f"export-client: {text}", file=sys.stderr)  # noqa: T201
    return code


def _export(client: ExportClient, given: argparse.Namespace) -> int:
    _check_output(given.output)
    several = given.format.split(",")
    formats = several if len(several) > 1 else given.format
    common = {"idempotency_key": given.idempotency_key, **options_of(given)}
    if given.items:
        job = client.create(formats, given.items, **common)
    else:
        job = client.create_bulk(formats, **filters_of(given), **common)
    return _finish(client, job, given)


def _put_off(text: str, job: Job, code: int) -> int:
    """Say why there is no file yet, and how to get it later."""
    _complain(text, code)
    return _complain(f"go on with: export-client download {job.job_id}", code)


def _check_output(output: Path) -> None:
    if output != _STANDARD_OUTPUT:
        check_place(output)


def _finish(client: ExportClient, job: Job, given: argparse.Namespace) -> int:
    line = ProgressLine(sys.stderr)
    set_on_retry_hooks([lambda details: line.show_trouble(_trouble(details, client.url))])
    try:
        job = client.wait(job, line.show_job, given.patience)
        size = job.file.size if job.file else 0
        target = _save(client, job, given.output, lambda done: line.show_download(done, size))
    except KeyboardInterrupt:
        line.end()
        end = "cancelled" if _stop(client, job) else "interrupted"
        return _complain(f"job {job.job_id}: {end}", 130)
    except UnavailableError as error:
        line.end()
        return _put_off(str(error), job, 3)
    except OSError as error:
        line.end()
        return _put_off(f"job {job.job_id}: {_unwritten(error, given)}", job, 4)
    finally:
        line.end()
    if given.json:
        _print_json(msgspec.to_builtins(job) | {"path": str(target)})
    elif target != _STANDARD_OUTPUT:
        print(target)  # noqa: T201
    for warning in job.warnings:
        print(f"{warning.code}: {warning.message}", file=sys.stderr)  # noqa: T201
    return 0


def _save(client: ExportClient, job: Job, output: Path, on_progress: Callable[[int], None]) -> Path:
    """Download to the output: a file, a directory, or the standard output, once it is whole."""
    if output != _STANDARD_OUTPUT:
        return client.download(job, output, on_progress)
    with tempfile.TemporaryDirectory() as directory:
        with client.download(job, Path(directory), on_progress).open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return output


def _trouble(details: RetryDetails, url: httpx.URL) -> str:
    error = details.caused_by
    cause = "the API is busy" if isinstance(error, BusyError) else "no answer"
    if isinstance(error, httpx.TransportError):
        cause = cause_of(error, url)
    return f"{cause}; again in {details.wait_for:.0f} s"


def _stop(client: ExportClient, job: Job) -> bool:
    """Cancel a job; whether there was anything left to cancel."""
    if job.ended:
        return False
    try:
        with about(job.job_id):
            client.cancel(job.job_id)
    except RefusedError as error:
        # It ended since it was last looked at.
        if error.problem.code != "already-ended":
            raise
        return False
    return True


def _download(client: ExportClient, given: argparse.Namespace) -> int:
    _check_output(given.output)
    return _finish(client, client.job(given.job_id), given)


def _watch(client: ExportClient, given: argparse.Namespace) -> int:
    line = ProgressLine(sys.stderr)
    job = None
    try:
        for job in client.follow(given.job_id):
            if given.json:
                _print_json(job)
            else:
                line.show_job(job)
    finally:
        line.end()
    if job is not None and not given.json:
        print(job.status)  # noqa: T201
    return 0 if job is None or job.status == "completed" else 1


def _call(client: ExportClient, given: argparse.Namespace) -> int:
    answer = client.send(call_of(given))
    if isinstance(answer, msgspec.Raw):
        # What is signed is no longer so with a byte more, a line's end included.
        sys.stdout.buffer.write(bytes(answer))
        sys.stdout.flush()
        return 0
    _print_json(answer)
    return 0


def _cancel(client: ExportClient, given: argparse.Namespace) -> int:
    job = client.cancel(given.job_id)
    if given.json:
        _print_json(job)
    else:
        print(job.status)  # noqa: T201
    return 0


def _jobs(client: ExportClient, given: argparse.Namespace) -> int:
    page = client.jobs(given.page, given.page_size, given.status, cursor=given.cursor)
    if given.json:
        _print_json(page)
        return 0
    for job in page.items:
        name = job.file.name if job.file else ""
        created = f"{job.created_at:%Y-%m-%d %H:%M}"
        print(f"{job.job_id}  {created}  {job.status:<10}  {job.format:<5}  {name}")  # noqa: T201
    print(f"page {page.page} of {page.pages}, {page.total} jobs", file=sys.stderr)  # noqa: T201
    return 0


def _content(client: ExportClient, given: argparse.Namespace) -> int:
    page = client.content(given.page, **content_filters_of(given))
    if given.json:
        _print_json(page)
        return 0
    for item in page.items:
        created = f"{item.created_at:%Y-%m-%d}" if item.created_at else " " * 10
        print(f"{item.id}  {created}  {item.title}")  # noqa: T201
    print(f"page {page.page} of {page.pages}, {page.total} items", file=sys.stderr)  # noqa: T201
    return 0


def _collections(client: ExportClient, given: argparse.Namespace) -> int:
    page = client.collections(given.page)
    if given.json:
        _print_json(page)
        return 0
    for each in page.items:
        count = "" if each.count is None else each.count
        print(f"{each.id}  {count!s:>5}  {each.title}")  # noqa: T201
    print(f"page {page.page} of {page.pages}, {page.total} collections", file=sys.stderr)  # noqa: T201
    return 0


def _formats(client: ExportClient, given: argparse.Namespace) -> int:
    formats = client.formats()
    if given.json:
        _print_json(formats)
        return 0
    for entry in formats:
        about = " ".join(filter(None, (entry.description, entry.limits, entry.opening)))
        print(f"{entry.id:<8} {about}")  # noqa: T201
    return 0


def _sign_in_link(client: ExportClient, given: argparse.Namespace) -> int:
    made = client.sign_in_link(given.next)
    if given.json:
        _print_json(made)
    else:
        print(made.url)  # noqa: T201
    return 0


def _verify(client: ExportClient, given: argparse.Namespace) -> int:
    if given.receipt is None and given.keys is None:
        found = client.verify(sha256_of(given.file))
        _print_json(found)
        return 0 if found.authentic else 1
    try:
        keys = (
            client.receipt_keys()
            if given.keys is None
            else msgspec.json.decode(given.keys.read_bytes(), type=ReceiptKeys)
        )
    except msgspec.DecodeError:
        return _complain(f"{given.keys} holds no keys as `receipt-keys` prints them", 2)
    if given.receipt is None:
        stated = check_bundle(given.file, keys)
    else:
        stated = check_file(given.file, given.receipt.read_bytes(), keys)
    if given.json:
        _print_json(stated)
        return 0
    items = stated["items"]
    count = items if isinstance(items, int) else len(items)
    whose = f"a part of an archive of {count}" if count is items else f"of {count}"
    print(f"{given.file}: genuine, {whose} items")  # noqa: T201
    return 0


def _print_json(value: Any) -> None:
    print(msgspec.json.encode(value).decode())  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="export-client", description=__doc__)
    parser.add_argument(
        "--url", default=os.environ.get("EXPORT_API_URL", _DEFAULT_URL), help="EXPORT_API_URL"
    )
    parser.add_argument("--token", default=os.environ.get("EXPORT_TOKEN", ""), help="EXPORT_TOKEN")
    commands = parser.add_subparsers(required=True, metavar="command")

    export = commands.add_parser("export", help="make a file and download it")
    export.add_argument(
        "format", help="json, csv, pdf, docx, xlsx, txt, ...; pdf,docx: a zip of several"
    )
    export.add_argument("items", nargs="*", help="ids of the content; none: by the filters")
    add_flags(export)
    _add_output(export)
    export.set_defaults(run=_export)

    download = commands.add_parser("download", help="wait for a job and download its file")
    download.add_argument("job_id")
    _add_output(download)
    download.set_defaults(run=_download)

    cancel = commands.add_parser("cancel", help="stop a job")
    cancel.add_argument("job_id")
    cancel.set_defaults(run=_cancel)

    watch = commands.add_parser("watch", help="show a job at each change until it has ended")
    watch.add_argument("job_id")
    watch.set_defaults(run=_watch)

    jobs = commands.add_parser("jobs", help="list one's jobs, newest first")
    jobs.add_argument("--page", type=int, default=1)
    jobs.add_argument("--page-size", type=int, default=20)
    jobs.add_argument("--cursor", help="the next_cursor of the page before, with --json")
    jobs.add_argument("--status")
    jobs.set_defaults(run=_jobs)

    content = commands.add_parser("content", help="list one's content, with its ids")
    add_content_flags(content)
    content.set_defaults(run=_content)

    collections = commands.add_parser("collections", help="list one's courses, with their ids")
    collections.add_argument("--page", type=int, default=1)
    collections.set_defaults(run=_collections)

    formats = commands.add_parser("formats", help="list the formats")
    formats.set_defaults(run=_formats)

    link = commands.add_parser(
        "sign-in-link", help="make a link that signs one in to the pages, once, within a minute"
    )
    link.add_argument("next", nargs="?", default="/", help="the page it leads to, such as /exports")
    link.set_defaults(run=_sign_in_link)
    verify = commands.add_parser(
        "verify",
        help="check a file: with its receipt by itself, without one by asking the service",
    )
    verify.add_argument("file", type=Path)
    verify.add_argument(
        "receipt",
        type=Path,
        nargs="?",
        help="the receipt of the export, or the manifest of the archive; none with --keys: that "
        "within the file, a zip",
    )
    verify.add_argument(
        "--keys",
        type=Path,
        help="the file with the service's keys, as `receipt-keys` prints them, to ask nobody",
    )
    verify.set_defaults(run=_verify)
    for each in (
        export,
        download,
        cancel,
        watch,
        jobs,
        content,
        collections,
        formats,
        link,
        verify,
    ):
        each.add_argument("--json", action="store_true", help="JSON as the output")
    add_commands(commands, _call)
    return parser


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(),
        help="a file, a directory to put it in, or - for the standard output",
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=PATIENCE_SECONDS,
        metavar="SECONDS",
        help=f"for which the API may be away while it is waited for ({PATIENCE_SECONDS:.0f})",
    )


if __name__ == "__main__":
    sys.exit(main())
