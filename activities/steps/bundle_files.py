"""bundle_files: the files of several formats -> one zip under a staging key."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from temporalio import activity

from activities.automation.receipts import FILE_NAME, FileFacts, Made, content_receipt
from activities.automation.signing_keys import NO_KEYS, SigningKeys
from activities.formats.shared.zip_package import Package
from activities.jobs.execution import JobExecution
from activities.model.bundle_warnings import bundle_warnings, member_warnings
from activities.model.catalog import formats
from activities.model.content_links import NO_LINKS, ContentLinks
from activities.model.file_names import file_name
from activities.model.formats import FileType
from activities.model.job_formats import options_for
from activities.model.jobs import Phase, RenderInput
from activities.model.limits import check_produced
from activities.model.manifests import (
    HASHES,
    MANIFEST,
    BundledFileFacts,
    hashes,
    manifest,
    paths,
)
from activities.model.themes import NO_THEME
from activities.model.warnings import ExportWarning, NotedWarnings, skipped_ids
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.run_ownership import own_run_id, render_input_of
from activities.steps.scratch_file import scratch_file
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import BUNDLE_FILES, BundleTask, Produced, StagedFile

_TEXT = ("text/", "application/json", "application/x-ndjson", "application/xml")
"""The media types of files that are smaller when they are packed; others are packed already."""
_PIECE = 1 << 20
_MEDIA_TYPES = MappingProxyType({MANIFEST: "application/json", HASHES: "text/plain"})


class BundleFiles:
    """The bundle_files activity with what it needs."""

    def __init__(
        self,
        execution: JobExecution,
        storage: Storage,
        scratch: Path,
        max_file_bytes: int,
        *,
        signing_keys: SigningKeys = NO_KEYS,
        issuer: str = "",
    ) -> None:
        """Prepare the activity.

        Args:
            execution: the job records.
            storage: has the files.
            scratch: the directory of temporary files; made when missing.
            max_file_bytes: the most bytes of all files together.
            signing_keys: sign receipts.
            issuer: what tells this service from another one, in receipts.
        """
        self._signing_keys = signing_keys
        self._issuer = issuer
        self._execution = execution
        self._storage = storage
        self._scratch = scratch
        self._max_file_bytes = max_file_bytes

    @implements(BUNDLE_FILES)
    async def bundle_files(self, task: BundleTask) -> StagedFile:
        """Put the files into one, with a manifest and their hashes.

        Raises:
            JobTakenError: the row no longer belongs to this run.
            ExportTooLargeError: the files are too large together.
        """
        run_id = own_run_id()
        async with heartbeats():
            job = await render_input_of(self._execution, task.job_id)
            await self._execution.enter_phase(task.job_id, run_id, Phase.ASSEMBLING)
            _, noted = await self._execution.get_with_warnings(task.job_id)
            facts = _facts(task, job, noted)
            self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
            with scratch_file(str(self._scratch), self._max_file_bytes) as out:
                await self._write(task, job, facts, out)
                size, sha256 = await asyncio.to_thread(_measured, out)
                warnings = bundle_warnings(noted, task.files, task.left_out)
                await self._execution.note_warnings(task.job_id, Phase.ASSEMBLING, 0, warnings)
                key = attempt_key(task.job_id, "bundle", run_id, activity.info().attempt)
                await self._storage.put(key, out)
        return StagedFile(key, size, sha256)

    async def _write(
        self, task: BundleTask, job: RenderInput, facts: Sequence[BundledFileFacts], out: BinaryIO
    ) -> None:
        newest = task.newest.astimezone(UTC)
        own = {
            MANIFEST: manifest(
                title=job.title,
                snapshot_time=newest,
                items=len(job.content_ids),
                options=job.options,
                files=facts,
                left_out=task.left_out,
            ),
            HASHES: hashes(facts),
        }
        receipt = await self._receipt(task, job, facts, own)
        with Package(out, newest, _BundleReport(self._max_file_bytes)) as package:
            for path, data in own.items():
                package.write(path, data)
            if receipt:
                package.write(FILE_NAME, receipt)
            for file, told in zip(task.files, facts, strict=True):
                packed = told.media_type.startswith(_TEXT)
                with package.open(told.path, packed=packed) as member:
                    async for piece in self._storage.stream(file.file.key, 0, file.file.size):
                        await asyncio.to_thread(member.write, bytes(piece))

    async def _receipt(
        self,
        task: BundleTask,
        job: RenderInput,
        facts: Sequence[BundledFileFacts],
        own: Mapping[str, bytes],
    ) -> bytes:
        """What the bundle says of all its other files; nothing where it is not asked for."""
        if not job.options.receipt or not self._signing_keys.exist:
            return b""
        items = await self._execution.items_of(task.job_id, job.content_ids)
        made = Made(
            owner_id=job.owner_id,
            content_owner_id=job.content_owner_id,
            issuer=self._issuer,
            format=task.format,
            options=job.options,
            items=items or (),
        )
        files = [FileFacts(each.size, each.sha256, each.media_type, each.path) for each in facts]
        files += [
            FileFacts(len(data), hashlib.sha256(data).hexdigest(), _MEDIA_TYPES[path], path)
            for path, data in own.items()
        ]
        return content_receipt(made, self._signing_keys, files)


class _BundleReport:
    """A `Report` that counts how much a bundle holds."""

    media = None
    links: ContentLinks = NO_LINKS
    theme = NO_THEME
    id_namespace = ""

    def __init__(self, max_file_bytes: int) -> None:
        self._max_file_bytes = max_file_bytes
        self._produced = Produced()

    def check_cancelled(self) -> None:
        """See `Report.check_cancelled`; the activity is cancelled where it waits."""

    def item_done(self) -> None:
        """See `Report.item_done`."""

    def count(self, produced: Produced) -> None:
        """See `Report.count`.

        Raises:
            ExportTooLargeError: the files are too large together.
        """
        self._produced += produced
        check_produced(self._produced, self._max_file_bytes)

    def warn(self, warning: ExportWarning) -> None:
        """See `Report.warn`."""


def _facts(
    task: BundleTask, job: RenderInput, noted: Sequence[NotedWarnings]
) -> list[BundledFileFacts]:
    types = [_file_type(file.format, job) for file in task.files]
    names = [
        (file_name(job.title, kind.extension).removesuffix(f".{kind.extension}"), kind.extension)
        for kind in types
    ]
    found = paths([(*name, file.format) for name, file in zip(names, task.files, strict=True)])
    facts = []
    for file, kind, path in zip(task.files, types, found, strict=True):
        warnings = member_warnings(noted, file.number)
        items = len(job.content_ids) - len(skipped_ids(warnings))
        staged = file.file
        facts.append(
            BundledFileFacts(
                path, file.format, kind.media_type, staged.size, staged.sha256, items, warnings
            )
        )
    return facts


def _file_type(format_id: str, job: RenderInput) -> FileType:
    return formats()[format_id].file_type(options_for(format_id, job.options))


def _measured(file: BinaryIO) -> tuple[int, str]:
    """The size of a file, and its SHA-256 in hex."""
    file.seek(0)
    digest = hashlib.sha256()
    size = 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()
