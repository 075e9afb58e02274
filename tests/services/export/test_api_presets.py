"""Presets and answers over HTTP: a bundle of options is what it says, and single options win."""

from typing import Any

import httpx
import pytest

from activities.model.catalog import formats
from activities.model.presets import PRESETS
from tests.services.export.api_kit import Api


def post(api: Api, owner: str, body: dict[str, Any]) -> httpx.Response:
    with api.client(owner) as client:
        return client.post("/api/export/", json=body)


def kept(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 202, response.text
    options: dict[str, Any] = response.json()["options"]
    return options


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_kept_as_the_options_that_it_stands_for(
    api: Api, owner: str, name: str
) -> None:
    body = {"content_ids": api.add_content(owner, 1), "format": "pdf"}
    described = PRESETS[name].options  # type: ignore[index]

    by_name = kept(post(api, owner, {**body, "preset": name}))
    one_by_one = kept(post(api, owner, {**body, **described}))

    assert by_name == one_by_one
    assert "preset" not in by_name
    known = formats()["pdf"].option_names()
    for option, value in described.items():
        if option not in known:
            continue
        assert by_name[option] == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"preset": "handout", "answers": "none"}, {"answers": "none", "include_answers": False}),
        ({"preset": "learner", "include_answers": True}, {"answers": "below"}),
        ({"preset": "handout", "include_answers": True}, {"answers": "key"}),
        ({"preset": "handout", "include_answers": False}, {"answers": "none"}),
        ({"preset": "teacher", "include_quality_metrics": False}, {"include_metadata": True}),
        ({"preset": "cards", "cards": "list", "cover": None}, {"cards": "list", "cover": None}),
        ({"preset": None, "answers": "key"}, {"answers": "key", "include_answers": True}),
        ({"include_answers": False}, {"answers": "none", "include_answers": False}),
        ({"include_answers": False, "answers": "none"}, {"answers": "none"}),
        ({}, {"answers": "below", "include_answers": True}),
    ],
)
def test_single_options_win(
    api: Api, owner: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    [item] = api.add_content(owner, 1)
    options = kept(post(api, owner, {"content_ids": [item], "format": "pdf", **body}))
    assert options.items() >= expected.items()


@pytest.mark.parametrize(("answers", "include"), [("key", False), ("below", False), ("none", True)])
def test_two_different_words_on_answers_are_an_error(
    api: Api, owner: str, answers: str, include: bool
) -> None:
    options = {"answers": answers, "include_answers": include}
    response = post(api, owner, {"content_ids": ["a"], "format": "pdf", **options})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["pointer"] == "/answers"
    assert f"answers: {answers} and include_answers: {str(include).lower()}" in error["detail"]


def test_a_preset_that_there_is_not_is_told(api: Api, owner: str) -> None:
    response = post(api, owner, {"content_ids": ["a"], "format": "pdf", "preset": "poster"})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["pointer"] == "/preset"
    assert "handout" in error["detail"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"preset": "learner"}, {"answers": "none", "include_metadata": False}),
        ({"answers": "none"}, {"include_answers": False}),
        (
            {"preset": "data", "csv_layout": "rows"},
            {"include_quality_metrics": True, "include_metadata": True},
        ),
    ],
)
def test_a_repeat_in_other_words_is_the_same_request(
    api: Api, owner: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    body = {"content_ids": api.add_content(owner, 1), "format": "docx"}
    headers = {"Idempotency-Key": "once"}
    with api.client(owner) as client:
        made = client.post("/api/export/", json={**body, **first}, headers=headers)
        repeated = client.post("/api/export/", json={**body, **second}, headers=headers)
        other = client.post("/api/export/", json={**body, "answers": "key"}, headers=headers)
    assert (made.status_code, repeated.status_code) == (202, 202)
    assert repeated.json()["job_id"] == made.json()["job_id"]
    assert other.status_code == 422


def test_the_description_tells_what_each_preset_means(api: Api) -> None:
    with api.client() as client:
        schemas = client.get("/docs/openapi.json").json()["components"]["schemas"]
    described = schemas["CreateExportRequest"]["properties"]["preset"]
    assert described["anyOf"][-1] == {"type": "null"} or None in described.get("enum", ())
    for name, preset in PRESETS.items():
        assert f"`{name}` ({preset.description.rstrip('.')}" in described["description"]
    assert '`answers: "key"`' in described["description"]
