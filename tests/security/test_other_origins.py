"""Pages of other origins call the API only where the operator allows it (Fetch, section 3.3)."""

from collections.abc import Iterator

import pytest

from tests.services.export.api_kit import Api

PLATFORM = "https://learn.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API that a platform's pages may call, and that is behind a path of its host."""
    settings = {
        "EXPORT_CORS_ORIGINS": f"https://Other.example:8443, {PLATFORM}",
        "EXPORT_PUBLIC_URL": "https://www.example/exports",
    }
    with Api(tmp_path_factory.mktemp("shared"), settings) as running:
        yield running


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


def test_a_platforms_page_reads_answers_and_errors(shared: Api, owner: str) -> None:
    with shared.client(owner) as client:
        for path in ("/exports/api/export/jobs", "/api/export/jobs", "/api/export/jobs/nothing"):
            headers = client.get(path, headers={"Origin": PLATFORM}).headers

            assert headers["access-control-allow-origin"] == PLATFORM
            assert "origin" in words(headers["vary"])
            assert {"location", "retry-after", "link", "etag", "x-request-id", "ratelimit"} <= (
                words(headers["access-control-expose-headers"])
            )
            assert "access-control-allow-credentials" not in headers


def test_a_preflight_needs_no_token(shared: Api) -> None:
    with shared.client() as client:
        for path in ("/api/export/", "/api/export/jobs/nothing", "/api/export/nowhere"):
            answer = client.options(path, headers={"Origin": PLATFORM, **PREFLIGHT})

            assert answer.status_code == 204
            assert answer.headers["access-control-allow-origin"] == PLATFORM
            assert {"get", "head", "post", "delete"} <= words(
                answer.headers["access-control-allow-methods"]
            )
            assert {"authorization", "content-type", "idempotency-key", "range"} <= words(
                answer.headers["access-control-allow-headers"]
            )


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://learn.example.evil", "http://learn.example"]
)
def test_nobody_else_may(shared: Api, owner: str, origin: str) -> None:
    with shared.client(owner) as client:
        for answer in (
            client.get("/api/export/jobs", headers={"Origin": origin}),
            client.options("/api/export/", headers={"Origin": origin, **PREFLIGHT}),
        ):
            assert not {name for name in answer.headers if name.startswith("access-control-")}
            assert words(answer.headers["vary"]) == {"origin"}, "a cache must not mix them up"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/docs", "/docs/openapi.json", "/metrics"])
def test_only_the_api_is_shared(shared: Api, path: str) -> None:
    with shared.client() as client:
        for answer in (
            client.get(path, headers={"Origin": PLATFORM}),
            client.options(path, headers={"Origin": PLATFORM, **PREFLIGHT}),
        ):
            assert "access-control-allow-origin" not in answer.headers
