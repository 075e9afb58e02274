"""Request bodies: JSON, decoded into a Struct, with a JSON pointer (RFC 6901) to each error."""

import json
import re
from collections import Counter
from typing import Any, TypeVar, cast

import msgspec
from litestar.dto import AbstractDTO
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from activities.model.problems import NOT_JSON
from web.http.problems import FieldError, ProblemError, invalid
from web.http.value_errors import choices_of, sentence, type_at

T = TypeVar("T")

_PLACE = re.compile(r" - at `\$(.*)`$", re.DOTALL)
_NAMED_FIELD = re.compile(r"^Object (?:missing required|contains unknown) field `(.*)`$", re.DOTALL)
_JSON = re.compile(r"application/(?:json|[\w.!#$&^-]+\+json)\s*(?:;.*)?", re.IGNORECASE | re.ASCII)


class JsonBody(AbstractDTO[T]):
    """Reads `data` strictly: nothing but JSON, no conversions, errors with a JSON Pointer."""

    def decode_bytes(self, value: bytes) -> Any:
        """The request's body, decoded.

        Raises:
            ProblemError: the content type is not JSON's, or the body is not what it should be.
        """
        if not is_json(self.asgi_connection.headers.get("content-type", "")):
            raise ProblemError(NOT_JSON)
        return decode(value, self.model_type)

    @classmethod
    def create_for_field_definition(cls, *_: Any, **__: Any) -> None:
        """There is no model to derive: bodies are read as they are declared."""

    @classmethod
    def create_openapi_schema(
        cls,
        field_definition: FieldDefinition,
        handler_id: str,  # noqa: ARG003
        schema_creator: Any,
    ) -> Reference | Schema:
        """Describe the body as it is declared."""
        return cast("Reference | Schema", schema_creator.for_field_definition(field_definition))

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Any:  # noqa: ARG003
        """There is no model to derive."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:  # noqa: ARG003
        """There is no model to derive."""
        return False


def is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON."""
    return _JSON.fullmatch(content_type.strip()) is not None


def decode(body: bytes, body_type: type[T]) -> T:
    """The body, decoded as strict JSON.

    Raises:
        ProblemError: it is not JSON or not of this type; says where, as a JSON Pointer.
    """
    try:
        decoded = msgspec.json.decode(body, type=body_type)
        _refuse_repeated_names(body)
    except msgspec.ValidationError as error:
        raise invalid([_field_error(str(error), body_type)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid([FieldError("The body is not JSON.", pointer="")]) from None
    except RecursionError:
        raise invalid([FieldError("The body is nested too deeply.", pointer="")]) from None
    return decoded


def _refuse_repeated_names(body: bytes) -> None:
    """Refuse what other readers of the same body may read otherwise (RFC 8259, section 4).

    Raises:
        ProblemError: a name stands twice in one object, of which one value would be passed over.
    """
    json.loads(body, object_pairs_hook=_named_once, parse_int=str, parse_float=str)


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise invalid([FieldError(f"The field {twice} is given twice.", pointer="")])
    return found


def _field_error(message: str, body_type: type) -> FieldError:
    place = _PLACE.search(message)
    text = message[: place.start()] if place else message
    steps = re.findall(r"[^.\[\]]+", place.group(1)) if place else []
    named = _NAMED_FIELD.match(text)
    if named:
        steps.append(cast("str", named.group(1)))
        choices = []
    else:
        choices = choices_of(type_at(body_type, steps))
    return FieldError(sentence(text, choices), pointer=pointer(*steps))


def pointer(*steps: str | int) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
