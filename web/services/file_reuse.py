"""Giving a new export the file of an earlier one that is the same."""

import asyncio
from datetime import timedelta

from obstore.exceptions import BaseError as StorageError

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.content.source import BrokenContentError, ContentSource
from activities.jobs.reuse import find_same
from activities.model.fingerprints import content_fingerprint, export_fingerprint
from activities.model.job_formats import job_format
from activities.model.jobs import NewJob, ReusedFile
from activities.storage.keys import file_key
from activities.storage.protocol import Storage
from workflows.contracts import combined

logger = get_logger(__name__)

# Items may have megabytes. However many callers ask, no more of them are in memory than these.
_ITEMS_AT_ONCE = 10
_READERS_AT_ONCE = 2

# Time enough to copy a file before retention removes it.
_LEAST_LIFE = timedelta(minutes=1)


class FileReuse:
    """Finds an earlier file and puts a copy of it in the new job's place.

    Each job has a file of its own, so that each file goes when its own job's time is up. On a disk
    the copy is a link to the same bytes.
    """

    def __init__(
        self,
        database: Database,
        content: ContentSource,
        storage: Storage,
        retention: timedelta,
    ) -> None:
        self._database = database
        self._content = content
        self._storage = storage
        self._retention = retention
        self._reading = asyncio.Semaphore(_READERS_AT_ONCE)

    async def file_for(self, job: NewJob) -> ReusedFile | None:
        """The file for a job that has no record yet; None when the file must be made.

        Raises:
            ContentSourceError: the content cannot be read now.
        """
        try:
            content = await self._content_fingerprint(job)
        except BrokenContentError:
            return None
        fingerprint = export_fingerprint(
            job.format, job.options, job.title, content, job.theme_sha256
        )
        now = utc_now()
        source = await find_same(self._database, job.owner_id, fingerprint, now + _LEAST_LIFE)
        if source is None:
            return None
        entry = job_format(job.format)
        assert entry is not None
        extension = entry.file_type(job.options).extension
        key = file_key(source.job_id, extension)
        try:
            stored = await self._storage.head(key)
            if stored is None or stored.size != source.file_size:
                logger.warning("file not reused", job_id=source.job_id, cause="it is lost")
                return None
            await self._storage.copy(key, file_key(job.job_id, extension))
        except (OSError, StorageError) as error:
            logger.warning("file not reused", job_id=source.job_id, cause=format_traceback(error))
            return None
        return ReusedFile(job.job_id, source, fingerprint, now, now + self._retention)

    async def _content_fingerprint(self, job: NewJob) -> str:
        parts = []
        async with self._reading:
            for start in range(0, len(job.content_ids), _ITEMS_AT_ONCE):
                wanted = job.content_ids[start : start + _ITEMS_AT_ONCE]
                read = await self._content.items(job.owner_id, wanted)
                if read.broken:
                    raise BrokenContentError("an item is not content")
                # In a thread: other requests must not wait for it.
                part = await asyncio.to_thread(content_fingerprint, read.items, wanted, start)
                parts.append(part)
        return combined(parts)

    async def take_back(self, file: ReusedFile | None) -> None:
        """Remove a file whose job is known to have got no record.

        While that is not known the file stays: retention's sweep finds what no record owns.
        """
        if file is not None:
            await self._storage.remove_files(file.job_id)
