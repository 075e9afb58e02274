"""Helm, kube-score and a Kubernetes API server, built by Go once and cached."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from scripts.dev.program_cache import (
    BuildError,
    NoGoError,
    cache_directory,
    cached,
    go_install,
    locked,
)

HELM = "helm.sh/helm/v3/cmd/helm@v3.22.0"
_FLAGS = {
    # Of what it renders for when it asks no server; else a version that is long gone.
    HELM: ("-ldflags=-X=helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=34",)
}
KUBE_SCORE = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0"

_MODULE = Path(__file__).parent / "kubernetes"
"""Names the version of Kubernetes, which cannot be installed by name, and the hashes of all."""
_API_SERVER = "k8s.io/kubernetes/cmd/kube-apiserver"
_ETCD = "go.etcd.io/etcd/server/v3"

OPERATORS = {
    "github.com/kedacore/keda/v2@v2.21.0": "config/crd/bases/keda.sh_*.yaml",
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "example/prometheus-operator-crd/monitoring.coreos.com_*.yaml"
    ),
}
"""Modules of Go whose files define the kinds of objects that the chart makes for operators."""


def installed(package: str, environment: Mapping[str, str] = os.environ) -> Path:
    """A program of Go's, such as `example.org/cmd/name@v1.0.0`, in its version."""
    path, _, version = package.partition("@")
    name = path.rpartition("/")[2]
    directory = cache_directory(environment) / f"{name}-{version}"
    flags = _FLAGS.get(package, ())
    return cached(directory, name, lambda draft: go_install(package, draft, environment, *flags))


def kubernetes(environment: Mapping[str, str] = os.environ) -> dict[str, Path]:
    """The programs `kube-apiserver` and `etcd`.

    Raises:
        NoGoError: they have to be built, and there is no Go.
        BuildError: Go failed.
    """
    version = next(
        line.split()[-1]
        for line in (_MODULE / "go.mod").read_text().splitlines()
        if "k8s.io/kubernetes v" in line
    )
    directory = cache_directory(environment) / f"kubernetes-{version}"
    programs = {"kube-apiserver": directory / "kube-apiserver", "etcd": directory / "etcd"}
    with locked(directory):
        if not all(path.exists() for path in programs.values()):
            _build(version, programs, environment)
    return programs


def _build(version: str, programs: Mapping[str, Path], environment: Mapping[str, str]) -> None:
    go = shutil.which("go", path=environment.get("PATH"))
    if go is None:
        raise NoGoError("there is no Go to build Kubernetes")
    build = {**environment, "CGO_ENABLED": "0"}
    for package, path in ((_ETCD, programs["etcd"]), (_API_SERVER, programs["kube-apiserver"])):
        draft = path.with_suffix(".draft")
        # What it says of its version, by which Helm knows whether a chart may be installed.
        flags = f"-s -w -X k8s.io/component-base/version.gitVersion={version}"
        options = ["-mod=readonly", "-trimpath", f"-ldflags={flags}", "-o", str(draft)]
        try:
            subprocess.run([go, "build", *options, package], cwd=_MODULE, env=build, check=True)
        except subprocess.CalledProcessError:
            raise BuildError(f"Go could not build {package}") from None
        draft.replace(path)


def definitions(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The files that define the kinds of KEDA and of the Prometheus operator."""
    found = list[Path]()
    for module, pattern in OPERATORS.items():
        done = subprocess.run(
            ["go", "mod", "download", "-json", module],
            env=dict(environment),
            # Not in a module: it would be asked about its own requirements.
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        )
        directory = next(
            line.split('"')[3] for line in done.stdout.splitlines() if '"Dir":' in line
        )
        files = sorted(Path(directory).glob(pattern))
        assert files, module
        found += files
    return found
