"""Bodies of requests for schedules, each with a bulk export in it."""

from typing import Any

import msgspec

from web.http.export_body import completed
from web.http.json_body import JsonBody, T
from web.http.problems import ProblemError
from web.schemas.requests import BulkExportRequest

_EXPORT = "export"


class ScheduleBody(JsonBody[T]):
    """Reads `data` as `JsonBody` does, and its export as its preset completes it."""

    def decode_bytes(self, value: bytes) -> Any:
        """See `JsonBody.decode_bytes`.

        Raises:
            ProblemError: it is wrong, or its export says two things about answers.
        """
        body = super().decode_bytes(value)
        export = getattr(body, _EXPORT)
        if not isinstance(export, BulkExportRequest):
            return body
        try:
            whole = completed(export, msgspec.json.decode(value)[_EXPORT])
        except ProblemError as error:
            raise error.below(_EXPORT) from None
        return msgspec.structs.replace(body, export=whole)
