"""Headers that browsers obey are on every answer, errors included."""

import pytest

from tests.services.export.api_kit import Api

PATHS = [
    "/api/export/formats",
    "/api/export/jobs",
    "/api/export/jobs/nothing",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/docs",
    "/docs/openapi.json",
    "/docs/assets/docs.js",
    "/nowhere",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_them(api: Api, owner: str, path: str) -> None:
    for client in (api.client(owner), api.client()):
        with client:
            headers = client.get(path).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'unsafe-inline'" not in policy
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers
        kept = "max-age=3600" if "/assets/" in path else "no-store"
        assert headers["cache-control"] == kept
