"""The TypeScript client in Node.js and in a page of another origin, against a whole service."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from scripts.dev.chromium import chromium
from scripts.dev.stack import Stack
from tests.engines.choice import current
from tests.judges.tools import npm_packages, run
from tests.other_origin import served
from tests.services.export.api_kit import Api

pytestmark = pytest.mark.judges

CLIENT = Path(__file__).parents[2] / "web" / "client" / "typescript"
NODE_ROUND = """
import { writeFileSync } from "node:fs";
import { ExportClient, RefusedError } from "./dist/index.js";
import { round } from "./round.js";
const [url, token, target] = process.argv.slice(2);
const { told, bytes } = await round(ExportClient, RefusedError, url, token);
writeFileSync(target, bytes);
console.log(JSON.stringify(told));
"""
# The same in both places.
ROUND = """
export async function round(ExportClient, RefusedError, url, token) {
  const client = new ExportClient({ url, token: async () => token });
  const body = { content_ids: ["content-1"], format: "pdf", title: "By TypeScript" };
  const idempotencyKey = `typescript ${Math.random()}`;
  const begun = await client.start(body, { idempotencyKey });
  const again = await client.start(body, { idempotencyKey });
  const seen = [];
  const done = await client.wait(begun, { onProgress: (job) => seen.push(job.progress.percent) });
  const file = await client.download(done);
  const many = await client.startBulk({ format: "json", max_items: 3 });
  const bulk = await client.wait(many.job_id);
  const other = await client.startBulk({ format: "pdf", max_items: 50 });
  const cancelled = await client.cancel(other.job_id);
  const refused = await client.start({ content_ids: ["nothing"], format: "pdf" }).catch((e) => e);
  const damaged = await client
    .download({ ...done, file: { ...done.file, sha256: "0".repeat(64) } })
    .catch((error) => error.name);
  return {
    bytes: file.bytes,
    told: {
      again: again.job_id === begun.job_id,
      grows: seen.every((percent, at) => percent >= (seen[at - 1] ?? 0)) && seen.at(-1) === 100,
      sha256: file.sha256,
      name: file.name,
      size: file.bytes.length,
      items: bulk.file.items,
      cancelled: cancelled.job_id === other.job_id,
      refused: refused instanceof RefusedError && [refused.status, refused.code],
      damaged,
    },
  };
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, compiled as its `package.json` says, beside what it needs."""
    directory = tmp_path_factory.mktemp("typescript") / "client"
    shutil.copytree(CLIENT, directory, ignore=shutil.ignore_patterns("node_modules", "dist"))
    packages = npm_packages(CLIENT / "package-lock.json", "typescript")
    (directory / "node_modules").symlink_to(packages)
    done = run([packages / ".bin" / "tsc"], directory)
    assert done.returncode == 0, done.stdout
    (directory / "round.js").write_text(ROUND)
    (directory / "node.js").write_text(NODE_ROUND)
    return directory


def check(told: dict[str, Any], data: bytes) -> None:
    assert data.startswith(b"%PDF-")
    assert told == {
        "again": True,
        "grows": True,
        "sha256": hashlib.sha256(data).hexdigest(),
        "name": "By-TypeScript.pdf",
        "size": len(data),
        "items": 3,
        "cancelled": True,
        "refused": [404, "content-not-found"],
        "damaged": "DamagedFileError",
    }


def test_types_are_those_of_the_description(built: Path, tmp_path: Path) -> None:
    with Api(tmp_path / "api") as api:
        description = httpx.get(f"{api.url}/docs/openapi.json", timeout=60)
    (tmp_path / "openapi.json").write_bytes(description.content)
    generator = built / "node_modules" / ".bin" / "openapi-typescript"
    options = ["--default-non-nullable", "false"]
    done = run([generator, "openapi.json", "-o", "schema.ts", *options], tmp_path)
    assert done.returncode == 0, done.stderr
    written = (CLIENT / "src" / "schema.ts").read_text()
    assert (tmp_path / "schema.ts").read_text() == written, "npm run generate"


def test_it_does_the_whole_round_in_node(built: Path, stack: Stack) -> None:
    done = run(["node", "node.js", stack.api, stack.token, "export.pdf"], built)
    assert done.returncode == 0, done.stderr
    check(json.loads(done.stdout), (built / "export.pdf").read_bytes())


def test_it_tries_again_what_may_be_done_again(built: Path) -> None:
    program = """
import { ExportClient } from "./dist/index.js";
const job = { job_id: "1", status: "pending" };
const calls = [];
let answers = [];
const fetch = async (request) => {
  calls.push([request.method, request.headers.get("Idempotency-Key") !== null]);
  const next = answers.shift();
  if (next === "lost") throw new TypeError("fetch failed");
  const headers = { "Content-Type": "application/json", "Retry-After": "0" };
  return new Response(JSON.stringify(job), { status: next, headers });
};
const client = new ExportClient({ url: "http://x", token: "t", fetch });
const tried = async (list, call) => {
  calls.length = 0;
  answers = list;
  await call().catch(() => {});
  return calls.length;
};
const start = () => client.start({ content_ids: ["a"], format: "pdf" });
const hook = () => client.api.POST("/api/export/webhooks", { body: { url: "https://a.example" } });
console.log(JSON.stringify([
  await tried(["lost", 503, 202], start),
  await tried([429, 200], () => client.job("1")),
  await tried([502, 201], hook),
  await tried(["lost", 201], hook),
  await tried([404, 200], () => client.job("1")),
]));
"""
    (built / "retries.js").write_text(program)
    done = run(["node", "retries.js"], built)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [3, 2, 1, 1, 1]


@pytest.fixture(scope="module")
def platform(built: Path) -> Iterator[str]:
    """The origin of a page that has the client, and nothing of the service."""
    imports = {"openapi-fetch": "/node_modules/openapi-fetch/dist/index.mjs"}
    page = (
        "<!DOCTYPE html><title>A platform</title>"
        f'<script type="importmap">{json.dumps({"imports": imports})}</script>'
    ).encode()

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = built / self.path.lstrip("/")
            is_script = file.suffix in {".js", ".mjs"} and file.is_file()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
            self.end_headers()
            self.wfile.write(file.read_bytes() if is_script else page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with served(Files) as origin:
        yield origin


@pytest.fixture(scope="module")
def shared(platform: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole service that this page may call."""
    directory = tmp_path_factory.mktemp("shared")
    settings = {**current().variables(directory), "EXPORT_CORS_ORIGINS": platform}
    with Stack(directory, settings=settings) as running:
        yield running


@pytest.fixture(scope="module")
def browser(shared: Stack) -> Iterator[Browser]:
    """A running Chromium; the service is there before, as its event loop lets no other begin."""
    with chromium() as running:
        yield running


def test_it_does_the_whole_round_in_a_page_of_another_origin(
    browser: Browser, shared: Stack, platform: str
) -> None:
    page = browser.new_page()
    page.goto(platform)
    found = page.evaluate(
        """async ([url, token]) => {
          const { ExportClient, RefusedError } = await import("/dist/index.js");
          const { round } = await import("/round.js");
          const { told, bytes } = await round(ExportClient, RefusedError, url, token);
          return { told, bytes: Array.from(bytes) };
        }""",
        [shared.api, shared.token],
    )
    page.close()

    check(found["told"], bytes(found["bytes"]))
