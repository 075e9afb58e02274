"""A learning management system for one activity: scorm-again in Chromium, as on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copy
from threading import Thread
from zipfile import ZipFile

from playwright.sync_api import Browser, Frame, Page

from scripts.dev.screens import PHONE
from tests.judges.tools import npm_packages

_PAGE = """<!DOCTYPE html><html lang="en"><head><title>LMS</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{margin:0}iframe{border:0;width:100vw;height:100vh}</style>
<script src="scorm12.js"></script><script>
window.told = [];
window.API = new Scorm12API({autocommit: false, logLevel: 5});
for (const call of ["LMSInitialize", "LMSCommit", "LMSFinish"])
  window.API.on(call, () => window.told.push(call));
window.API.on("LMSSetValue.cmi.core.lesson_status", (name, value) => window.told.push(value));
</script></head><body><iframe src="activity/index.html"></iframe></body></html>
"""


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        pass


class Lms:
    """An activity that is open in a browser."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def status(self) -> str:
        """What the system knows of its learner."""
        return str(self._page.evaluate("() => window.API.cmi.core.lesson_status"))

    @property
    def told(self) -> list[str]:
        """The calls so far, and each status that was set."""
        return list(self._page.evaluate("() => window.told"))

    @property
    def activity(self) -> Frame:
        """The frame of the activity, once it is there."""
        [frame] = self._page.main_frame.child_frames
        frame.wait_for_load_state()
        return frame

    def wait_for(self, status: str) -> None:
        """Wait until the status is this one."""
        wanted = f"() => window.API.cmi.core.lesson_status === '{status}'"
        self._page.wait_for_function(wanted, timeout=10_000)

    def read_to_the_end(self) -> None:
        """Scroll as a reader does."""
        self.activity.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")

    def leave(self) -> None:
        """Go from the activity to something else."""
        self._page.evaluate("() => { document.querySelector('iframe').src = 'about:blank' }")
        self._page.wait_for_function("() => window.told.includes('LMSFinish')", timeout=10_000)


@contextmanager
def opened(browser: Browser, package: Path, directory: Path) -> Iterator[Lms]:
    """The system with a package, whose learner has just opened it."""
    with ZipFile(package) as archive:
        archive.extractall(directory / "activity")
    copy(npm_packages() / "scorm-again" / "dist" / "scorm12.min.js", directory / "scorm12.js")
    (directory / "index.html").write_text(_PAGE)
    handler = partial(_Silent, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(viewport=PHONE)
        try:
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/index.html")
            lms = Lms(page)
            lms.activity.wait_for_selector("#end", state="attached")
            yield lms
        finally:
            page.close()
            server.shutdown()
