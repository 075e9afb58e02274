"""Why there is no answer, in words: what httpx and the system say is for programmers."""

import socket
import ssl
from collections.abc import Iterator

import httpx


def is_final(error: Exception) -> bool:
    """Whether sending the same again could not do better, whatever time passes."""
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return True
    return any(
        isinstance(each, ssl.SSLCertVerificationError)
        or (isinstance(each, socket.gaierror) and each.errno == socket.EAI_NONAME)
        for each in _chain(error)
    )


def cause_of(error: httpx.RequestError, url: httpx.URL) -> str:
    """What happened to a request.

    Args:
        error: as httpx raises it.
        url: of the API.
    """
    for each in _chain(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"the certificate of {url.host} is not trusted: {each.verify_message}"
        if isinstance(each, ssl.SSLError):
            return f"TLS with {url.host} fails: {each.reason or each}"
        if isinstance(each, socket.gaierror):
            return f"the name {url.host} is not found: {each.strerror}"
        if isinstance(each, ConnectionRefusedError):
            return f"nothing listens at {url.netloc.decode()}"
    if isinstance(error, httpx.ProxyError):
        return f"the proxy on the way to {url.host} refuses: {error}"
    if isinstance(error, httpx.DecodingError):
        return f"what {url.host} sends is packed wrongly: {error}"
    if isinstance(error, httpx.TimeoutException):
        return f"{url.host} takes too long to answer"
    return f"the connection breaks off: {str(error) or type(error).__name__}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
