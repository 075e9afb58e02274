"""Which theme an export has: that of the caller's tenant, or the one that was asked for."""

import msgspec

from activities.documents.design.theme_error import ThemeError
from activities.documents.design.theme_shelf import ShelvedTheme, ThemeShelf
from activities.model.problems import THEME_CONTRAST, THEME_UNUSABLE
from activities.model.themes import DEFAULT_THEME, StoredTheme
from activities.settings import Settings, SettingsError
from web.auth.tokens import ADMIN, Caller
from web.http.json_body import pointer
from web.http.problems import FieldError, ProblemError, invalid

_PROBLEMS = {each.code: each for each in (THEME_CONTRAST, THEME_UNUSABLE)}


def open_themes(settings: Settings) -> ThemeShelf:
    """The themes of the service.

    Raises:
        SettingsError: one cannot be used.
    """
    shelf = ThemeShelf(settings.themes)
    try:
        shelf.open()
    except ThemeError as error:
        raise SettingsError(f"EXPORT_THEMES: {error}") from None
    return shelf


class ChosenTheme(msgspec.Struct, frozen=True):
    """The theme of an export."""

    name: str | None
    """As the job shows it; None where nobody has chosen one."""
    stored: StoredTheme | None
    """None is the design as it is."""


class ThemeChoice:
    """Chooses among the themes of the service what a caller may have.

    A caller has the theme that is named as the token's claim `tenant` says, and may choose that,
    `default` and shared ones; with the scope `export:admin` any.
    """

    def __init__(self, shelf: ThemeShelf) -> None:
        self._shelf = shelf

    async def names(self, caller: Caller) -> list[str]:
        """The names that the caller may choose, in order."""
        themes = await self._shelf.themes()
        own = {name for name, theme in themes.items() if _may_have(caller, name, theme)}
        return sorted(own | {DEFAULT_THEME})

    async def choose(self, caller: Caller, wanted: str | None) -> ChosenTheme:
        """The theme that an export of the caller has.

        Args:
            caller: whose export it is.
            wanted: the name that was asked for; None: none was.

        Raises:
            ProblemError: there is no such theme for this caller, or it cannot be used.
        """
        themes = await self._shelf.themes()
        name = wanted or caller.tenant or DEFAULT_THEME
        if wanted is None or wanted == caller.tenant or ADMIN in caller.scopes:
            await self._check_usable(name)
        theme = themes.get(name)
        if theme is not None and _may_have(caller, name, theme):
            return ChosenTheme(name if name != DEFAULT_THEME else wanted, theme.stored)
        if wanted not in {None, DEFAULT_THEME}:
            known = ", ".join(await self.names(caller))
            detail = f"There is no theme {wanted!r} for you; you may choose {known}."
            raise invalid([FieldError(detail, pointer=pointer("theme"))])
        default = themes.get(DEFAULT_THEME)
        return ChosenTheme(wanted, default.stored if default is not None else None)

    async def _check_usable(self, name: str) -> None:
        refused = await self._shelf.refusal(name)
        if refused is not None:
            raise ProblemError(_PROBLEMS[refused.code], f"{name}: {refused}")


def _may_have(caller: Caller, name: str, theme: ShelvedTheme) -> bool:
    own = name in {DEFAULT_THEME, caller.tenant}
    return own or theme.shared or ADMIN in caller.scopes
