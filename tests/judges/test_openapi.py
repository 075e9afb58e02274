"""The description of the API, judged by validators and generators of clients."""

import copy
import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.dev.stack import Stack
from tests.judges.conformance import Conformance, Judge
from tests.judges.tools import (
    HERE,
    npm_packages,
    npm_version,
    python_programs,
    python_version,
    run,
)

pytestmark = pytest.mark.judges

Description = dict[str, Any]


@pytest.fixture(scope="module")
def description(stack: Stack) -> Description:
    found: Description = httpx.get(f"{stack.api}/docs/openapi.json", timeout=60).json()
    return found


def spec_validator(file: Path) -> str:
    """What openapi-spec-validator finds; empty when that is nothing."""
    program = python_programs() / "openapi-spec-validator"
    done = run([program, file.name], file.parent)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def spectral(file: Path) -> str:
    """What Spectral finds, warnings included."""
    program = npm_packages() / ".bin" / "spectral"
    rules = HERE / "spectral.yaml"
    done = run([program, "lint", "-r", rules, "--fail-severity", "warn", file.name], file.parent)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def redocly(file: Path) -> str:
    """What Redocly finds, warnings included."""
    program = npm_packages() / ".bin" / "redocly"
    options = ["--config", str(HERE / "redocly.yaml"), "--format", "json"]
    done = run([program, "lint", file.name, *options], file.parent, {"REDOCLY_TELEMETRY": "off"})
    found = json.loads(done.stdout)["problems"]
    return json.dumps(found) if found else ""


JUDGES = [spec_validator, spectral, redocly]


def judge_of(program: Callable[..., str]) -> Judge:
    """What CONFORMANCE.md says of a validator or a generator."""
    validity = "a valid OpenAPI document"
    return {
        spec_validator: Judge(
            "openapi-spec-validator", python_version("openapi-spec-validator"), validity
        ),
        spectral: Judge("Spectral", npm_version("@stoplight/spectral-cli"), validity),
        redocly: Judge("Redocly", npm_version("@redocly/cli"), validity),
        generated_python: Judge(
            "openapi-python-client",
            python_version("openapi-python-client"),
            "a generated client does the whole round",
        ),
        compiled_typescript: Judge(
            "openapi-typescript, tsc",
            npm_version("openapi-typescript"),
            "a generated client does the whole round",
        ),
    }[program]


def rules_off(file: Path) -> dict[str, str]:
    """The rules that a validator's settings turn off, with the reason above each."""
    rule = re.compile(r"^  # (.+)\n  ([\w-]+): off$", re.MULTILINE)
    text = file.read_text()
    assert len(rule.findall(text)) == text.count(": off")
    return {name: reason for reason, name in rule.findall(text)}


RULES_OFF: dict[Callable[..., str], dict[str, str]] = {
    spectral: rules_off(HERE / "spectral.yaml"),
    redocly: rules_off(HERE / "redocly.yaml"),
}


def written(description: Description, directory: Path) -> Path:
    file = directory / "openapi.json"
    file.write_text(json.dumps(description))
    return file


@pytest.mark.parametrize("judge", JUDGES)
def test_it_has_no_fault(
    judge: Callable[[Path], str],
    description: Description,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    found = judge(written(description, tmp_path))
    conformance.judged(judge_of(judge), "/docs/openapi.json", 1, found.splitlines())
    conformance.excepted(judge_of(judge), RULES_OFF.get(judge, {}))

    assert found == ""


@pytest.mark.parametrize("judge", JUDGES)
def test_a_planted_fault_is_found(
    judge: Callable[[Path], str],
    description: Description,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    broken = copy.deepcopy(description)
    response = broken["paths"]["/api/export/"]["post"]["responses"]["202"]
    examples = response["content"]["application/json"]["examples"]
    next(iter(examples.values()))["id"] = "accepted"

    assert "examples" in judge(written(broken, tmp_path))
    conformance.planted(judge_of(judge))


def generated_python(description: Description, directory: Path) -> str:
    """Generate a client, and what the generator complains of."""
    programs = python_programs()
    command = [str(programs / "openapi-python-client"), "generate", "--path", "openapi.json"]
    options = ["--meta", "none", "--output-path", "export_api_client", "--fail-on-warning"]
    written(description, directory)
    # It formats what it generates by the ruff of its own environment.
    path = {"PATH": os.pathsep.join([str(programs), os.environ["PATH"]])}
    done = run([*command, *options], directory, path)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def compiled_typescript(description: Description, directory: Path) -> str:
    """Generate types, compile the round with them, and what either complains of."""
    packages = npm_packages()
    (directory / "node_modules").symlink_to(packages)
    (directory / "round.ts").write_text((HERE / "round.ts").read_text())
    written(description, directory)
    programs = packages / ".bin"
    generator = [str(programs / "openapi-typescript"), "openapi.json", "-o", "api.d.ts"]
    # As /docs says: what has a default may be left out of a request.
    generator += ["--default-non-nullable", "false"]
    compiler = [str(programs / "tsc"), "--strict", "--skipLibCheck", "--target", "es2022"]
    options = ["--module", "commonjs", "--types", "node", "round.ts"]
    for command in (generator, [*compiler, *options]):
        done = run(command, directory)
        if done.returncode:
            return done.stdout + done.stderr
    return ""


def check_round(verdict: str, file: Path) -> None:
    told = json.loads(verdict.splitlines()[-1])
    data = file.read_bytes()
    assert data.startswith(b"%PDF-")
    assert told == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "listed": True,
        "code": "not-found",
    }


def test_a_generated_python_client_does_the_whole_round(
    stack: Stack, description: Description, tmp_path: Path, conformance: Conformance
) -> None:
    assert generated_python(description, tmp_path) == ""
    program = [python_programs() / "python", HERE / "round_by_client.py"]

    done = run(
        [*program, stack.api, stack.token, "export.pdf"], tmp_path, {"PYTHONPATH": str(tmp_path)}
    )

    assert done.returncode == 0, done.stderr
    check_round(done.stdout, tmp_path / "export.pdf")
    conformance.judged(judge_of(generated_python), "/docs/openapi.json and a running API", 1)


def test_a_generated_typescript_client_does_the_whole_round(
    stack: Stack, description: Description, tmp_path: Path, conformance: Conformance
) -> None:
    assert compiled_typescript(description, tmp_path) == ""

    done = run(["node", "round.js", stack.api, stack.token, "export.pdf"], tmp_path)

    assert done.returncode == 0, done.stderr
    check_round(done.stdout, tmp_path / "export.pdf")
    conformance.judged(judge_of(compiled_typescript), "/docs/openapi.json and a running API", 1)


@pytest.mark.parametrize("generate", [generated_python, compiled_typescript])
def test_a_generator_stops_at_a_planted_fault(
    generate: Callable[[Description, Path], str],
    description: Description,
    tmp_path: Path,
    conformance: Conformance,
) -> None:
    broken = copy.deepcopy(description)
    broken["components"]["schemas"]["JobResponse"]["properties"]["status"] = {
        "$ref": "#/components/schemas/Nothing"
    }

    assert "JobResponse" in generate(broken, tmp_path)
    conformance.planted(judge_of(generate))
