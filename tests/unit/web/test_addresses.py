"""Settings about addresses: what cannot be meant is refused when the process starts."""

from collections.abc import Callable, Mapping

import pytest

from activities.settings import SettingsError
from web.http.cors import allowed_origins
from web.http.framing import frame_ancestors
from web.http.proxies import trusted_proxies
from web.http.urls import PublicUrl

CHECKS: Mapping[str, Callable[[str], object]] = {
    "EXPORT_CORS_ORIGINS": allowed_origins,
    "EXPORT_FRAME_ANCESTORS": frame_ancestors,
    "EXPORT_TRUSTED_PROXIES": trusted_proxies,
    "EXPORT_PUBLIC_URL": lambda text: PublicUrl(text, host="127.0.0.1", port=8000),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXPORT_CORS_ORIGINS", "*"),
        ("EXPORT_CORS_ORIGINS", "learn.example"),
        ("EXPORT_CORS_ORIGINS", "https://learn.example/path"),
        ("EXPORT_CORS_ORIGINS", "null"),
        ("EXPORT_CORS_ORIGINS", "https://learn.example:65536"),
        ("EXPORT_FRAME_ANCESTORS", "https://learn.example:0"),
        ("EXPORT_TRUSTED_PROXIES", "the proxy"),
        ("EXPORT_PUBLIC_URL", "https://www.example:99999"),
        ("EXPORT_PUBLIC_URL", "www.example/exports"),
        ("EXPORT_PUBLIC_URL", "https://www.example/exports?a=b"),
        ("EXPORT_PUBLIC_URL", "https://user@www.example/"),
        ("EXPORT_PUBLIC_URL", "https://www.example/a//b"),
        ("EXPORT_PUBLIC_URL", "https://www.example/a/../b"),
        ("EXPORT_PUBLIC_URL", "https://www.example/\u00fc"),
        ("EXPORT_PUBLIC_URL", "https://[www.example"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        CHECKS[name](value)


def test_a_service_that_others_can_call_does_not_take_its_url_from_them() -> None:
    for host in ("0.0.0.0", "::", "10.0.0.7", "api.internal"):
        with pytest.raises(SettingsError, match=r"^EXPORT_PUBLIC_URL: required"):
            PublicUrl("", host=host, port=8000)
    for host in ("127.0.0.1", "127.3.2.1", "::1", "localhost"):
        PublicUrl("", host=host, port=8000)
