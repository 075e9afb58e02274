"""The JSON Schema of the JSON export is one, and exports keep it, by Ajv and check-jsonschema."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import activities.model
from tests.judges.conformance import Conformance, Judge
from tests.judges.documents import Files
from tests.judges.tools import npm_packages, npm_version, python_programs, python_version, run

pytestmark = pytest.mark.judges

SCHEMA: Final = Path(activities.model.__path__[0]) / "export.schema.json"
_ASKED_FOR: Final = "a valid JSON Schema (2020-12), and exports that keep it"
_AJV_OPTIONS: Final = (
    *("-c", "ajv-formats", "--spec=draft2020"),
    *("--strict=true", "--strict-required=true", "--allow-union-types=true"),
)
_EXCEPTIONS: Final = {
    "allowUnionTypes": "a value of metadata is a text, a number, a truth value or null, which a "
    "union of types says",
}
"""What Ajv's strict mode refuses unless it is told otherwise."""


def ajv(schema: Path, exports: list[Path]) -> str:
    """What Ajv finds in its strict mode; empty when that is nothing."""
    program = npm_packages() / ".bin" / "ajv"
    options = [*_AJV_OPTIONS, *(f"-d={file}" for file in exports)]
    done = run([program, "validate", *options, "-s", schema], npm_packages().parent)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def check_jsonschema(schema: Path, exports: list[Path]) -> str:
    """What check-jsonschema finds; empty when that is nothing."""
    program = python_programs() / "check-jsonschema"
    of_schema = run([program, "--check-metaschema", schema], schema.parent)
    of_exports = run([program, "--schemafile", schema, *exports], schema.parent)
    return "".join(done.stdout + done.stderr for done in (of_schema, of_exports) if done.returncode)


JUDGES: Final = [ajv, check_jsonschema]


def judge_of(program: Callable[[Path, list[Path]], str]) -> Judge:
    if program is ajv:
        return Judge("Ajv, strict", npm_version("ajv"), _ASKED_FOR)
    return Judge("check-jsonschema", python_version("check-jsonschema"), _ASKED_FOR)


@pytest.mark.parametrize("judge", JUDGES)
def test_exports_keep_the_schema(
    judge: Callable[[Path, list[Path]], str], files: Files, conformance: Conformance
) -> None:
    exports = list(files.of("json").values())
    found = judge(SCHEMA, exports)
    conformance.judged(judge_of(judge), "the JSON files", len(exports), found.splitlines())
    conformance.judged(judge_of(judge), "/docs/export.schema.json", 1)
    conformance.excepted(judge_of(judge), _EXCEPTIONS if judge is ajv else {})

    assert found == ""


def _another_version(export: dict[str, Any]) -> None:
    export["export"]["format_version"] = 2


def _a_number_as_title(export: dict[str, Any]) -> None:
    export["items"][0]["title"] = 7


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("damage", [_another_version, _a_number_as_title])
def test_a_planted_fault_is_found(
    judge: Callable[[Path, list[Path]], str],
    damage: Callable[[dict[str, Any]], None],
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    export = json.loads(files.of("json")["one item"].read_bytes())
    damage(export)
    damaged = tmp_path / "damaged.json"
    damaged.write_text(json.dumps(export))

    assert judge(SCHEMA, [damaged])
    conformance.planted(judge_of(judge))


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("broken", [{"type": "cabbage"}, {"required": "items"}])
def test_a_broken_schema_is_found(
    judge: Callable[[Path, list[Path]], str],
    broken: Mapping[str, str],
    files: Files,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(json.loads(SCHEMA.read_bytes()) | broken))

    assert judge(schema, [files.of("json")["one item"]])
    conformance.planted(judge_of(judge))
