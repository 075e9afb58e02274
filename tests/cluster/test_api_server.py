"""A Kubernetes API server takes what the chart makes, and refuses what is wrong in it."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import chart
from tests.cluster.chart import CHART, VALUES, Manifest, of_kind, pods
from tests.cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster

_BY_NAME = {path.stem: path for path in VALUES}
_VERSIONED = _BY_NAME["temporal-cloud-api-key"]


@pytest.fixture(scope="module")
def restricted(control_plane: ControlPlane) -> str:
    """A namespace that takes no pod with privileges."""
    control_plane.namespace("restricted")
    return "restricted"


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_the_server_takes_everything(
    control_plane: ControlPlane, restricted: str, values: Path
) -> None:
    manifests = [_moved(each, restricted) for each in chart.render(values)]
    assert control_plane.accepts(manifests, restricted) == ""


def _moved(manifest: Manifest, namespace: str) -> Manifest:
    moved = copy.deepcopy(manifest)
    moved["metadata"].pop("namespace", None)
    return moved | {"metadata": moved["metadata"] | {"namespace": namespace}}


def _pod(template: Manifest) -> Manifest:
    pod = copy.deepcopy(template)
    pod["metadata"]["name"] = "one"
    return {"apiVersion": "v1", "kind": "Pod", **pod}


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_pods_need_no_privileges(
    control_plane: ControlPlane, restricted: str, values: Path
) -> None:
    for role, template in pods(chart.render(values)).items():
        assert control_plane.accepts([_pod(template)], restricted) == "", role


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("securityContext.runAsNonRoot", False, "runAsNonRoot"),
        ("securityContext.seccompProfile.type", "Unconfined", "seccompProfile"),
        ("hostNetwork", True, "hostNetwork"),
        ("containers.0.securityContext.allowPrivilegeEscalation", True, "allowPrivilegeEscalation"),
        ("containers.0.securityContext.capabilities", {}, "capabilities"),
        ("volumes.0", {"name": "tmp", "hostPath": {"path": "/"}}, "hostPath"),
    ],
)
def test_a_pod_with_privileges_is_refused(
    control_plane: ControlPlane, restricted: str, path: str, value: Any, said: str
) -> None:
    pod = _pod(pods(chart.render(_BY_NAME["smallest"]))["render"])
    _put(pod["spec"], path, value)
    assert said in control_plane.accepts([pod], restricted)


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        (
            "Deployment",
            "spec.template.spec.containers.0.ports.0.containerPort",
            "http",
            "expected numeric",
        ),
        ("Deployment", "spec.template.spec.containers.0.resource", {}, "not declared in schema"),
        ("Deployment", "spec.template.spec.volumes.0.name", "temp", "Not found"),
        ("Deployment", "spec.selector.matchLabels", {"other": "pods"}, "does not match template"),
        (
            "Deployment",
            "spec.template.spec.containers.0.resources.requests.memory",
            "9Gi",
            "must be less than or equal to memory limit",
        ),
        ("Deployment", "metadata.name", "Export_Service", "RFC 1123"),
        ("PodDisruptionBudget", "spec.minAvailable", 1, "cannot be both set"),
        ("NetworkPolicy", "spec.policyTypes", ["Outgress"], "Outgress"),
        ("HorizontalPodAutoscaler", "spec.maxReplicas", 1, "minReplicas"),
        ("Ingress", "spec.rules.0.http.paths.0.path", "exports", "must be an absolute path"),
        ("Service", "spec.ports.0.port", 70_000, "65535"),
        ("PrometheusRule", "spec.groups.0.rules.0.expr", None, "expr"),
        ("ServiceMonitor", "spec.endpoints.0.interval", "often", "interval"),
        ("ScaledObject", "spec.scaleTargetRef", None, "scaleTargetRef"),
        ("ScaledObject", "spec.triggers.0.type", None, "type"),
    ],
)
def test_a_planted_fault_is_refused(
    control_plane: ControlPlane, restricted: str, kind: str, path: str, value: Any, said: str
) -> None:
    manifests = chart.render(_BY_NAME["self-hosted"])
    manifests = manifests + of_kind(chart.render(_BY_NAME["temporal-cloud-mtls"]), "ScaledObject")
    broken = _moved(of_kind(manifests, kind)[-1], restricted)
    assert control_plane.accepts([broken], restricted) == "", "it is the fault that is refused"
    _put(broken, path, value)
    assert said in control_plane.accepts([broken], restricted)


def _put(tree: Any, path: str, value: Any) -> None:
    """Set what stands at a path; None takes it away."""
    *way, last = path.split(".")
    for name in way:
        tree = tree[int(name)] if isinstance(tree, list) else tree[name]
    key: Any = int(last) if isinstance(tree, list) else last
    if value is None:
        del tree[key]
    else:
        tree[key] = value


@contextmanager
def jobs_that_end(control_plane: ControlPlane, namespace: str) -> Iterator[list[str]]:
    """While it lasts, jobs of a namespace end well, as if a node had run them; their names."""
    ended = list[str]()
    stopping = threading.Event()

    def run() -> None:
        while not stopping.wait(0.2):
            ended.extend(control_plane.complete_jobs(namespace))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        stopping.set()
        thread.join()


def _helm(control_plane: ControlPlane, *arguments: str) -> tuple[int, str]:
    done = chart.helm(*arguments, "--namespace", "releases", **control_plane.environment())
    return done.returncode, done.stdout + done.stderr


def test_a_release_comes_is_upgraded_and_goes_back(control_plane: ControlPlane) -> None:
    control_plane.namespace("releases")
    old = "--set-json=versioning.previous=" + '[{"build": "0-1-0", "image": {"tag": "0.1.0"}}]'
    with jobs_that_end(control_plane, "releases") as ended:
        release = ["export", str(CHART), "--values", str(_VERSIONED)]
        code, said = _helm(control_plane, "install", *release)
        assert code == 0, said
        assert ended == ["export-export-service-migration", "export-export-service-current-build"]
        assert "exports.example.org" in said

        # It would leave what runs on the build before without workers.
        code, said = _helm(control_plane, "upgrade", *release, "--set=versioning.build=0-2-0")
        assert code != 0
        assert "exports may still run on build 0-1-0" in said

        code, said = _helm(control_plane, "upgrade", *release, "--set=versioning.build=0-2-0", old)
        assert code == 0, said
        assert _builds(control_plane) == {"0-1-0", "0-2-0"}

        # What has just begun on express workers would wait for ever.
        without = ["--set=versioning.build=0-2-0", old, "--set=workers.express.enabled=false"]
        code, said = _helm(control_plane, "upgrade", *release, *without)
        assert code != 0
        assert "upgrade with newExports: false first" in said

        drained = ["--set=versioning.build=0-2-0", "--set=versioning.abandoned={0-1-0}"]
        code, said = _helm(control_plane, "upgrade", *release, *drained)
        assert code == 0, said
        assert _builds(control_plane) == {"0-2-0"}

        last = ["--set=versioning.build=0-2-0", "--set=versioning.abandoned={0-1-0}"]
        for step in ("newExports", "enabled"):
            last.append(f"--set=workers.express.{step}=false")
            code, said = _helm(control_plane, "upgrade", *release, *last)
            assert code == 0, said

        before = len(ended)
        code, said = _helm(control_plane, "rollback", "export", "2")
        assert code == 0, said
        assert _builds(control_plane) == {"0-1-0", "0-2-0"}
        assert len(ended) == before, "nothing is migrated on the way back"
        code, said = _helm(control_plane, "uninstall", "export")
        assert code == 0, said
        assert _builds(control_plane) == set()


def _builds(control_plane: ControlPlane) -> set[str]:
    of_deployments = "jsonpath={.items[*].metadata.labels.export-service/build}"
    told = control_plane.kubectl(
        "get", "deployments", "--namespace=releases", f"--output={of_deployments}", check=True
    )
    return set(told.stdout.split())
