"""Pictures of pages, for whoever wants to look at them."""

import os
from pathlib import Path

from playwright.sync_api import Page


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page in the folder `EXPORT_TEST_PICTURES`, if there is one."""
    if folder := os.environ.get("EXPORT_TEST_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
