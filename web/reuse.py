"""Giving a new export the file of an earlier one that is the same."""

import logging
from datetime import timedelta

from obstore.exceptions import BaseError as StorageError

from activities.content.source import BrokenContentError, ContentSource
from activities.database import Database
from activities.formats.catalog import formats
from activities.jobs.model import NewJob, ReusedFile
from activities.jobs.records import utc_now
from activities.jobs.reuse import content_fingerprint, export_fingerprint, find_same
from activities.storage.store import Storage, file_key
from web.problems import trace

logger = logging.getLogger(__name__)

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

    async def file_for(self, job: NewJob) -> ReusedFile | None:
        """A file for a job that has no record yet; None when the file must be made.

        Raises:
            ContentSourceError: the content cannot be read now.
        """
        try:
            items = await self._content.items(job.owner_id, job.content_ids)
        except BrokenContentError:
            return None
        content = content_fingerprint(items, job.content_ids)
        fingerprint = export_fingerprint(job.format, job.options, job.title, content)
        now = utc_now()
        source = await find_same(self._database, job.owner_id, fingerprint, now + _LEAST_LIFE)
        if source is None:
            return None
        extension = formats()[job.format].file_type(job.options).extension
        try:
            await self._storage.copy(
                file_key(source.job_id, extension), file_key(job.job_id, extension)
            )
        except (OSError, StorageError) as error:
            fields = {"job_id": source.job_id, "cause": trace(error)}
            logger.warning("file not reused", extra={"fields": fields})
            return None
        return ReusedFile(job.job_id, source, fingerprint, now, now + self._retention)

    async def take_back(self, file: ReusedFile | None) -> None:
        """Remove a file whose job is known to have got no record.

        While that is not known the file stays: retention's sweep finds what no record owns.
        """
        if file is not None:
            await self._storage.remove_files(file.job_id)
