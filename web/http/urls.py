"""The base of absolute links in responses."""

import re

from web.http.app_state import AnyConnection, held

# A Host header is the caller's text; only what can be a host and port goes into a link.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")

_JOB_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class PublicUrl:
    """The URL at which callers reach the service: from its settings, else from each request."""

    def __init__(self, configured: str, *, host: str, port: int) -> None:
        """Take the URL that the settings name, if any.

        Args:
            configured: the absolute URL; empty when it follows from each request.
            host: the address that the service listens on, for requests without a `Host`.
            port: the port that the service listens on, for the same requests.
        """
        self._configured = configured.rstrip("/")
        self._fallback = f"{host}:{port}"

    def of(self, connection: AnyConnection) -> str:
        """The URL, without a slash at the end."""
        if self._configured:
            return self._configured
        host = connection.headers.get("host", "")
        if not _HOST.fullmatch(host):
            host = self._fallback
        return f"{connection.scope['scheme']}://{host}"


def base_url(connection: AnyConnection) -> str:
    """The base of absolute links in the response, without a slash at the end."""
    return held(connection.app.state, PublicUrl).of(connection)


def is_job_id(text: str) -> bool:
    """True if the text has the form of a job's id."""
    return _JOB_ID.fullmatch(text) is not None


def job_url(base_url: str, job_id: str) -> str:
    """The absolute URL of a job."""
    return f"{base_url}/api/export/jobs/{job_id}"
