"""Pages of a list lead to each other."""

from web.schemas.page import Page
from web.services.paging import Paging, RequestedPage

URL = "https://example.org/api/export/jobs"


def test_links_lead_to_the_pages_around_with_the_same_filters() -> None:
    query = {"status": None, "owner": "a&b c"}
    headers = RequestedPage(2, 20).response([], 100, URL, query).headers
    assert headers["Link"] == (
        f'<{URL}?page=1&page_size=20&owner=a%26b+c>; rel="first", '
        f'<{URL}?page=1&page_size=20&owner=a%26b+c>; rel="prev", '
        f'<{URL}?page=3&page_size=20&owner=a%26b+c>; rel="next", '
        f'<{URL}?page=5&page_size=20&owner=a%26b+c>; rel="last"'
    )


def test_list_without_entries_has_one_page() -> None:
    headers = RequestedPage(1, 20).response([], 0, URL, {}).headers
    assert headers["Link"] == (
        f'<{URL}?page=1&page_size=20>; rel="first", <{URL}?page=1&page_size=20>; rel="last"'
    )


def test_a_page_is_no_larger_than_allowed_and_knows_how_many_there_are() -> None:
    paging = Paging(max_page_size=100)
    assert paging.page(3, 20) == RequestedPage(3, 20)
    wanted = paging.page(3, 5_000)
    assert wanted == RequestedPage(3, 100)
    page = wanted.response(["a"], 201, URL, {}).content
    assert page == Page(["a"], page=3, page_size=100, total=201, pages=3)
