"""Themes over HTTP: whose is whose, what is refused, and what a job keeps."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.common.clock import utc_now
from activities.common.database import connect
from activities.jobs.execution import JobExecution
from activities.model.themes import decode_theme
from activities.settings import Settings, SettingsError
from tests.services.export.api_kit import BOTH, Api, token
from tests.waiting import eventually
from web.services.theme_choice import open_themes

GREEN, WINE, NAVY = "#0B5D4A", "#7A1531", "#0D3291"


@pytest.fixture(scope="module")
def themes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("themes")
    (directory / "north.toml").write_text(f'accent = "{GREEN}"')
    (directory / "south.toml").write_text(f'accent = "{WINE}"')
    (directory / "festive.toml").write_text(f'shared = true\naccent = "{NAVY}"')
    return directory


@pytest.fixture(scope="module")
def schools(themes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with Api(tmp_path_factory.mktemp("schools"), {"EXPORT_THEMES": str(themes)}) as running:
        yield running


def asked(
    api: Api,
    owner: str,
    *,
    tenant: Any = None,
    scope: str = BOTH,
    format_id: str = "pdf",
    **options: Any,
) -> httpx.Response:
    [item] = api.add_content(owner, 1)
    headers = {"Authorization": f"Bearer {token(owner, scope, tenant=tenant)}"}
    body = {"content_ids": [item], "format": format_id, **options}
    return httpx.post(f"{api.url}/api/export/", json=body, headers=headers, timeout=30)


def accent_of(api: Api, response: httpx.Response) -> str | None:
    """The accent of the theme that the job would be rendered with."""
    assert response.status_code == 202, response.text
    job_id = response.json()["job_id"]

    async def read() -> str | None:
        database = connect(api.settings.database)
        try:
            claimed = await JobExecution(database).claim(job_id, f"run-{job_id}", utc_now())
            assert claimed is not None
            theme = claimed.render_input.theme
            again = await JobExecution(database).render_input(job_id, f"run-{job_id}")
            assert again == claimed.render_input
            return None if theme is None else decode_theme(theme.data).accent
        finally:
            await database.close()

    return asyncio.run(read())


def test_a_tenant_has_its_own_theme_and_the_job_says_so(schools: Api, owner: str) -> None:
    response = asked(schools, owner, tenant="north")
    assert response.json()["options"]["theme"] == "north"
    assert accent_of(schools, response) == GREEN
    assert accent_of(schools, asked(schools, owner, tenant="north", theme="north")) == GREEN


@pytest.mark.parametrize("tenant", [None, "west", "../north", "north.toml", ""])
def test_whoever_has_no_theme_has_the_design_as_it_is(
    schools: Api, owner: str, tenant: str | None
) -> None:
    response = asked(schools, owner, tenant=tenant)
    assert response.json()["options"]["theme"] is None
    assert accent_of(schools, response) is None


@pytest.mark.parametrize("tenant", [None, "north"])
@pytest.mark.parametrize(("wanted", "accent"), [("default", None), ("festive", NAVY)])
def test_everybody_may_choose_the_default_and_what_is_shared(
    schools: Api, owner: str, tenant: str | None, wanted: str, accent: str | None
) -> None:
    response = asked(schools, owner, tenant=tenant, theme=wanted)
    assert response.json()["options"]["theme"] == wanted
    assert accent_of(schools, response) == accent


@pytest.mark.parametrize("tenant", [None, "north"])
@pytest.mark.parametrize("wanted", ["south", "nowhere"])
def test_another_tenants_theme_looks_like_none(
    schools: Api, owner: str, tenant: str | None, wanted: str
) -> None:
    response = asked(schools, owner, tenant=tenant, theme=wanted)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    own = ", north" if tenant else ""
    assert error == {
        "detail": f"There is no theme '{wanted}' for you; you may choose default, festive{own}.",
        "pointer": "/theme",
    }


def test_operators_may_choose_any(schools: Api, owner: str) -> None:
    scope = f"{BOTH} export:admin"
    assert accent_of(schools, asked(schools, owner, scope=scope, theme="south")) == WINE
    assert asked(schools, owner, scope=scope, theme="nowhere").status_code == 400


@pytest.mark.parametrize("wanted", ["../north", "/etc/passwd", "North", "a" * 65, "", "north.toml"])
def test_a_name_that_no_theme_has_is_refused(schools: Api, owner: str, wanted: str) -> None:
    response = asked(schools, owner, tenant="north", theme=wanted)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/theme"


def test_a_token_whose_tenant_is_no_name_is_not_valid(schools: Api, owner: str) -> None:
    assert asked(schools, owner, tenant=["north"]).status_code == 401


def test_formats_without_a_look_ignore_the_theme(schools: Api, owner: str) -> None:
    response = asked(schools, owner, tenant="north", format_id="csv", theme="nowhere")
    assert response.status_code == 202
    assert "theme" not in response.json()["options"]
    assert accent_of(schools, response) is None


def test_a_job_keeps_the_theme_that_it_was_accepted_with(
    schools: Api, themes: Path, owner: str
) -> None:
    file = themes / "north.toml"
    before = asked(schools, owner, tenant="north")
    file.write_text(f'accent = "{WINE}"')
    try:
        eventually(lambda: accent_of(schools, asked(schools, owner, tenant="north")) == WINE, 20)
        file.write_text('accent = "#FFFF00"')
        eventually(
            lambda: asked(schools, owner) and "theme-contrast" in schools.log_file.read_text(), 20
        )
        assert accent_of(schools, asked(schools, owner, tenant="north")) == WINE
    finally:
        file.write_text(f'accent = "{GREEN}"')
    assert accent_of(schools, before) == GREEN


def test_a_theme_that_never_could_be_used_is_answered_with_why(
    schools: Api, themes: Path, owner: str
) -> None:
    file = themes / "pale.toml"
    file.write_text('accent = "#FFFF00"')
    try:
        refused = eventually(lambda: _refused(asked(schools, owner, tenant="pale")), 20)
        assert refused["code"] == "theme-contrast"
        assert "pale: accent: #FFFF00 has a contrast of 1.07:1 on white" in refused["detail"]
        assert asked(schools, owner, tenant="pale", theme="default").status_code == 202
        assert asked(schools, owner, tenant="north").status_code == 202
    finally:
        file.unlink()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("pale", 'accent = "#FFFF00"', "pale.toml: accent: #FFFF00 has a contrast of 1.07:1"),
        ("North", "", "North.toml: the name of a theme"),
    ],
)
def test_the_service_does_not_start_with_a_theme_that_cannot_be_used(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / f"{name}.toml").write_text(text)
    with pytest.raises(SettingsError, match=f"EXPORT_THEMES: {told}"):
        open_themes(Settings(themes=str(tmp_path)))
    with pytest.raises(SettingsError, match=r"EXPORT_THEMES: .* cannot be read"):
        open_themes(Settings(themes=str(tmp_path / "absent")))


def _refused(response: httpx.Response) -> dict[str, Any] | None:
    return response.json() if response.status_code == 422 else None
