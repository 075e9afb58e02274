"""The service's own Prometheus metrics. Labels come from fixed sets, never from content."""

from prometheus_client import Counter, Gauge, Histogram

OPERATIONS = Counter(
    "export_operations_total",
    "Operations by kind (create, bulk, export, cancel, download), format and outcome.",
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
JOBS = Gauge("export_jobs", "Jobs by state.", ["status"])
STORAGE_BYTES = Gauge("export_storage_bytes", "Bytes of files and staging in storage.")
RETENTION = Counter("export_retention_total", "What retention did, by action.", ["action"])
