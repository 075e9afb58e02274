"""What absolute links in answers begin with."""

import re
from typing import Any

from litestar.connection import ASGIConnection

AnyConnection = ASGIConnection[Any, Any, Any, Any]

# A Host header is the caller's text; only what can be a host and port goes into a link.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


def base_url(connection: AnyConnection) -> str:
    """The configured public URL, else scheme and host of the request; no slash at the end."""
    settings = connection.app.state.resources.settings
    if settings.public_url:
        return str(settings.public_url).rstrip("/")
    host = connection.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = f"{settings.host}:{settings.port}"
    return f"{connection.scope['scheme']}://{host}"


def job_url(base_url: str, job_id: str) -> str:
    """Where a job is."""
    return f"{base_url}/api/export/jobs/{job_id}"
