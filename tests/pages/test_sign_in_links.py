"""A platform's backend makes a link, and a browser is signed in by it: once, and by a form."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from activities.jobs.audit import Action
from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import BOTH, READ, Api, owner_id, problem, token
from tests.services.export.test_api_audit import audited


def make(api: Api, owner: str, target: str | None = None, **claims: object) -> str:
    """The path of a link that a platform's backend has made."""
    headers = {"Authorization": f"Bearer {token(owner, **claims)}"}  # type: ignore[arg-type]
    body = {} if target is None else {"next": target}
    response = httpx.post(f"{api.url}/api/export/sign-in-links", json=body, headers=headers)
    assert response.status_code == 201, response.text
    return str(urlsplit(response.json()["url"]).path)


def use(visitor: Visitor, link: str) -> Page:
    """Open a link and send its form, as a browser does."""
    return visitor.send("/enter", visitor.get(link).form("/enter"))


def test_a_link_signs_its_owner_in_and_leads_where_it_should(api: Api, owner: str) -> None:
    [item] = api.add_content(owner, 1)
    with Visitor(api) as visitor:
        page = use(visitor, make(api, owner, f"/exports/new?item={item}&format=pdf"))

        assert (page.status, page.path) == (200, "/exports/new")
        assert "1 item" in page.texts("//h2")
        assert owner in page.text


def test_looking_at_a_link_uses_it_not(api: Api, owner: str) -> None:
    link = make(api, owner)
    with Visitor(api) as robot, Visitor(api) as visitor:
        for method in ("GET", "HEAD", "GET"):
            seen = robot.http.request(method, link, headers={"Sec-Purpose": "prefetch"})
            assert seen.status_code == 200
            assert "set-cookie" not in seen.headers
        assert "data-sends-itself" not in seen.text

        assert use(visitor, link).path == "/"
        assert robot.get("/exports").path == "/sign-in"


def test_a_link_works_once(api: Api, owner: str) -> None:
    link = make(api, owner)
    with Visitor(api) as first, Visitor(api) as second:
        form = second.get(link).form("/enter")
        assert use(first, link).status == 200

        page = second.send("/enter", form)

        assert page.status == 410
        assert "once, within a minute" in page.alert
        assert "choose its export button again" in page.alert
        assert not second.http.cookies


def test_of_many_who_use_it_at_once_one_is_signed_in(api: Api, owner: str) -> None:
    code = make(api, owner).removeprefix("/enter/")

    def post(_: int) -> int:
        headers = {"Origin": api.url}
        return httpx.post(f"{api.url}/enter", data={"code": code}, headers=headers).status_code

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(post, range(8)))

    assert sorted(found) == [303, *[410] * 7]


@pytest.mark.parametrize("code", ["", "nothing", "x" * 43, "é"])
def test_a_link_that_never_was_looks_like_one_that_is_over(api: Api, code: str) -> None:
    with Visitor(api) as visitor:
        assert visitor.get(f"/enter/{code or 'x'}").status == 200
        assert visitor.send("/enter", {"code": code}).status == 410


def test_a_link_lasts_no_longer_than_the_token_that_asked_for_it(api: Api, owner: str) -> None:
    headers = {"Authorization": f"Bearer {token(owner, exp=int(time.time()) + 2)}"}
    with Visitor(api) as visitor:
        made = visitor.http.post("/api/export/sign-in-links", json={}, headers=headers).json()
        visitor.send("/enter", {"code": made["url"].rpartition("/")[2]})
        assert visitor.get("/exports").path == "/exports"
        late = visitor.http.post("/api/export/sign-in-links", json={}, headers=headers).json()
        time.sleep(2)

        assert visitor.get("/exports").alert.startswith("Your sign-in has ended")
        assert visitor.send("/enter", {"code": late["url"].rpartition("/")[2]}).status == 410


def test_whoever_is_signed_in_is_asked_before_somebody_else_is(api: Api, owner: str) -> None:
    other = owner_id()
    link = make(api, other, "/exports", name="Grace Hopper")
    with Visitor(api) as visitor:
        visitor.sign_in(token(owner, name="Ada Lovelace"))
        asked = visitor.get(link)

        assert "signed in as Ada Lovelace" in asked.text
        assert "signs in Grace Hopper" in asked.text
        assert "data-sends-itself" not in str(asked.headers) + asked.text
        assert asked.find("//form[@data-sends-itself]") == []
        code = link.removeprefix("/enter/")
        again = visitor.send("/enter", {"code": code})
        assert "Ada Lovelace" in again.text, "a form that nobody was asked by changes nothing"
        assert "Ada Lovelace" in visitor.get("/exports").text

        page = visitor.send("/enter", asked.form("/enter"))

        assert (page.path, page.status) == ("/exports", 200)
        assert "Grace Hopper" in page.text


def test_another_link_of_the_same_owner_asks_nothing(api: Api, owner: str) -> None:
    with Visitor(api, owner) as visitor:
        page = visitor.get(make(api, owner))

        assert page.find("//form[@data-sends-itself]") != []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_another_sites_form_uses_no_link(api: Api, owner: str, headers: dict[str, str]) -> None:
    link = make(api, owner)
    with Visitor(api) as visitor:
        assert visitor.send("/enter", visitor.get(link).form("/enter"), **headers).status == 403
        assert use(visitor, link).status == 200


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"),
        *("", "exports", "/a\\b", "/a b", "/a\nb", "/é", "/" + "x" * 9_000),
    ],
)
def test_a_link_leads_nowhere_else(api: Api, owner: str, target: str) -> None:
    with api.client(owner) as client:
        response = client.post("/api/export/sign-in-links", json={"next": target})

    assert problem(response, 400, "invalid-request")["errors"][0]["pointer"] == "/next"


def test_a_link_operates_nothing(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        use(visitor, make(api, owner, scope=f"{READ} export:admin export:tenant"))

        assert visitor.get("/admin").status == 403
        assert visitor.get("/exports").status == 200
        form = {"form_key": visitor.get("/").form_key()}
        assert visitor.send(f"/exports/{api.add_job(owner)}/cancel", form).status == 403


def test_no_code_is_kept_by_caches_or_logs_or_the_audit_log(api: Api, owner: str) -> None:
    link = make(api, owner)
    with Visitor(api) as visitor:
        shown = visitor.http.get(link)
        visitor.http.put(link)
        visitor.http.get(f"{link}/more")
        use(visitor, link)

    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "same-origin"
    assert link.removeprefix("/enter/") not in api.log_file.read_text()
    entries = audited(api, actor=owner)
    assert [(entry.action, entry.via) for entry in entries] == [
        (Action.LINK_MADE, None),
        (Action.SIGNED_IN, "link"),
    ]


def test_below_a_prefix_a_link_and_its_target_are_below_it(tmp_path: Path, owner: str) -> None:
    prefix = "/school/exports"
    with Api(tmp_path, {"EXPORT_PUBLIC_URL": f"http://www.example{prefix}"}) as api:
        for target in ("/exports?page=2", f"{prefix}/exports?page=2"):
            link = make(api, owner, target)
            assert link.startswith(f"{prefix}/enter/")
            with Visitor(api) as visitor:
                form = visitor.get(link).form(f"{prefix}/enter")
                visitor.http.follow_redirects = False
                came = visitor.post(f"{prefix}/enter", form)
                assert came.headers["location"] == f"{prefix}/exports?page=2"
                assert f"Path={prefix}/;" in came.headers["set-cookie"]
        with api.client(owner) as client:
            evil = client.post(
                "/api/export/sign-in-links", json={"next": f"{prefix}//evil.example"}
            )
        problem(evil, 400, "invalid-request")


def test_scopes_of_a_link_are_those_of_the_token(api: Api, owner: str) -> None:
    with Visitor(api) as visitor:
        use(visitor, make(api, owner, scope=BOTH))
        form = {"form_key": visitor.get("/").form_key()}

        assert visitor.send(f"/exports/{api.add_job(owner)}/cancel", form).status == 200
