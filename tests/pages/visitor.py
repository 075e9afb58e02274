"""A browser without a script: it follows links, fills in forms, and sends what browsers send."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx
from lxml import html

from tests.services.export.api_kit import BOTH, Api, token


class Page:
    """One answer, read as a page."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.path = urlsplit(str(response.url)).path
        # What lxml's stubs say of pages lacks forms and text.
        self.root: Any = html.document_fromstring(response.text)

    @property
    def text(self) -> str:
        """All words, with single blanks between them."""
        return " ".join(self.root.find("body").text_content().split())

    @property
    def alert(self) -> str:
        """The error that the page shows; empty when there is none."""
        return " ".join(self.texts("//*[@role='alert']"))

    def find(self, path: str) -> list[Any]:
        """The elements that an XPath finds."""
        return list(self.root.xpath(path))

    def texts(self, path: str) -> list[str]:
        """The texts of the elements."""
        return [" ".join(each.text_content().split()) for each in self.find(path)]

    def form(self, action: str) -> dict[str, list[str]]:
        """The fields that the form to this address would send as it stands."""
        (form,) = [each for each in self.root.forms if each.get("action") == action]
        fields: dict[str, list[str]] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        # A form of ours shows its key with the button that sends it.
        keys = form.xpath(".//button[@name='form_key']/@value")
        return fields | ({"form_key": keys} if keys else {})

    def form_key(self) -> str:
        """The value that shows that a form is of this session."""
        return str(self.find("//button[@name='form_key']/@value")[0])


class Visitor:
    """Somebody at a browser, signed in unless there is no owner."""

    def __init__(self, api: Api, owner: str | None = None, scope: str = BOTH) -> None:
        self.http = httpx.Client(base_url=api.url, timeout=30, follow_redirects=True)
        self._origin = api.url
        if owner is not None:
            self.sign_in(token(owner, scope))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def sign_in(self, bearer: str, **fields: str) -> Page:
        """Sign in with a token."""
        return self.send("/sign-in", {"token": bearer, **fields})

    def get(self, path: str, **query: Any) -> Page:
        """Follow a link."""
        return Page(self.http.get(path, params=query or None))

    def send(self, path: str, fields: dict[str, Any], **headers: str) -> Page:
        """Send a form from one of our pages."""
        return Page(self.post(path, fields, **headers))

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> httpx.Response:
        """The same, as it is answered."""
        sent = {"Origin": self._origin, **headers}
        return self.http.post(urljoin(self._origin, path), data=fields, headers=sent)

    def cookie(self) -> str:
        """The value of the session's cookie."""
        return str(self.http.cookies["export_session"])
