"""What the settings say of an OpenID Connect provider."""

from typing import NamedTuple

import msgspec

from activities.common.outbound_http import RefusedAddressError, origin
from activities.settings import Settings, SettingsError
from web.http.urls import is_tls_or_loopback


class AdminClaim(NamedTuple):
    """What a person's claims hold who may operate the service."""

    name: str
    value: str

    def is_met(self, claims: dict[str, object]) -> bool:
        """True if the claim is the value, or a list that has it."""
        found = claims.get(self.name)
        return self.value in found if isinstance(found, list) else found == self.value


class OidcSettings(msgspec.Struct, frozen=True):
    """One provider, and what this service is there."""

    issuer: str
    client_id: str
    client_secret: str
    """Empty: a public client."""
    owner_claim: str
    admin_claim: AdminClaim | None
    name: str


def oidc_settings(settings: Settings) -> OidcSettings | None:
    """The provider that the settings name; None when they name none.

    Raises:
        SettingsError: its URL is none of https, or something is missing.
    """
    if not settings.oidc_issuer:
        return None
    try:
        origin(settings.oidc_issuer)
    except RefusedAddressError as error:
        raise SettingsError(f"EXPORT_OIDC_ISSUER is {error}") from None
    if not is_tls_or_loopback(settings.oidc_issuer) or set("?#") & set(settings.oidc_issuer):
        raise SettingsError("EXPORT_OIDC_ISSUER: give a URL of https without a query")
    if not settings.oidc_client_id:
        raise SettingsError("EXPORT_OIDC_CLIENT_ID: required with EXPORT_OIDC_ISSUER")
    claim, is_claim, value = settings.oidc_admin_claim.partition("=")
    if settings.oidc_admin_claim and not (claim and is_claim and value):
        raise SettingsError("EXPORT_OIDC_ADMIN_CLAIM: write it as groups=export-admins")
    return OidcSettings(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_owner_claim,
        AdminClaim(claim, value) if claim else None,
        settings.oidc_name or "your school",
    )
