"""What `docker-compose.yml` starts works: the same commands and settings, as plain processes."""

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest

from activities.model.catalog import BUILT_IN
from activities.settings import Settings, from_environment
from activities.worker import (
    EXPRESS_AT_ONCE,
    PREVIEWS_AT_ONCE,
    RENDERS_AT_ONCE,
    SMALL_RENDERS_AT_ONCE,
)
from scripts.dev.environment import CHECKOUT
from tests.deploy.compose import SECRETS, read_compose, read_services
from tests.deploy.conftest import OURS, Deployment
from workflows.policies import DRAIN_TIMEOUT

pytestmark = pytest.mark.deploy


def test_every_image_is_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        _, _, tag = service["image"].rpartition(":")
        assert tag[0].isdigit() or tag[0] == "v", name
        assert "." in tag, name


def test_one_service_builds_the_image_of_all(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "build" in service] == ["migrate"]
    for name in OURS:
        assert services[name]["image"] == services["migrate"]["image"], name
        assert services[name]["pull_policy"] == "never", name
        assert "migrate" in services[name]["depends_on"], name


def test_containers_may_do_little(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert name == "postgresql" or "cap_add" not in service, name
    for name in (*OURS, "migrate"):
        assert services[name]["read_only"], name


def test_each_service_is_reached_by_those_who_need_it_alone(services: dict[str, Any]) -> None:
    def reached_by(name: str) -> set[str]:
        networks = set(services[name].get("networks", ()))
        return {
            other
            for other, service in services.items()
            if other != name and networks & set(service.get("networks", ()))
        }

    ours = set(OURS)
    assert reached_by("temporal") == {
        *ours,
        "temporal-namespace",
        "temporal-ui",
        "prometheus",
        # In the network of their database.
        "postgresql",
        "database-roles",
        "temporal-schema",
        "migrate",
    }
    of_database = {"database-roles", "migrate", "temporal", "temporal-schema"}
    assert reached_by("postgresql") == ours | of_database
    assert reached_by("s3") == {*ours, "s3-user"}
    assert reached_by("prometheus") == {*ours, "grafana", "temporal"}
    assert reached_by("grafana") == {"prometheus"}
    assert reached_by("s3-bucket") == set()


def test_what_others_wait_to_see_done_is_not_started_again(services: dict[str, Any]) -> None:
    awaited = {
        name
        for service in services.values()
        for name, needed in service.get("depends_on", {}).items()
        if needed["condition"] == "service_completed_successfully"
    }
    assert awaited
    for name in awaited:
        assert services[name]["restart"].startswith(("no", "on-failure")), name


def test_servers_without_callers_of_their_own_have_no_way_out(tmp_path: Path) -> None:
    composed = read_compose(tmp_path)
    closed = {name for name, network in composed["networks"].items() if network.get("internal")}
    others = ("database-roles", "temporal-schema", "temporal-namespace", "s3-user")
    for name in ("postgresql", "s3", "temporal", *others):
        assert set(composed["services"][name]["networks"]) <= closed, name
    for name, service in composed["services"].items():
        # Compose publishes no port of a container that is in internal networks alone.
        assert "ports" not in service or set(service["networks"]) - closed, name


def test_settings_of_the_user_reach_our_containers(tmp_path: Path) -> None:
    keys = "https://keys.example/jwks.json"
    services = read_services(tmp_path, {"EXPORT_MAX_ITEMS": "7", "EXPORT_JWKS_URL": keys})
    for name in OURS:
        settings = from_environment(services[name]["environment"])
        assert settings.max_items == 7, name
        assert settings.retention_days == Settings().retention_days, name
        assert settings.jwks_url == (keys if name == "api" else ""), name


def test_each_container_has_its_own_secrets(services: dict[str, Any]) -> None:
    def told(name: str) -> set[str]:
        values = [str(value) for value in services[name].get("environment", {}).values()]
        return {secret for secret, text in SECRETS.items() if any(text in each for each in values)}

    of_work = {"POSTGRES_APP_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
    expected = {
        "postgresql": {"POSTGRES_PASSWORD"},
        "database-roles": {name for name in SECRETS if name.startswith("POSTGRES_")},
        "temporal-schema": {"POSTGRES_TEMPORAL_PASSWORD"},
        "temporal": {"POSTGRES_TEMPORAL_PASSWORD"},
        "s3": {"S3_ROOT_ACCESS_KEY", "S3_ROOT_SECRET_KEY"},
        "s3-user": {name for name in SECRETS if name.startswith("S3_")},
        "migrate": {"POSTGRES_OWNER_PASSWORD"},
        "api": {
            *of_work,
            "EXPORT_JWT_SECRET",
            "EXPORT_URL_SECRETS",
            "EXPORT_WEBHOOK_SECRETS",
            "EXPORT_SIGNING_KEYS",
        },
        "grafana": {"GRAFANA_PASSWORD"},
        "worker-io": {*of_work, "EXPORT_WEBHOOK_SECRETS", "EXPORT_SIGNING_KEYS"},
        "worker-express": {*of_work, "EXPORT_SIGNING_KEYS"},
        "worker-render": {*of_work, "EXPORT_SIGNING_KEYS"},
    }
    for name in services:
        assert told(name) == expected.get(name, set()), name


def test_metrics_and_health_of_the_api_are_not_published(services: dict[str, Any]) -> None:
    api = services["api"]
    internal = from_environment(api["environment"]).internal_port
    assert internal
    assert all(not port.endswith(f":{internal}") for port in api["ports"])
    assert f":{internal}/health/ready" in " ".join(api["healthcheck"]["test"])


def test_workers_have_time_to_drain(services: dict[str, Any]) -> None:
    for name in OURS:
        grace = int(services[name]["stop_grace_period"].removesuffix("s"))
        assert grace > DRAIN_TIMEOUT.total_seconds() + 5, name


def test_no_container_fills_the_disk_with_its_logs(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["logging"]["options"]["max-size"], name


def test_the_api_has_a_limit_on_memory(services: dict[str, Any]) -> None:
    limit = services["api"]["deploy"]["resources"]["limits"]["memory"]
    assert limit in {"1g", str(1024**3)}, "as it stands, or in bytes: Compose 1 and 2"


@pytest.mark.parametrize(
    ("worker", "renders"),
    [
        ("worker-render", RENDERS_AT_ONCE + SMALL_RENDERS_AT_ONCE + PREVIEWS_AT_ONCE),
        ("worker-express", EXPRESS_AT_ONCE),
    ],
)
def test_a_worker_has_memory_for_all_its_renders(
    services: dict[str, Any], worker: str, renders: int
) -> None:
    limit = services[worker]["deploy"]["resources"]["limits"]["memory"]
    size = int(limit.removesuffix("g")) * 1024**3 if limit.endswith("g") else int(limit)
    assert size > renders * Settings().render_memory_bytes


def test_nothing_is_open_to_the_network(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_mounted_files_are_there(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith(str(CHECKOUT)):
                assert (CHECKOUT / source).exists(), (name, source)


def test_health_checks_pass(deployment: Deployment) -> None:
    for name in OURS:
        kind, *command = deployment.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        command = [deployment.hosts[name].here(part) for part in command]
        deadline = time.monotonic() + 30
        while (done := deployment.run(name, command)).returncode:
            assert time.monotonic() < deadline, (name, done.stderr)
            time.sleep(0.5)


def test_exports_of_loaded_content_are_made(deployment: Deployment) -> None:
    deployment.load_demo()
    with deployment.client("teacher-1") as client:
        for format_id in BUILT_IN:
            job = client.wait(client.export(["content-1", "content-2"], format_id)["job_id"])
            assert job["status"] == "completed", job
            assert hashlib.sha256(client.download(job)).hexdigest() == job["file"]["sha256"]


def test_the_key_of_the_service_opens_its_bucket_alone(deployment: Deployment) -> None:
    variables = deployment.environment("worker-io")
    (deployment.objects / "other").mkdir()
    code = (
        "import asyncio, os; from activities.settings import from_environment;"
        "from activities.storage.open_storage import open_storage;"
        "asyncio.run(open_storage(from_environment()).put('staging/job/x', b'x'));"
        # The threads of the object store outlive the interpreter, whose tear-down may abort.
        "os._exit(0)"
    )
    for url, allowed in ((variables["EXPORT_STORAGE_URL"], True), ("s3://other", False)):
        command = ["env", f"EXPORT_STORAGE_URL={url}", "python", "-c", code]
        done = deployment.run("worker-io", command)
        assert (done.returncode == 0) == allowed, done.stderr
    assert list((deployment.objects / "other").iterdir()) == []


def test_token_from_the_container_is_good(deployment: Deployment) -> None:
    issued = deployment.run("api", ["python", "scripts/issue_token.py", "--owner", "teacher-2"])
    assert issued.returncode == 0, issued.stderr
    with deployment.client("teacher-1") as client:
        headers = {"Authorization": f"Bearer {issued.stdout.strip()}"}
        assert client.http.get("/api/export/jobs", headers=headers).status_code == 200
