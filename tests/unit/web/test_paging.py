"""Pages of a list lead to each other."""

from web.routes.paging import page_headers

URL = "https://example.org/api/export/jobs"


def test_links_lead_to_the_pages_around_with_the_same_filters() -> None:
    query = {"status": None, "owner": "a&b c"}
    headers = page_headers(URL, query, page=2, page_size=20, pages=5)
    assert headers["Link"] == (
        f'<{URL}?page=1&page_size=20&owner=a%26b+c>; rel="first", '
        f'<{URL}?page=1&page_size=20&owner=a%26b+c>; rel="prev", '
        f'<{URL}?page=3&page_size=20&owner=a%26b+c>; rel="next", '
        f'<{URL}?page=5&page_size=20&owner=a%26b+c>; rel="last"'
    )


def test_list_without_entries_has_one_page() -> None:
    headers = page_headers(URL, {}, page=1, page_size=20, pages=0)
    assert headers["Link"] == (
        f'<{URL}?page=1&page_size=20>; rel="first", <{URL}?page=1&page_size=20>; rel="last"'
    )
