"""Bodies of requests for exports: the options of a preset in place of those that are not given."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from activities.model.presets import with_preset
from web.http.json_body import JsonBody, pointer
from web.http.problems import FieldError, invalid
from web.schemas.requests import ExportRequestBody

BodyT = TypeVar("BodyT", bound=ExportRequestBody)


class ExportBody(JsonBody[BodyT]):
    """Reads `data` as `JsonBody` does, and as its preset completes it."""

    def decode_bytes(self, value: bytes) -> Any:
        """See `JsonBody.decode_bytes`.

        Raises:
            ProblemError: it is wrong, or says two things about answers.
        """
        body: ExportRequestBody = super().decode_bytes(value)
        return completed(body, msgspec.json.decode(value))


def completed(body: BodyT, given: Mapping[str, Any]) -> BodyT:
    """The body with the options of its preset, which it then no longer names.

    A preset and the same options one by one are the same request.

    Args:
        body: what was asked for.
        given: its members as they came.

    Raises:
        ProblemError: `answers` and `include_answers` say different things.
    """
    if {"answers", "include_answers"} <= given.keys() and given["include_answers"] != (
        given["answers"] != "none"
    ):
        answers, include = given["answers"], given["include_answers"]
        detail = (
            f"answers: {answers} and include_answers: {str(include).lower()} contradict each "
            "other; give one of them."
        )
        raise invalid([FieldError(detail, pointer=pointer("answers"))])
    if body.preset is None:
        return body
    return msgspec.structs.replace(with_preset(body, body.preset, given), preset=None)
