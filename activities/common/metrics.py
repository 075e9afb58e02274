"""The service's own Prometheus metrics. Labels come from fixed sets, never from content."""

from collections.abc import Iterable

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class MeasuredGauge(Collector):
    """A gauge that is shown only by the process that measured it: no value is not zero."""

    def __init__(self, name: str, documentation: str) -> None:
        self._name = name
        self._documentation = documentation
        self._value: float | None = None

    def set(self, value: float) -> None:
        """Show this value from now on."""
        self._value = value

    def forget(self) -> None:
        """Show nothing until there is a value again."""
        self._value = None

    def collect(self) -> Iterable[Metric]:
        """Give the name, and the value once there is one."""
        family = GaugeMetricFamily(self._name, self._documentation)
        if self._value is not None:
            family.add_metric([], self._value)
        yield family


OPERATIONS = Counter(
    "export_operations_total",
    "Operations by kind (create, bulk, export, cancel, download, preview), format and outcome.",
    ["operation", "format", "outcome"],
)
DURATION = Histogram(
    "export_duration_seconds",
    "Time spent by format and phase; phase `total` runs from the request to the finished file.",
    ["format", "phase"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
FILE_SIZE = Histogram(
    "export_file_size_bytes",
    "Size of finished files by format.",
    ["format"],
    buckets=tuple(4**power for power in range(5, 16)),
)
ERRORS = Counter(
    "export_errors_total",
    "Refused requests and failed jobs by reason (a problem's code).",
    ["reason"],
)
SIGN_INS = Counter(
    "export_sign_ins_total",
    "Sign-ins to the pages by way in (token, link, oidc, lti) and outcome (accepted, refused: by"
    " what was shown; failed: the identity provider did not respond).",
    ["via", "outcome"],
)
SHARES = Counter(
    "export_shares_total",
    "Shares of files by event (made, revoked, used: a download was counted, again: one of somebody"
    " who was counted before, ended: one that was refused, missed: a link that is none).",
    ["event"],
)
JOBS = Gauge("export_jobs", "Jobs by state.", ["status"])
STORAGE_BYTES = MeasuredGauge("export_storage_bytes", "Bytes of files and staging in storage.")
REGISTRY.register(STORAGE_BYTES)
STORAGE_FREE_BYTES = MeasuredGauge(
    "export_storage_free_bytes", "Bytes that are left on the disk of files."
)
REGISTRY.register(STORAGE_FREE_BYTES)
OLDEST_UNFINISHED = MeasuredGauge(
    "export_oldest_unfinished_seconds",
    "Age of the oldest job that has not ended, those that wait for their turn included; 0: none.",
)
REGISTRY.register(OLDEST_UNFINISHED)
OLDEST_WITHOUT_PROGRESS = MeasuredGauge(
    "export_oldest_without_progress_seconds",
    "The longest that a job which has its turn has made no progress; 0: there is none.",
)
REGISTRY.register(OLDEST_WITHOUT_PROGRESS)
POLLERS = Gauge(
    "export_pollers",
    "Workers that ask Temporal for tasks, by role.",
    ["role"],
)
TEMPORAL_AVAILABLE = MeasuredGauge(
    "export_temporal_available", "1 while Temporal responds to this process, else 0."
)
REGISTRY.register(TEMPORAL_AVAILABLE)
WRITES_REFUSED = Gauge(
    "export_database_refuses_writes",
    "1 while this process cannot write rows for this reason (locked, full, read-only, unavailable),"
    " else 0.",
    ["reason"],
)
HTTP_RESPONSES = Counter(
    "export_http_responses_total",
    "Responses of the API by class of status (2xx to 5xx); 507 (no room) is a class of its own.",
    ["status"],
)
RETENTION = Counter(
    "export_retention_total",
    "What retention did, by action: `failed` are failed attempts of its steps, `left_for_later`"
    " what the next run tries again.",
    ["action"],
)
WEBHOOK_ATTEMPTS = Counter(
    "export_webhook_attempts_total",
    "Attempts to deliver a message to a webhook, by outcome: `delivered`, or why not.",
    ["outcome"],
)
WEBHOOK_DELIVERIES = Counter(
    "export_webhook_deliveries_total",
    "Messages to webhooks that have ended, by event and outcome: `delivered` or `failed`.",
    ["event", "outcome"],
)
MAILS = Counter(
    "export_mails_total",
    "Mails that were to be sent to owners, by outcome: `delivered`, `gone`, or why not.",
    ["outcome"],
)
DELIVERIES = Counter(
    "export_deliveries_total",
    "Deliveries of files that have ended, by kind of destination and outcome.",
    ["kind", "outcome"],
)
WEBHOOKS_DISABLED = Counter(
    "export_webhooks_disabled_total",
    "Webhooks that the service made inactive, by reason: `gone` (410) or `failing` for days.",
    ["reason"],
)
