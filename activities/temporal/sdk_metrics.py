"""All metrics of a process in one text: ours, and those that Temporal's SDK serves by itself.

The SDK's are passed on as they are: Temporal's own dashboards ask for these names and units, see
https://github.com/temporalio/dashboards, `sdk/temporal-core-sdks-otel.json`.
"""

import re
from urllib.request import urlopen

from prometheus_client import generate_latest

_POLLERS = re.compile(r"^temporal_num_pollers(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)

_addresses = list[str]()


def add_sdk(address: str) -> None:
    """Pass on the metrics that the SDK serves at this address (`host:port`), too."""
    _addresses.append(address)


def metrics_text() -> bytes:
    """The metrics of this process in Prometheus' text format."""
    return generate_latest() + _sdk_text()


def pollers() -> float:
    """The number of calls with which the SDK asks for tasks at this moment."""
    return pollers_in(_sdk_text().decode())


def pollers_in(text: str) -> float:
    """The same of another process, from the text of its metrics."""
    return sum(map(float, _POLLERS.findall(text)))


def _sdk_text() -> bytes:
    texts = []
    for address in _addresses:
        try:
            with urlopen(f"http://{address}/metrics", timeout=2) as response:
                texts.append(response.read())
        except OSError:
            continue  # our own metrics are worth having without the SDK's
    return b"".join(texts)
