"""The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` count."""

from ipaddress import ip_network

from activities.settings import SettingsError

_EVERYBODY = "*"


def trusted_proxies(text: str) -> list[str]:
    """The addresses and networks in a comma-separated list, as uvicorn takes them.

    Raises:
        SettingsError: one of them is none.
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    for proxy in found:
        try:
            if proxy != _EVERYBODY:
                ip_network(proxy)
        except ValueError:
            raise SettingsError(
                f"EXPORT_TRUSTED_PROXIES: {proxy!r} is no address and no network; give some such "
                "as 10.0.0.7 or 172.16.0.0/12, or * for everybody"
            ) from None
    return found
