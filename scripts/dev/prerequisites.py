"""Fetches what a stack needs beside Python packages: the Temporal CLI, and fonts."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable

from activities.formats.fonts import find_font, font_packages
from scripts.dev import temporal_cli
from scripts.dev.environment import CHECKOUT
from scripts.dev.program_cache import cache_directory

_PAUSE_AFTER_FAILURE_SECONDS = 24 * 3600
# Behind a firewall npm's own patience, minutes for each of its attempts, would be the user's.
_NPM_PATIENCE = {"npm_config_fetch_retries": "1", "npm_config_fetch_timeout": "60000"}


def fetch(announce: Callable[[str], None]) -> None:
    """Fetch what is missing; quick when nothing is.

    A failure to fetch fonts is announced and passed over, since everything else works without
    them, and is not tried again on the same day.

    Args:
        announce: is told what is happening when it may take long.

    Raises:
        temporal_cli.CliNotFoundError: there is no Temporal CLI.
    """
    temporal_cli.find_or_fetch(os.environ, announce)
    if any(find_font(font.name) is None for package in font_packages() for font in package.fonts):
        _fetch_fonts(announce)


def _fetch_fonts(announce: Callable[[str], None]) -> None:
    failure = cache_directory(os.environ) / "fonts-not-fetched"
    command = [sys.executable, "-m", "activities.formats.fonts"]
    if not failure.exists() or time.time() - failure.stat().st_mtime > _PAUSE_AFTER_FAILURE_SECONDS:
        announce("fetching the fonts of PDF exports (once, 126 MB)")
        environment = os.environ | _NPM_PATIENCE
        if subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode == 0:
            failure.unlink(missing_ok=True)
            return
        # Without a cache that can be written it is tried at the next start.
        with contextlib.suppress(OSError):
            failure.parent.mkdir(parents=True, exist_ok=True)
            failure.touch()
    announce(
        "PDF exports will lack some scripts, because fonts could not be fetched (tried once a "
        "day). Once the registries of npm and PyPI are in reach: "
        ".venv/bin/python -m activities.formats.fonts"
    )
