"""The URL at which callers find the service: base of absolute links, and prefix of its paths."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from litestar.types import Scope

from activities.settings import PORT, SettingsError
from web.http.app_state import AnyConnection, held

# A Host header is the caller's text; only what can be a host and port goes into a link.
_HOST = re.compile(rf"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::{PORT})?", re.ASCII)

_JOB_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

# Without `.` and `..`, and without what would have to be encoded.
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*", re.ASCII)


class PublicUrl:
    """The URL at which callers reach the service: from its settings, else from each request."""

    def __init__(self, configured: str, *, host: str, port: int) -> None:
        """Take the URL that the settings name, if any.

        Args:
            configured: the absolute URL; empty when it follows from each request.
            host: the address that the service listens on, for requests without a `Host`.
            port: the port that the service listens on, for the same requests.

        Raises:
            SettingsError: it is no such URL, or there is none although others than this machine
                can call, who would then choose the links that they are given by their `Host`.
        """
        self._configured = configured.rstrip("/")
        self._fallback = f"{host}:{port}"
        if not configured and not _is_loopback(host):
            raise SettingsError(
                "EXPORT_PUBLIC_URL: required when EXPORT_HOST is not a loopback address; give the "
                "URL at which callers find the service, such as https://exports.example.org"
            )
        self.prefix = _prefix_of(self._configured) if configured else ""
        """The path below which callers find everything; empty, or it begins with a slash."""

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


def path_prefix(connection: AnyConnection) -> str:
    """The path below which callers find everything; empty when that is the root."""
    return held(connection.app.state, PublicUrl).prefix


def asked_path(scope: Scope) -> str:
    """The path that the caller asked for, prefix included, percent-decoded."""
    found: str = scope["state"].get("asked_path") or scope["path"]
    return found


def is_job_id(text: str) -> bool:
    """True if the text has the form of a job's id."""
    return _JOB_ID.fullmatch(text) is not None


def job_url(base_url: str, job_id: str) -> str:
    """The absolute URL of a job."""
    return f"{base_url}/api/export/jobs/{job_id}"


def is_tls_or_loopback(url: str) -> bool:
    """True if nobody on the way can read or change what is sent to this URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _prefix_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and _HOST.fullmatch(parts.netloc)
    except ValueError:
        known = None
    if not known or "?" in url or "#" in url or not _PREFIX.fullmatch(parts.path):
        raise SettingsError(
            "EXPORT_PUBLIC_URL: give an absolute URL of http or https without a query, such as "
            "https://www.example.org/exports"
        )
    return parts.path
