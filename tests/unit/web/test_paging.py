"""Pages of a list lead to each other."""

from litestar import get
from litestar.testing import create_test_client

from activities.jobs.pages import Listed, TooFarError
from web.http.problems import problem_response
from web.schemas.page import Page
from web.services.paging import Paging, RequestedPage

URL = "https://example.org/api/export/jobs"


def test_links_lead_to_the_pages_around_with_the_same_filters() -> None:
    query = {"status": None, "owner": "a&b c"}
    listed = Listed(["x"], 100, "newer-5-x", "older-5-x")
    headers = RequestedPage(2, 20).response([], listed, URL, query).headers
    assert headers["Link"] == (
        f'<{URL}?page=1&page_size=20&owner=a%26b+c>; rel="first", '
        f'<{URL}?page=1&cursor=newer-5-x&page_size=20&owner=a%26b+c>; rel="prev", '
        f'<{URL}?page=3&cursor=older-5-x&page_size=20&owner=a%26b+c>; rel="next", '
        f'<{URL}?page=5&page_size=20&owner=a%26b+c>; rel="last"'
    )


def test_from_behind_the_last_page_a_link_leads_back_to_it() -> None:
    headers = RequestedPage(6, 20).response([], Listed([], 100, None, None), URL, {}).headers
    assert f'<{URL}?page=5&page_size=20>; rel="prev"' in headers["Link"]
    assert "next" not in headers["Link"]


def test_list_without_entries_has_one_page() -> None:
    headers = RequestedPage(1, 20).response([], Listed([], 0, None, None), URL, {}).headers
    assert headers["Link"] == (
        f'<{URL}?page=1&page_size=20>; rel="first", <{URL}?page=1&page_size=20>; rel="last"'
    )


def test_a_page_is_no_larger_than_allowed_and_knows_how_many_there_are() -> None:
    paging = Paging(max_page_size=100)
    assert paging.page(3, 20, None) == RequestedPage(3, 20)
    wanted = paging.page(3, 5_000, None)
    assert wanted == RequestedPage(3, 100)
    page = wanted.response(["a"], Listed(["a"], 201, None, None), URL, {}).content
    assert page == Page(["a"], page=3, page_size=100, total=201, pages=3)


def test_who_asks_for_a_page_too_far_from_both_ends_is_told_how_to_reach_it() -> None:
    @get("/")
    async def read() -> None:
        raise TooFarError

    with create_test_client(read, exception_handlers={TooFarError: problem_response}) as client:
        response = client.get("/")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid-request"
    (error,) = response.json()["errors"]
    assert error["parameter"] == "page"
    assert "25,000 entries" in error["detail"]
    assert "filter, or by the links `next`" in error["detail"]
