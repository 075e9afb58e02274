"""Whether files and receipts are genuine, and which of their items have changed since.

Whose they are decides what is told. An owner is told everything. Others are told of a file only
whether it is genuine and when it was made, and only if its owner asked for a receipt: who has its
hash has the file, or was given the hash by somebody who has it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from activities.automation.archive_manifests import is_manifest
from activities.automation.receipts import is_genuine, opened_receipt, pseudonyms
from activities.automation.signed_statement import NotGenuineError
from activities.automation.signing_keys import SigningKeys
from activities.content.source import ContentSource
from activities.jobs.receipts import Receipts
from activities.model.jobs import Job
from activities.model.problems import NO_RECEIPT, NOT_READY
from web.http.problems import ProblemError
from web.schemas.receipts import PublicKey, PublicKeys, VerifyResponse

# Items may have megabytes.
_ITEMS_AT_ONCE = 10
_NOT_GENUINE = VerifyResponse(authentic=False)


class ReceiptChecks:
    """Checks files and receipts for whoever has them."""

    def __init__(self, receipts: Receipts, content: ContentSource, keys: SigningKeys) -> None:
        self._receipts = receipts
        self._content = content
        self._keys = keys

    def public_keys(self) -> PublicKeys:
        """The keys by which anybody can check a receipt."""
        return PublicKeys([PublicKey(**each) for each in self._keys.public_keys()])

    async def receipt_of(self, job: Job) -> bytes:
        """The receipt of a job.

        Raises:
            ProblemError: it has none, or none yet.
        """
        receipt = await self._receipts.of_job(job.job_id)
        if receipt is not None:
            return receipt
        if job.status.ended:
            raise ProblemError(NO_RECEIPT)
        raise ProblemError(NOT_READY, headers={"Retry-After": "1"})

    async def of_file(self, sha256: str, caller: str | None) -> VerifyResponse:
        """What is known of a file by its hash.

        Args:
            sha256: in hex.
            caller: the owner who asks; None: nobody is known to.

        Raises:
            ContentSourceError: the caller's content cannot be read now.
        """
        jobs = await self._receipts.with_file(sha256.lower())
        for job in jobs:
            if job.owner_id == caller:
                items = await self._receipts.items(job.job_id)
                times = {each.id: each.updated_at for each in items}
                told = VerifyResponse(True, job.job_id, job.completed_at)
                whose = await self._receipts.content_owner(job.job_id) or job.owner_id
                return await self._with_changes(told, whose, times)
        for job in jobs:
            receipt = await self._receipts.of_job(job.job_id)
            if receipt is not None and is_genuine(receipt, self._keys, sha256.lower()):
                return VerifyResponse(True, made_at=job.completed_at)
        return _NOT_GENUINE

    async def of_receipt(self, document: bytes, caller: str | None) -> VerifyResponse:
        """What is known of a receipt, or of the manifest of an archive, byte for byte as it was
        given; see `of_file`.

        Raises:
            ContentSourceError: the caller's content cannot be read now.
        """
        try:
            stated = opened_receipt(document, self._keys)
        except NotGenuineError:
            return VerifyResponse(authentic=is_manifest(document, self._keys))
        made_at = stated.get("made_at")
        told = VerifyResponse(True, made_at=datetime.fromisoformat(made_at) if made_at else None)
        if caller is None or stated["owner"] not in pseudonyms(caller, self._keys):
            return told
        job_id = stated.get("job_id")
        told = msgspec.structs.replace(told, job_id=job_id)
        whose = await self._receipts.content_owner(job_id) if job_id else None
        if whose is None:
            if "content_owner" in stated:
                # By its pseudonym alone nobody's content can be looked for.
                return told
            whose = caller
        return await self._with_changes(told, whose, _times(stated["items"]))

    async def _with_changes(
        self, told: VerifyResponse, owner_id: str, times: Mapping[str, datetime]
    ) -> VerifyResponse:
        if not times:
            return told
        now = await self._updated(owner_id, list(times))
        newer = [each for each, time in times.items() if each in now and now[each] != time]
        gone = [each for each in times if each not in now]
        return msgspec.structs.replace(told, current=not newer and not gone, newer=newer, gone=gone)

    async def _updated(self, owner_id: str, ids: Sequence[str]) -> dict[str, datetime]:
        """When the items that are there were last changed, by id."""
        told = await self._content.updated(owner_id, ids)
        known = {each: time for each, time in told.items() if time is not None}
        untold = [each for each in told if each not in known]
        for start in range(0, len(untold), _ITEMS_AT_ONCE):
            read = await self._content.items(owner_id, untold[start : start + _ITEMS_AT_ONCE])
            known |= {item.id: item.updated_at for item in read.items}
        return known


def _times(items: Sequence[Mapping[str, Any]]) -> dict[str, datetime]:
    return {each["id"]: datetime.fromisoformat(each["updated_at"]) for each in items}
