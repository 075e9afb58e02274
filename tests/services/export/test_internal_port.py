"""Metrics and health at a port of their own are at no other, whatever a caller writes."""

from pathlib import Path

import httpx
import pytest

from scripts.dev.ports import free_ports
from tests.services.export.api_kit import Api, owner_id

INTERNAL = ("/metrics", "/health/live", "/health/ready")
PUBLIC = ("/", "/docs", "/docs/openapi.json", "/api/export/formats")


class _Divided(Api):
    """An API whose public port says nothing of its health."""

    def __init__(self, directory: Path) -> None:
        self.internal = free_ports(1)[0]
        super().__init__(directory, {"EXPORT_INTERNAL_PORT": str(self.internal)})

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.internal}/health/live").is_success
        except httpx.TransportError:
            return False


def test_metrics_and_health_leave_the_public_port(tmp_path: Path) -> None:
    with _Divided(tmp_path) as api:
        inside = f"http://127.0.0.1:{api.internal}"
        owner = owner_id()
        with api.client(owner) as client, httpx.Client(base_url=inside) as internal:
            internal.headers.update(client.headers)
            for path in INTERNAL:
                # Whoever names the other port in a header is still at this one.
                hosts = {"Host": f"127.0.0.1:{api.internal}", "X-Forwarded-Port": str(api.internal)}
                for headers in ({}, hosts):
                    refused = client.get(path, headers=headers)
                    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
                assert internal.get(path).status_code in {200, 503}, path
                assert internal.head(path).status_code in {200, 503}, path
            for path in PUBLIC:
                assert client.get(path).status_code in {200, 303}, path
                assert internal.get(path).status_code == 404, path
            assert internal.get("/api/export/jobs").status_code == 404
            assert "export_jobs" in internal.get("/metrics").text
            described = client.get("/docs/openapi.json").json()["paths"]
            assert "/api/export/jobs" in described
            assert not set(INTERNAL) & set(described)
        assert api.stop() == 0


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    api = Api(tmp_path, {"EXPORT_INTERNAL_PORT": str(port), "EXPORT_PORT": str(port)})
    with pytest.raises(AssertionError, match="EXPORT_INTERNAL_PORT"), api:
        pass
