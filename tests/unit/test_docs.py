"""Pages for people name files and modules that exist."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from activities.documents import conversion_warnings
from activities.model.quality import PoorItem
from activities.model.warnings import (
    FURTHER_WARNINGS,
    more_matched,
    no_receipt,
    quality_excluded,
    quality_flagged,
    quality_refused,
    skipped,
    surrogates_replaced,
)
from scripts.gallery import PICTURED

_CHECKOUT = Path(__file__).resolve().parents[2]
_PAGES = sorted([*_CHECKOUT.glob("*.md"), *_CHECKOUT.glob("docs/*.md")])
_FOLDERS = ("activities", "deploy", "docs", "scripts", "tests", "web", "workflows")
_PATH = re.compile(rf"(?<![\w/.:-])(?:{'|'.join(_FOLDERS)})/[\w./-]*[\w/]")
_FILE_NAME = re.compile(r"`([\w-]+\.(?:css|html|js|lock|md|py|sh|toml|yaml|yml))`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
_MODULE = re.compile(r"-m ((?:activities|scripts|tests|web)(?:\.\w+)*)")
_WARNING = re.compile(r"ExportWarning\(\s*\"([a-z-]+)\"")
_PICTURE_BYTES = 150_000
# Readers of docs/plugins.md write these in a package of their own.
_OF_READERS = {"tests/test_opml.py"}


def _name(page: Path) -> str:
    return page.relative_to(_CHECKOUT).as_posix()


@pytest.fixture(scope="module")
def file_names() -> set[str]:
    names = {path.name for path in _CHECKOUT.iterdir()}
    for folder in _FOLDERS:
        names.update(path.name for path in (_CHECKOUT / folder).rglob("*"))
    return names


@pytest.mark.parametrize("page", _PAGES, ids=_name)
def test_what_a_page_names_exists(page: Path, file_names: set[str]) -> None:
    text = page.read_text()
    paths = set(_PATH.findall(text)) - _OF_READERS
    missing = [path for path in paths if not (_CHECKOUT / path).exists()]
    missing += [link for link in _LINK.findall(text) if not (page.parent / link).exists()]
    missing += [name for name in _MODULE.findall(text) if importlib.util.find_spec(name) is None]
    missing += [name for name in _FILE_NAME.findall(text) if name not in file_names]
    assert missing == []


def test_each_room_is_in_the_table_of_rooms() -> None:
    rows = re.findall(
        r"^\| `([\w/]+)/` \|", (_CHECKOUT / "ARCHITECTURE.md").read_text(), re.MULTILINE
    )
    packages = [_CHECKOUT / "workflows", *_CHECKOUT.glob("activities/*"), *_CHECKOUT.glob("web/*")]
    rooms = {_name(path) for path in packages if (path / "__init__.py").exists()}
    assert rooms - set(rows) == set()


def test_each_warning_is_explained() -> None:
    codes = set(conversion_warnings._DETAILS) - {FURTHER_WARNINGS}
    codes |= {
        tell(PoorItem("a", "", "")).code
        for tell in (quality_excluded, quality_flagged, quality_refused)
    }
    codes |= {no_receipt().code}
    codes |= {skipped("a", "").code, more_matched(1, 1, 1).code, surrogates_replaced("a", 1).code}
    for path in (_CHECKOUT / "activities").rglob("*.py"):
        codes.update(_WARNING.findall(path.read_text()))
    rows = (_CHECKOUT / "docs/formats.md").read_text().partition("\n| code | of |")[2]
    told = [line.split("|")[1] for line in rows.partition("\n\n")[0].splitlines()[2:]]
    assert sorted(re.findall(r"`([a-z-]+)`", " ".join(told))) == sorted(codes)


def test_each_picture_of_a_format_is_shown_where_the_format_is_explained() -> None:
    sections = (_CHECKOUT / "docs/formats.md").read_text().split("\n### ")[1:]
    shown = [
        name for text in sections for name in re.findall(r"!\[\w.+\]\(gallery/(\w+)\.png\)", text)
    ]
    assert sorted(shown) == sorted(PICTURED)
    drawn = {path.stem: path.stat().st_size for path in (_CHECKOUT / "docs/gallery").glob("*.png")}
    assert {*PICTURED} == set(drawn) - {"page"}
    assert max(drawn.values()) < _PICTURE_BYTES


def test_each_alert_leads_to_its_runbook() -> None:
    alerts = yaml.safe_load((_CHECKOUT / "deploy/prometheus/alerts.yml").read_text())
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    runbooks = (_CHECKOUT / "docs/runbooks.md").read_text()
    sections = set(re.findall(r"^## (\w+)$", runbooks, re.MULTILINE))
    assert sections == {rule["alert"] for rule in rules}
    for rule in rules:
        wanted = f"docs/runbooks.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook_url"] == wanted
