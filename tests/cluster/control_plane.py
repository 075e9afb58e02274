"""A Kubernetes API server of the tests' own: it keeps and checks objects, and runs none."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scripts.dev.ports import free_ports
from tests.cluster.programs import definitions, kubernetes
from tests.engines.server import Server

_TOKEN = "of-the-tests"
_START_SECONDS = 120.0


class ControlPlane:
    """etcd and kube-apiserver, with the kinds of objects of KEDA and the Prometheus operator."""

    def __init__(self, directory: Path) -> None:
        """Describe it; nothing runs yet.

        Args:
            directory: everything that it keeps.
        """
        programs = kubernetes()
        etcd_port, peer_port, port = free_ports(3)
        key = generate_private_key(65_537, 2_048)
        (directory / "accounts.pem").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        (directory / "tokens.csv").write_text(f"{_TOKEN},admin,admin,system:masters\n")
        self.address = f"https://127.0.0.1:{port}"
        self.kubeconfig = directory / "kubeconfig"
        self.kubeconfig.write_text(_kubeconfig(self.address))
        etcd = [
            str(programs["etcd"]),
            f"--data-dir={directory / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{etcd_port}",
            f"--advertise-client-urls=http://127.0.0.1:{etcd_port}",
            f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer_port}",
            f"--initial-cluster=default=http://127.0.0.1:{peer_port}",
            "--unsafe-no-fsync",
        ]
        api_server = [
            str(programs["kube-apiserver"]),
            f"--etcd-servers=http://127.0.0.1:{etcd_port}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--cert-dir={directory / 'certificates'}",
            f"--token-auth-file={directory / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={directory / 'accounts.pem'}",
            f"--service-account-signing-key-file={directory / 'accounts.pem'}",
            "--service-cluster-ip-range=10.96.0.0/16",
            # Nobody makes the account "default" of a namespace here.
            "--disable-admission-plugins=ServiceAccount",
        ]
        self._servers = [
            Server("etcd", etcd, etcd_port, directory),
            Server("kube-apiserver", api_server, port, directory),
        ]
        self._client = httpx.Client(
            base_url=self.address,
            headers={"Authorization": f"Bearer {_TOKEN}"},
            verify=False,
            timeout=30,
        )

    def start(self) -> None:
        """Start, wait until it is ready, and let it know the kinds of the operators."""
        for server in self._servers:
            server.start()
        deadline = time.monotonic() + _START_SECONDS
        while self._client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        files = [f"--filename={path}" for path in definitions()]
        self.kubectl("apply", "--server-side", *files, check=True)
        names = self.kubectl("get", "customresourcedefinitions", "--output=name", check=True)
        self.kubectl(
            "wait",
            "--for=condition=established",
            "--timeout=60s",
            *names.stdout.split(),
            check=True,
        )

    def stop(self) -> None:
        """End it."""
        self._client.close()
        for server in reversed(self._servers):
            server.stop()

    def environment(self) -> dict[str, str]:
        """The variables by which kubectl and Helm find it."""
        return {"KUBECONFIG": str(self.kubeconfig)}

    def kubectl(
        self, *arguments: str, given: str | None = None, check: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        """Run kubectl, with text for its standard input."""
        done = subprocess.run(
            ["kubectl", *arguments],
            env=os.environ | self.environment(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def namespace(self, name: str, *, level: str = "restricted") -> None:
        """Make a namespace that holds pods to a level of Pod Security."""
        labels = {"pod-security.kubernetes.io/enforce": level}
        metadata = {"name": name, "labels": labels}
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        self.kubectl("apply", "--filename=-", given=json.dumps(manifest), check=True)

    def accepts(self, manifests: list[dict[str, Any]], namespace: str) -> str:
        """Let the server check manifests, and keep none; empty, or what it refuses them for."""
        done = self.kubectl(
            "apply", "--server-side", "--dry-run=server", "--validate=strict",
            f"--namespace={namespace}", "--filename=-", given=yaml.safe_dump_all(manifests),
        )  # fmt: skip
        return done.stderr if done.returncode else ""

    def complete_jobs(self, namespace: str) -> list[str]:
        """Say of all jobs of a namespace that they have done their work; their names."""
        jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        completed = list[str]()
        for job in self._client.get(jobs).raise_for_status().json()["items"]:
            if job["status"].get("conditions"):
                continue
            name = job["metadata"]["name"]
            self._client.patch(
                f"{jobs}/{name}/status",
                content=json.dumps({"status": _completed()}),
                headers={"Content-Type": "application/merge-patch+json"},
            ).raise_for_status()
            completed.append(name)
        return completed


def _completed() -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    conditions = [
        {"type": kind, "status": "True", "lastProbeTime": now, "lastTransitionTime": now}
        for kind in ("SuccessCriteriaMet", "Complete")
    ]
    return {"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions}


def _kubeconfig(address: str) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "tests",
            "clusters": [
                {"name": "tests", "cluster": {"server": address, "insecure-skip-tls-verify": True}}
            ],
            "users": [{"name": "tests", "user": {"token": _TOKEN}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        }
    )
