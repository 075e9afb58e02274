"""The messages to webhooks, in the API's description (OpenAPI 3.1, "webhooks")."""

from typing import Any

import msgspec

from activities.automation.webhook_messages import Message
from activities.automation.webhook_model import EVENTS, Event

_Json = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"
_SUMMARIES: dict[Event, str] = {
    "export.completed": "An export is completed",
    "export.failed": "An export has failed",
    "export.expiring": "A file is removed within a day",
}
_HEADERS = {
    "webhook-id": "Of the message, the same in each attempt.",
    "webhook-timestamp": "Of this attempt, in seconds since 1970.",
    "webhook-signature": "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; several are "
    "parted by blanks.",
}


def describe_messages(schemas: _Json) -> _Json:
    """The entry of each event; what they refer to is added to the schemas."""
    _, described = msgspec.json.schema_components((Message,), ref_template=_REFERENCE)
    schemas |= described
    return {event: {"post": _operation(event)} for event in EVENTS}


def _operation(event: Event) -> _Json:
    name = "tell" + "".join(word.title() for word in event.split("."))
    return {
        "operationId": name,
        "summary": _SUMMARIES[event],
        "description": "Signed as Standard Webhooks has it; it holds nothing of the content.",
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": told,
                "schema": {"type": "string"},
            }
            for header, told in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": _REFERENCE.format(name="Message")}}
            },
        },
        "responses": {
            "2XX": {"description": "The receiver has the message."},
            "410": {"description": "The receiver wants no more: the webhook becomes inactive."},
            "default": {"description": "The message is sent again later, for a day."},
        },
    }
