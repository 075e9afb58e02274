"""JSON Schemas of what tools take and give, each in one piece."""

from typing import Any

import msgspec

_REFERENCE = "#/$defs/"

Schema = dict[str, Any]


def schema_of(model: type[msgspec.Struct]) -> Schema:
    """The JSON Schema of a type, an object that refers to nothing: not all clients follow `$ref`.

    The type must not hold itself.
    """
    (schema,), definitions = msgspec.json.schema_components(
        [model], ref_template=f"{_REFERENCE}{{name}}"
    )
    found: Schema = _inlined(schema, definitions)
    return found


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        target = _inlined(definitions[reference.removeprefix(_REFERENCE)], definitions)
        beside = {name: value for name, value in node.items() if name != "$ref"}
        return {**target, **beside}
    return {name: _inlined(value, definitions) for name, value in node.items()}
