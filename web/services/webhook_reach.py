"""Where webhooks may lead, as the settings say."""

from activities.common.allowed_origins import allowed_origins
from activities.common.guarded_post import PublicOrigins
from activities.settings import Settings, SettingsError


def webhook_reach(settings: Settings) -> PublicOrigins:
    """All servers of the internet over https, and those that the operator lists.

    Raises:
        SettingsError: an entry of the list is none.
    """
    try:
        return PublicOrigins(allowed_origins(settings.webhook_origins))
    except ValueError as error:
        raise SettingsError(
            f"EXPORT_WEBHOOK_ORIGINS: {error} is no origin such as https://hooks.example, nor one "
            "with its network such as https://hooks.internal=10.1.0.0/16"
        ) from None
