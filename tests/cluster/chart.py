"""The chart as Helm renders it."""

import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scripts.dev.environment import CHECKOUT
from tests.cluster.programs import HELM, installed

CHART = CHECKOUT / "deploy" / "helm" / "export-service"
VALUES = sorted((CHECKOUT / "deploy" / "helm" / "values").glob("*.yaml"))

Manifest = dict[str, Any]


def helm(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Helm, with variables beside those of this process that it needs."""
    program = installed(HELM)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), **variables}
    return subprocess.run(
        [str(program), *arguments], env=environment, capture_output=True, text=True, check=False
    )


@cache
def render(values: Path, *arguments: str) -> list[Manifest]:
    """The manifests of a release `export` in the namespace `exports`; not to be changed."""
    done = helm(
        "template", "export", str(CHART), "--namespace", "exports", "--values", str(values),
        "--api-versions", "keda.sh/v1alpha1", *arguments,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    """Those of some kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def component(manifest: Manifest) -> str:
    """The part of the service that a manifest belongs to; empty: to all."""
    return str(manifest["metadata"]["labels"].get("app.kubernetes.io/component", ""))


def pods(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """The template of the pods of each component."""
    return {
        component(manifest): manifest["spec"]["template"]
        for manifest in of_kind(manifests, "Deployment", "Job")
    }


def container(pod: Manifest) -> Manifest:
    """The only container of a pod."""
    [only] = pod["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def secrets(pod: Manifest) -> set[str]:
    """The names of all Secrets that a pod is given, as variables or as files."""
    found = set[str]()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "secretKeyRef" or (key == "secret" and "name" in inner):
                    found.add(inner["name"])
                elif key == "secretName":
                    found.add(inner)
                else:
                    look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(pod["spec"])
    return found


def variables(pod: Manifest) -> dict[str, str]:
    """The variables of a pod; of one from a Secret the Secret's name."""
    return {
        each["name"]: str(
            each["value"] if "value" in each else each["valueFrom"]["secretKeyRef"]["name"]
        )
        for each in container(pod)["env"]
    }


def refused(arguments: Sequence[str]) -> str:
    """What Helm says when it refuses to render the smallest values with some changes."""
    smallest = next(path for path in VALUES if path.name == "smallest.yaml")
    done = helm("template", "export", str(CHART), "--values", str(smallest), *arguments)
    assert done.returncode != 0, done.stdout
    return done.stderr
