"""The themes of a directory as they are now: read and checked whenever its files change."""

import asyncio
import os
import time
from pathlib import Path
from typing import Final

import msgspec

from activities.common.logs import get_logger
from activities.documents.design.theme_error import ThemeError
from activities.documents.design.theme_files import ReadTheme, read_theme, theme_names
from activities.model.themes import StoredTheme

logger = get_logger(__name__)

_LOOKED_SECONDS: Final = 5.0
"""For so long a change of files may go unnoticed."""

_Signature = tuple[tuple[str, int, int, int], ...]


class ShelvedTheme(msgspec.Struct, frozen=True):
    """A theme that exports may have."""

    stored: StoredTheme
    shared: bool
    """See `ReadTheme.shared`."""


class ThemeShelf:
    """Holds the themes of a directory.

    A file that is changed to what cannot be used leaves the theme as it was, and the log says why.
    """

    def __init__(self, directory: str) -> None:
        """Take the path of the directory; without one there are no themes."""
        self._directory = Path(directory) if directory else None
        self._themes: dict[str, ShelvedTheme] = {}
        self._refused: dict[str, ThemeError] = {}
        self._seen: _Signature | None = None
        self._look_at = 0.0
        self._looking = asyncio.Lock()

    def open(self) -> None:
        """Read all themes for the first time.

        Raises:
            ThemeError: one cannot be used; the message names its file.
        """
        self._look()
        for name, error in self._refused.items():
            raise ThemeError(f"{name}.toml: {error}", error.code)

    async def themes(self) -> dict[str, ShelvedTheme]:
        """The themes by name."""
        if self._directory is not None and time.monotonic() >= self._look_at:
            async with self._looking:
                if time.monotonic() >= self._look_at:
                    try:
                        await asyncio.to_thread(self._look)
                    except ThemeError as error:
                        logger.error("themes stay as they were", cause=str(error))  # noqa: TRY400
                    self._look_at = time.monotonic() + _LOOKED_SECONDS
        return self._themes

    async def refusal(self, name: str) -> ThemeError | None:
        """Why there is no theme of this name although it has a file; None if there is no file."""
        await self.themes()
        return self._refused.get(name)

    def _look(self) -> None:
        if self._directory is None:
            return
        names = theme_names(self._directory)
        signature = _signature(self._directory)
        if signature == self._seen:
            return
        themes, refused = dict[str, ShelvedTheme](), dict[str, ThemeError]()
        for name in names:
            try:
                themes[name] = _shelved(read_theme(self._directory, name))
            except ThemeError as error:
                if self._seen is not None:
                    logger.error(  # noqa: TRY400 - its sentence says all of it
                        "theme not read", file=f"{name}.toml", code=error.code, cause=str(error)
                    )
                if name in self._themes:
                    themes[name] = self._themes[name]
                else:
                    refused[name] = error
        self._themes, self._refused, self._seen = themes, refused, signature


def _shelved(read: ReadTheme) -> ShelvedTheme:
    return ShelvedTheme(StoredTheme.of(read.theme), read.shared)


def _signature(directory: Path) -> _Signature:
    """What changes when a file does, be it behind a link."""
    found = []
    for entry in os.scandir(directory):
        try:
            state = entry.stat()
        except OSError:
            continue
        found.append((entry.name, state.st_ino, state.st_mtime_ns, state.st_size))
    return tuple(sorted(found))
