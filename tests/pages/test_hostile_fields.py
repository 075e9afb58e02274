"""Whatever a query or a form holds, the answer is a page and not a failure of ours."""

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest

from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import BOTH, Api

VALUES = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u202e\u2028\U0001f680".encode(),
    b"' OR 1=1 --",
    b"{{ 7 * 7 }}",
    b"<script>alert(1)</script>",
    b"../../etc/passwd",
    b"%00%0d%0aSet-Cookie: a=b",
    b"9" * 400,
    b"-1",
    b"0001-01-01",
    b"9999-12-31",
    b"x" * 5_000,
]
NAMES = {
    "/": ["text", "type", "since", "until", "page", "item", "forget"],
    "/exports/new": ["item", "again", "all", "format", "options", "title", "paper", "nonce"],
    "/exports": ["status", "page", "started", "of"],
    "/sign-in": ["next", "ended"],
    "/admin/jobs": ["status", "owner", "format", "reason", "page"],
    "/admin/audit": ["owner", "actor", "action", "job", "from", "to", "page"],
}


@pytest.fixture
def visitor(api: Api, owner: str) -> Iterator[Visitor]:
    """The owner, signed in, who may see every page there is."""
    with Visitor(api, owner, f"{BOTH} export:admin") as signed_in:
        yield signed_in


@pytest.mark.parametrize("value", VALUES)
def test_no_query_makes_a_page_fail(api: Api, owner: str, visitor: Visitor, value: bytes) -> None:
    [item] = api.add_content(owner, 1)
    for path, names in NAMES.items():
        for name in names:
            rest = f"&item={item}&options=1&parts=faqs" if path == "/exports/new" else ""
            response = visitor.http.get(f"{path}?{name}={quote_from_bytes(value)}{rest}")

            assert response.status_code in {200, 400, 404}, (path, name)
            assert "alert(1)</script>" not in response.text.replace("&lt;", "")
            assert "49" not in Page(response).texts("//h1")
            assert "set-cookie" not in response.headers


@pytest.mark.parametrize("value", VALUES)
def test_no_form_makes_a_page_fail(api: Api, owner: str, visitor: Visitor, value: bytes) -> None:
    [item] = api.add_content(owner, 1)
    form = visitor.get("/exports/new", item=item).form("/exports")
    for name in ("item", "format", "parts", "title", "language", "cards", "form_key", "nonce"):
        text = value.decode(errors="surrogateescape")
        encoded = {key: fields for key, fields in form.items() if key != name}
        body = "&".join(
            f"{key}={quote_from_bytes(field.encode())}"
            for key, fields in encoded.items()
            for field in fields
        )
        body += f"&{name}={quote_from_bytes(text.encode(errors='surrogateescape'))}"
        response = visitor.http.post(
            "/exports",
            content=body,
            headers={"Origin": api.url, "Content-Type": "application/x-www-form-urlencoded"},
        )

        assert response.status_code in {200, 400, 403, 404}, name


def test_more_fields_than_any_page_has_are_refused(api: Api, visitor: Visitor) -> None:
    key = visitor.get("/").form_key()
    page = visitor.send("/exports", {"form_key": key, "item": ["x"] * 6_000})

    assert page.status == 400
    assert "too many fields" in page.alert


def test_a_form_that_is_too_long_is_refused(api: Api, visitor: Visitor) -> None:
    page = visitor.send("/exports", {"title": "x" * 600_000})

    assert page.status == 413
    assert "Choose fewer items" in page.alert
