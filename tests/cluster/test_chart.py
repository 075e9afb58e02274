"""What the Helm chart makes of its values, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from activities.settings import Settings, from_environment
from activities.worker import (
    EXPRESS_AT_ONCE,
    PREVIEWS_AT_ONCE,
    RENDERS_AT_ONCE,
    SMALL_RENDERS_AT_ONCE,
)
from scripts.dev.environment import CHECKOUT
from tests.cluster import chart
from tests.cluster.chart import CHART, VALUES, Manifest, container, of_kind, pods, secrets
from workflows import contracts
from workflows.contracts import (
    DEPLOYMENT,
    EXPRESS_QUEUE,
    IO_QUEUE,
    PREVIEW_QUEUE,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    SENDING_QUEUE,
    WEBHOOK_QUEUE,
    WORKFLOW_QUEUE,
)
from workflows.policies import DRAIN_TIMEOUT

pytestmark = pytest.mark.cluster

_SELF_HOSTED, _SMALLEST, _CLOUD_KEY, _CLOUD_TLS = (
    next(path for path in VALUES if path.stem == name)
    for name in ("self-hosted", "smallest", "temporal-cloud-api-key", "temporal-cloud-mtls")
)
_WORKERS = {"express", "io", "render", "workflow"}


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_every_values_file_passes_lint(values: Path) -> None:
    done = chart.helm("lint", "--strict", str(CHART), "--values", str(values))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_each_role_runs_as_its_own_deployment(values: Path) -> None:
    deployments = of_kind(chart.render(values), "Deployment")
    roles = {chart.component(each): container(each["spec"]["template"]) for each in deployments}
    assert set(roles) == _WORKERS | {"api"}
    assert len(deployments) == len(roles)
    for role, process in roles.items():
        told = ["-m", "web"] if role == "api" else ["-m", "activities.worker", "--role", role]
        assert process["command"][1 : len(told) + 1] == told


_OF_WORK = {"export-database", "export-storage"}
_OF_CLOUD = {"export-database", "export-database-ca", "export-temporal-certificate"}
_OF_SECRETS = ("SECRET", "KEY", "TOKEN", "DATABASE_URL")
_HELD = {
    _SELF_HOSTED: dict.fromkeys(_WORKERS, _OF_WORK | {"export-database-ca"})
    | {
        "api": _OF_WORK | {"export-database-ca", "export-links"},
        "migration": {"export-database-owner", "export-database-ca"},
    },
    _CLOUD_TLS: dict.fromkeys(_WORKERS, _OF_CLOUD | {"export-content"})
    | {
        "workflow": _OF_CLOUD,
        "api": _OF_CLOUD | {"export-content", "export-links"},
        "migration": {"export-database-owner", "export-database-ca"},
    },
    _CLOUD_KEY: dict.fromkeys(_WORKERS, _OF_WORK | {"export-temporal"})
    | {
        "api": _OF_WORK | {"export-temporal", "export-links", "export-tokens"},
        "migration": {"export-database-owner"},
        "current-build": {"export-temporal"},
    },
}


@pytest.mark.parametrize("values", list(_HELD), ids=lambda path: path.stem)
def test_a_role_holds_no_secret_that_it_does_not_need(values: Path) -> None:
    held = {role: secrets(pod) for role, pod in pods(chart.render(values)).items()}
    assert held == _HELD[values]


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_no_secret_stands_in_a_manifest(values: Path) -> None:
    manifests = chart.render(values)
    assert not of_kind(manifests, "Secret")
    for pod in pods(manifests).values():
        for each in container(pod)["env"]:
            secret = any(word in each["name"] for word in _OF_SECRETS)
            is_path = each["name"].endswith("_PATH")
            assert ("valueFrom" in each) == (secret and not is_path), each


def test_settings_reach_all_processes_as_they_are() -> None:
    given = {"EXPORT_MAX_FILE_BYTES": 2_147_483_648, "EXPORT_RETENTION_DAYS": 0.5}
    given |= {"EXPORT_OWNER_JOBS_AT_ONCE": 7}
    manifests = chart.render(
        _CLOUD_TLS, *(f"--set-json=settings.{name}={value}" for name, value in given.items())
    )
    for role, pod in pods(of_kind(manifests, "Deployment")).items():
        literal = {name: value or "" for name, value in chart.variables(pod).items()}
        database = {"EXPORT_DATABASE_URL": "postgresql://export_app@host/export"}
        settings = from_environment(literal | database)
        assert settings.max_file_bytes == 2_147_483_648, role
        assert settings.retention_days == 0.5, role
        assert settings.owner_jobs_at_once == 7, role
        assert settings.express, role
        assert settings.public_url == "https://www.example.org/exports", role
        assert settings.content_url == "https://platform.example.org/api", role
        assert settings.media_origins == "https://cdn.example.org", role
        assert bool(settings.jwks_url) == bool(settings.themes) == (role == "api"), role


def test_a_secret_of_one_role_is_that_role_s_alone() -> None:
    manifests = chart.render(
        _SMALLEST,
        "--set=api.secrets.EXPORT_OIDC_CLIENT_SECRET.name=export-oidc",
        "--set=api.secrets.EXPORT_OIDC_CLIENT_SECRET.key=client-secret",
    )
    holders = {role for role, pod in pods(manifests).items() if "export-oidc" in secrets(pod)}
    assert holders == {"api"}


def test_keys_of_receipts_are_held_by_all_who_sign_or_check_them() -> None:
    manifests = chart.render(_SMALLEST, "--set=access.signingKeys.name=export-receipts")
    made = pods(manifests)
    holders = {role for role, pod in made.items() if "export-receipts" in secrets(pod)}
    # `publish` signs, and runs where the workflow does.
    assert holders == _WORKERS | {"api"}
    for role in holders:
        assert chart.variables(made[role])["EXPORT_SIGNING_KEYS"] == "export-receipts"


def test_express_workers_are_left_out_where_they_are_not_wanted() -> None:
    manifests = chart.render(_SMALLEST, "--set=workers.express.enabled=false")
    made = pods(of_kind(manifests, "Deployment"))
    assert set(made) == {"api", "io", "render", "workflow"}
    for pod in made.values():
        assert chart.variables(pod)["EXPORT_EXPRESS"] == "false"


def test_express_workers_stay_while_no_more_exports_begin_on_them() -> None:
    manifests = chart.render(_SMALLEST, "--set=workers.express.newExports=false")
    made = pods(of_kind(manifests, "Deployment"))
    assert set(made) == _WORKERS | {"api"}
    for pod in made.values():
        assert chart.variables(pod)["EXPORT_EXPRESS"] == "false"


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_pods_may_do_little(values: Path) -> None:
    for role, pod in pods(chart.render(values)).items():
        spec, process = pod["spec"], container(pod)
        assert spec["automountServiceAccountToken"] is False, role
        assert spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", role
        security = process["securityContext"]
        assert security["readOnlyRootFilesystem"], role
        assert security["runAsNonRoot"], role
        assert security["runAsUser"] == 10_001, role
        assert not security["allowPrivilegeEscalation"], role
        assert security["capabilities"] == {"drop": ["ALL"]}, role
        mounted = {mount["name"]: mount for mount in process["volumeMounts"]}
        for volume in spec["volumes"]:
            writable = not mounted[volume["name"]].get("readOnly")
            assert writable == ("emptyDir" in volume), (role, volume)
            assert not writable or volume["emptyDir"]["sizeLimit"], (role, volume)


def test_the_user_and_the_places_are_those_of_the_image() -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    assert "useradd --uid 10001" in dockerfile
    scratch = container(pods(chart.render(_SMALLEST))["render"])["volumeMounts"][1]["mountPath"]
    assert f"EXPORT_TEMP_PATH={scratch}/files" in dockerfile


def _bytes(quantity: str) -> int:
    return int(quantity.removesuffix("Gi")) * 1024**3


@pytest.mark.parametrize(
    ("role", "renders"),
    [
        ("render", RENDERS_AT_ONCE + SMALL_RENDERS_AT_ONCE + PREVIEWS_AT_ONCE),
        ("express", EXPRESS_AT_ONCE),
    ],
)
def test_a_worker_has_memory_and_disk_for_all_its_renders(role: str, renders: int) -> None:
    pod = pods(chart.render(_SMALLEST))[role]
    limits = container(pod)["resources"]["limits"]
    assert _bytes(limits["memory"]) > renders * Settings().render_memory_bytes
    scratch = next(each for each in pod["spec"]["volumes"] if each["name"] == "scratch")
    # A job needs three times its file at its peak.
    assert _bytes(scratch["emptyDir"]["sizeLimit"]) > 3 * Settings().max_file_bytes
    assert _bytes(limits["ephemeral-storage"]) > _bytes(scratch["emptyDir"]["sizeLimit"])


def test_processes_have_time_to_drain() -> None:
    for role, pod in pods(of_kind(chart.render(_SMALLEST), "Deployment")).items():
        drain = 5 + 0.5 + 20 if role == "api" else DRAIN_TIMEOUT.total_seconds() + 5
        assert pod["spec"]["terminationGracePeriodSeconds"] > drain, role


def test_a_probe_waits_longer_than_an_answer_takes() -> None:
    for role, pod in pods(of_kind(chart.render(_SMALLEST), "Deployment")).items():
        process = container(pod)
        assert process["livenessProbe"]["httpGet"]["path"] == "/health/live", role
        assert process["readinessProbe"]["httpGet"]["path"] == "/health/ready", role
        assert process["readinessProbe"]["timeoutSeconds"] > 5, role


def test_every_queue_has_who_scales_its_workers() -> None:
    scaled = {
        chart.component(each): each["spec"]
        for each in of_kind(chart.render(_CLOUD_TLS), "ScaledObject")
    }
    asked = {
        role: [
            (trigger["metadata"]["taskQueue"], trigger["metadata"]["queueTypes"])
            for trigger in spec["triggers"]
        ]
        for role, spec in scaled.items()
    }
    assert asked == {
        "express": [(EXPRESS_QUEUE, "workflow")],
        "io": [(queue, "activity") for queue in (IO_QUEUE, WEBHOOK_QUEUE, SENDING_QUEUE)],
        "render": [
            (queue, "activity") for queue in (RENDER_QUEUE, RENDER_SMALL_QUEUE, PREVIEW_QUEUE)
        ],
        "workflow": [(WORKFLOW_QUEUE, "workflow")],
    }
    every = {value for name, value in vars(contracts).items() if name.endswith("_QUEUE")}
    assert {queue for queues in asked.values() for queue, _ in queues} == every
    assert {t["authenticationRef"]["name"] for s in scaled.values() for t in s["triggers"]} == {
        "export-export-service-temporal"
    }


@pytest.mark.parametrize(
    ("kind", "by_time", "by_backlog"),
    [("hpa", _WORKERS | {"api"}, set()), ("keda", {"api"}, _WORKERS), ("none", set(), set())],
)
def test_one_thing_scales_each_process(kind: str, by_time: set[str], by_backlog: set[str]) -> None:
    manifests = chart.render(_SELF_HOSTED, f"--set=autoscaling.kind={kind}")

    def scaled(kind: str) -> set[str]:
        return {chart.component(each) for each in of_kind(manifests, kind)}

    assert scaled("HorizontalPodAutoscaler") == by_time
    assert scaled("ScaledObject") == by_backlog
    for each in of_kind(manifests, "Deployment"):
        # Else each upgrade would undo what the autoscaler did.
        assert ("replicas" in each["spec"]) == (kind == "none")


def test_each_build_has_workers_of_its_own() -> None:
    old = {"build": "0-0-9", "image": {"tag": "0.0.9"}, "replicas": 1}
    manifests = chart.render(_CLOUD_KEY, f"--set-json=versioning.previous={json.dumps([old])}")
    workers = [each for each in of_kind(manifests, "Deployment") if chart.component(each) != "api"]
    images = {
        (chart.component(each), chart.variables(each["spec"]["template"])["EXPORT_BUILD_ID"]):
        container(each["spec"]["template"])["image"].rpartition(":")[2]
        for each in workers
    }  # fmt: skip
    assert images == {
        (role, build): tag
        for role in _WORKERS
        for build, tag in (("0-1-0", "0.1.0"), ("0-0-9", "0.0.9"))
    }
    selectors = [json.dumps(each["spec"]["selector"], sort_keys=True) for each in workers]
    assert len(set(selectors)) == len(selectors)
    triggers = [
        trigger["metadata"]
        for each in of_kind(manifests, "ScaledObject")
        for trigger in each["spec"]["triggers"]
    ]
    assert {each["workerDeploymentName"] for each in triggers} == {DEPLOYMENT}
    assert {each["workerDeploymentBuildId"] for each in triggers} == {"0-1-0"}
    assert container(pods(manifests)["current-build"])["command"][-1] == "0-1-0"


def test_a_build_before_keeps_its_express_workers_where_the_next_has_none() -> None:
    old = [{"build": "0-0-9", "image": {"tag": "0.0.9"}}]
    manifests = chart.render(
        _CLOUD_KEY,
        f"--set-json=versioning.previous={json.dumps(old)}",
        "--set=workers.express.enabled=false",
    )
    builds = {
        (chart.component(each), each["metadata"]["labels"].get("export-service/build", ""))
        for each in of_kind(manifests, "Deployment")
    }
    without = {(role, "0-1-0") for role in _WORKERS - {"express"}}
    assert builds == {(role, "0-0-9") for role in _WORKERS} | without | {("api", "")}
    for kind in ("ServiceAccount", "NetworkPolicy"):
        assert "express" in {chart.component(each) for each in of_kind(manifests, kind)}
    for kind in ("Deployment", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount"):
        names = [each["metadata"]["name"] for each in of_kind(manifests, kind)]
        assert len(set(names)) == len(names)


def test_jobs_run_where_other_pods_run() -> None:
    place = {
        "nodeSelector": {"kubernetes.io/arch": "amd64"},
        "tolerations": [{"key": "only", "operator": "Exists", "effect": "NoSchedule"}],
    }
    values = ("api", "migration", *(f"workers.{role}" for role in sorted(_WORKERS)))
    made = pods(
        chart.render(_CLOUD_KEY, *(f"--set-json={each}={json.dumps(place)}" for each in values))
    )
    assert set(made) == _WORKERS | {"api", "migration", "current-build"}
    for role, pod in made.items():
        assert {name: pod["spec"].get(name) for name in place} == place, role


def test_names_are_asked_for_at_the_port_of_who_answers() -> None:
    manifests = chart.render(_CLOUD_KEY, "--set=networkPolicy.dns.port=5353")
    for policy in of_kind(manifests, "NetworkPolicy"):
        ports = [port["port"] for way in policy["spec"].get("egress", ()) for port in way["ports"]]
        assert 53 not in ports
        assert ports.count(5353) == (2 if ports else 0), policy["metadata"]["name"]


def _ways_out(manifests: list[Manifest]) -> dict[str, set[int]]:
    return {
        chart.component(policy): {
            port["port"] for way in policy["spec"].get("egress", ()) for port in way["ports"]
        }
        - {53}
        for policy in of_kind(manifests, "NetworkPolicy")
    }


def test_pods_reach_only_what_they_need() -> None:
    ports = {"database": 5, "temporal": 7, "storage": 9, "content": 11, "keys": 13, "pictures": 15}
    settings = [f"--set=networkPolicy.{name}.port={port}" for name, port in ports.items()]
    manifests = chart.render(_CLOUD_TLS, *settings)
    assert _ways_out(manifests) == {
        "": set(),
        "migration": {5},
        "workflow": {5, 7, 9},
        "express": {5, 7, 9, 11},
        "render": {5, 7, 9, 11},
        "io": {5, 7, 9, 11, 15},
        "api": {5, 7, 9, 11, 13},
    }
    assert _ways_out(chart.render(_CLOUD_KEY))["current-build"] == {7233}


@pytest.mark.parametrize(
    ("address", "told", "role", "port"),
    [
        ("temporal.address", "temporal.example.org:443", "workflow", 443),
        ("storage.endpoint", "http://s3.storage", "io", 80),
        ("storage.endpoint", "http://s3.storage:9000/", "io", 9000),
        ("content.url", "https://platform.example.org/a:1/b", "io", 443),
        ("content.url", "http://user:8@platform.example.org:8080/a:1", "io", 8080),
        ("tracing.endpoint", "https://otlp.example.org", "render", 443),
        ("tracing.endpoint", "http://collector:4318/v1", "render", 4318),
        ("access.jwksUrl", "https://login.example.org:8443/keys", "api", 8443),
    ],
)
def test_a_port_that_is_not_told_is_that_of_the_address(
    address: str, told: str, role: str, port: int
) -> None:
    keys = "--set=access.jwtSecret.name=" if address == "access.jwksUrl" else "--set=global.x=1"
    manifests = chart.render(_SMALLEST, f"--set={address}={told}", keys)
    assert port in _ways_out(manifests)[role]
    assert all(type(each) is int for ports in _ways_out(manifests).values() for each in ports)
    name = {"tracing": "collector", "access": "keys"}.get(where := address.split(".")[0], where)
    manifests = chart.render(
        _SMALLEST, f"--set={address}={told}", keys, f"--set=networkPolicy.{name}.port=7"
    )
    assert 7 in _ways_out(manifests)[role]


def test_what_is_switched_on_is_reached_by_the_role_that_needs_it() -> None:
    mail = "workers.io.secrets.EXPORT_SMTP_URL"
    switched_on = {
        "settings.EXPORT_LTI_PLATFORMS=/etc/export/lti.toml": ("api", "keys"),
        f"{mail}.name=export-mail,{mail}.key=url": ("io", "mail"),
        "settings.EXPORT_DESTINATIONS=/etc/export/destinations.toml": ("io", "destinations sftp"),
        "tracing.endpoint=http://collector:4318": ("api express io render workflow", "collector"),
    }
    names = ("keys", "mail", "destinations", "sftp", "collector")
    ports = {name: number for number, name in enumerate(names, 1)}
    given = [f"--set=networkPolicy.{name}.port={port}" for name, port in ports.items()]
    before = _ways_out(chart.render(_SMALLEST, *given))
    for value, (roles, opened) in switched_on.items():
        ways = _ways_out(chart.render(_SMALLEST, *given, f"--set={value}"))
        more = {role: ways[role] - before[role] for role in ways if ways[role] != before[role]}
        expected = {ports[name] for name in opened.split()}
        assert more == dict.fromkeys(roles.split(), expected)


def test_pods_are_reached_only_by_those_who_call_them() -> None:
    manifests = of_kind(chart.render(_CLOUD_TLS), "NetworkPolicy")
    for policy in manifests:
        assert sorted(policy["spec"]["policyTypes"]) == ["Egress", "Ingress"]
        called = {
            (port["port"], json.dumps(way.get("from")))
            for way in policy["spec"].get("ingress", ())
            for port in way["ports"]
        }
        role = chart.component(policy)
        assert {port for port, _ in called} == (
            {8000, 9100} if role == "api" else {9100} if role in _WORKERS else set()
        )
        assert all("monitoring" in by for port, by in called if port == 9100)
        assert all("ingress-nginx" in by for port, by in called if port == 8000)


def test_what_operators_watch_with_is_what_compose_has() -> None:
    manifests = chart.render(_SELF_HOSTED)
    [rule] = of_kind(manifests, "PrometheusRule")
    text = (CHECKOUT / "deploy/prometheus/alerts.yml").read_text()
    url = "https://wiki.example.org/export-service/runbooks.md"
    assert rule["spec"] == yaml.safe_load(text.replace("docs/runbooks.md", url))
    boards = {
        name: json.loads(board)
        for each in of_kind(manifests, "ConfigMap")
        for name, board in each["data"].items()
    }
    files = (CHECKOUT / "deploy/grafana/dashboards").glob("*.json")
    assert boards == {path.name: json.loads(path.read_text()) for path in files}
    jobs = [
        endpoint["relabelings"][0]["replacement"]
        for each in of_kind(manifests, "ServiceMonitor", "PodMonitor")
        for endpoint in each["spec"].get("endpoints", each["spec"].get("podMetricsEndpoints"))
    ]
    assert jobs == ["export-workers", "export-api"] or jobs == ["export-api", "export-workers"]


def test_the_migration_comes_before_all_and_is_not_undone() -> None:
    [job] = [
        each
        for each in of_kind(chart.render(_SELF_HOSTED), "Job")
        if chart.component(each) == "migration"
    ]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    # The version before works with the newer schema, and would refuse to migrate.
    assert "rollback" not in job["metadata"]["annotations"]["helm.sh/hook"]


def test_names_that_look_like_numbers_stay_names() -> None:
    """Of the release, and of Secrets and their keys."""
    looks = "1.0"
    secrets = ("database.secret", "database.tls.ca", "temporal.tls.ca", "temporal.apiKey")
    given = [f"--set-string={secret}.name=123,{secret}.key={looks}" for secret in secrets]
    client = "temporal.tls.client"
    given.append(
        f"--set-string={client}.name=123,{client}.certificate={looks},{client}.privateKey={looks}"
    )
    given.append("--set-string=themes.configMap=123,ingress.className=123,ingress.tlsSecret=123")
    done = chart.helm(
        "template", "true", str(CHART), "--values", str(_SELF_HOSTED), *given,
        "--set=autoscaling.kind=keda", "--api-versions=keda.sh/v1alpha1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names = {"name", "key", "secretName", "ingressClassName", "app.kubernetes.io/instance"}

    def wrong(value: Any) -> list[Any]:
        if isinstance(value, dict):
            here = [each for each in value.items() if each[0] in names and not _is_name(each[1])]
            return [*here, *(found for inner in value.values() for found in wrong(inner))]
        return (
            [found for inner in value for found in wrong(inner)] if isinstance(value, list) else []
        )

    assert wrong([each for each in yaml.safe_load_all(done.stdout) if each]) == []


def _is_name(value: Any) -> bool:
    # A pod's volume has what it is made of under `secret`, an ingress' port its name under `name`.
    return isinstance(value, str | dict)


def test_the_ingress_leads_to_the_prefix() -> None:
    [ingress] = of_kind(chart.render(_CLOUD_TLS), "Ingress")
    [rule] = ingress["spec"]["rules"]
    assert rule["host"] == "www.example.org"
    [path] = rule["http"]["paths"]
    assert path["path"] == "/exports"
    assert path["backend"]["service"]["port"] == {"name": "http"}


_TWICE = (
    "versioning.enabled=true,versioning.build=a,versioning.previous[0].build=a,"
    "versioning.previous[0].image.tag=b"
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("publicUrl=", "publicUrl: say where callers find the service"),
        ("publicUrl=exports.example.org", "/publicUrl"),
        ("temporal.address=", "temporal.address: say where Temporal is"),
        ("temporal.address=http://temporal:7233", "/temporal/address"),
        ("storage.url=", "storage.url: say where all processes keep files"),
        ("storage.url=file:///tmp", "/storage/url"),
        ("storage.allowHttp=false", "storage.endpoint: is without TLS"),
        ("database.secret.name=", "database.secret.name: name the Secret"),
        ("database.ownerSecret.name=export-database", "must not own them"),
        ("access.linkSecrets.name=", "access.linkSecrets.name: name the Secret"),
        ("access.jwtSecret.name=", "access: say who may call"),
        ("access.jwksUrl=https://keys.example", "exclude each other"),
        ("content.token.name=token", "content.token: is for the source that content.url names"),
        ("settings.EXPORT_JWT_SECRET=x", "readable by whoever reads Deployments"),
        ("settings.EXPORT_OIDC_CLIENT_SECRET=x", "name a Secret in secrets of its role"),
        ("settings.EXPORT_PUBLIC_URL=x", "has a place of its own, publicUrl"),
        ("settings.EXPORT_RETENTION_DAY=3", "'EXPORT_RETENTION_DAY' not allowed"),
        ("settings.EXPORT_MAX_ITEMS=many", "/settings/EXPORT_MAX_ITEMS"),
        ("settings.EXPORT_MAX_ITEMS=0", "/settings/EXPORT_MAX_ITEMS"),
        ("image.tag=latest", "/image/tag"),
        ("image.digest=sha256:12", "/image/digest"),
        ("api.autoscaling.min=9", "api.autoscaling: min is more than max"),
        ("workers.renderer.replicas=2", "'renderer' not allowed"),
        ("workers.render.replicas=0", "/workers/render/replicas"),
        ("workers.render.resources.limits.memory=much", "/workers/render/resources/limits/memory"),
        ("workers.express.replica=2", "'replica' not allowed"),
        ("autoscaling.kind=cron", "/autoscaling/kind"),
        ("autoscaling.kind=keda,temporal.tls.enabled=true", "keda reaches Temporal by TLS only"),
        ("versioning.enabled=true", "versioning.build: name the build"),
        ("versioning.enabled=true,versioning.build=V_1", "/versioning/build"),
        (_TWICE, "a is named twice"),
        (
            "versioning.previous[0].build=a,versioning.previous[0].image.tag=b",
            "versioning.previous: is for versioning.enabled",
        ),
        (
            "versioning.previous[0].build=a,versioning.previous[0].image.tag=",
            "/versioning/previous/0/image",
        ),
        ("publicUrl=https://exports.example.org/?a=b", "/publicUrl"),
        # A key without a value, as when all below it are comments.
        ("settings=null", "missing property 'settings'"),
        ("api=null", "missing property 'api'"),
        ("workers.express=null", "missing property 'express'"),
        ("temporal.tls=null", "missing property 'tls'"),
        ("workers.io.autoscaling=null", "missing property 'autoscaling'"),
        ("api.secrets.EXPORT_OIDC_CLIENT_SECRET.name=", "/api/secrets/EXPORT_OIDC_CLIENT_SECRET"),
        ("workers.express.extraEnv[0].name=A,workers.express.extraEnv[0].valu=b", "'valu' not"),
        ("workers.express.scratch=much", "/workers/express/scratch"),
        ("api.tolerations[0].opertor=Exists", "'opertor' not allowed"),
        ("api.extraVolumeMounts[0].path=/x", "'path' not allowed"),
        # Kubernetes leaves out what it does not know: the rest would let everything through.
        ("api.extraEgress[0].port=443", "'port' not allowed"),
        ("networkPolicy.callers[0].namespaceSelector.matchlabels.a=b", "'matchlabels' not allowed"),
        ("networkPolicy.callers[0].podSelector.matchExpression=a", "'matchExpression' not allowed"),
        ("networkPolicy.callers[0].ipBlock.cidr=10.0.0.1", "/networkPolicy/callers/0/ipBlock/cidr"),
        ("api.extraEnv[0].name=EXPORT_PORT", "api: EXPORT_PORT is set twice"),
        (
            "workers.io.secrets.AWS_REGION.name=s3,workers.io.secrets.AWS_REGION.key=region",
            "io: AWS_REGION is set twice",
        ),
        ("networkPolicy.database.to[0].ipblock=x", "'ipblock' not allowed"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_in_words(change: str, said: str) -> None:
    told = chart.refused([f"--set={change}"])
    assert said in told, told
