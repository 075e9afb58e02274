"""A theme on its whole way: from its file by the token's claim into the file that is downloaded."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from scripts.dev.credentials import issue_token
from scripts.dev.stack import DEMO_SCOPE, Stack
from tests.client import ServiceClient
from tests.engines.choice import current
from tests.waiting import eventually

pytestmark = pytest.mark.long

GREEN, WINE = "0B5D4A", "7A1531"


def accent(client: ServiceClient, job: dict[str, Any]) -> str:
    done = client.wait(job["job_id"])
    assert done["status"] == "completed", done
    with ZipFile(io.BytesIO(client.download(done))) as package:
        names = package.namelist()
        if "manifest.json" in names:
            [name] = [name for name in names if name.endswith(".docx")]
            with ZipFile(io.BytesIO(package.read(name))) as inner:
                theme = inner.read("word/theme/theme1.xml").decode()
        else:
            theme = package.read("word/theme/theme1.xml").decode()
    _, _, rest = theme.partition("<a:accent1>")
    return rest.partition('val="')[2][:6]


def test_a_file_has_the_theme_with_which_its_job_was_accepted(tmp_path: Path) -> None:
    themes = tmp_path / "themes"
    themes.mkdir()
    file = themes / "north.toml"
    file.write_text(f'accent = "#{GREEN}"')
    settings = current().variables(tmp_path) | {"EXPORT_THEMES": str(themes)}
    with Stack(tmp_path, render_workers=1, settings=settings) as stack:

        def client(tenant: str = "") -> ServiceClient:
            owner, life = "teacher-1", timedelta(hours=1)
            return ServiceClient(
                stack.api, issue_token(stack.settings, owner, DEMO_SCOPE, life, tenant)
            )

        with client("north") as school, client() as nobody:
            first = school.bulk("docx", max_items=1)
            assert accent(school, first) == GREEN
            assert accent(nobody, nobody.bulk("docx", max_items=1)) not in {GREEN, WINE}
            again = school.bulk("docx", max_items=1, reuse=True)
            assert again["reused"], "the same theme is the same file"
            many = {"formats": ["docx", "csv"], "max_items": 1}
            bundle = school.http.post("/api/export/bulk", json=many).json()
            assert accent(school, bundle) == GREEN
            file.write_text(f'accent = "#{WINE}"')
            assert eventually(lambda: _changed(school), 30)
            assert accent(school, school.bulk("docx", max_items=1, reuse=True)) == WINE


def _changed(school: ServiceClient) -> bool:
    job = school.bulk("docx", max_items=1)
    return accent(school, job) == WINE
