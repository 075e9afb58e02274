"""What absolute links in answers begin with."""

import re

from web.problems import AnyRequest

# A Host header is the caller's text; only what can be a host and port goes into a link.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


def base_url(request: AnyRequest) -> str:
    """The configured public URL, else scheme and host of the request; no slash at the end."""
    settings = request.app.state.resources.settings
    if settings.public_url:
        return str(settings.public_url).rstrip("/")
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = f"{settings.host}:{settings.port}"
    return f"{request.scope['scheme']}://{host}"
