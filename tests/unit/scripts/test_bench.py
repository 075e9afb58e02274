"""The benchmarks run and report; how fast they are is not judged here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from activities.formats.testing import Recorder
from activities.model.content import PART_NAMES
from activities.model.jobs import Status
from scripts.bench import BENCHMARKS
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_baselines import BASELINES
from scripts.benchmarks.render_case import SERVICE, WITHOUT_CONTENTS, renderer_of
from scripts.benchmarks.steady_load import SteadyLoad, add_content
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import Stack
from scripts.validation.readers import TEXT_OF
from tests.waiting import eventually


def bench(tmp_path: Path, *arguments: str, database: str = "") -> tuple[dict[str, Any], str]:
    """The result as written to a file, and what was printed.

    Args:
        tmp_path: for the file.
        arguments: of the command.
        database: URL of a running service's records; empty: SQLite in its directory.
    """
    file = tmp_path / "result.json"
    result = subprocess.run(
        [sys.executable, str(CHECKOUT / "scripts" / "bench.py"), *arguments, "--json", str(file)],
        env=os.environ | {"EXPORT_DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    report: dict[str, Any] = json.loads(file.read_bytes())
    return report, result.stdout


def test_overhead_compares_exports_with_workflows_of_no_ops(stack: Stack, tmp_path: Path) -> None:
    arguments = ("overhead", "--stack", str(stack.data_dir), "--runs", "3", "--warm-up", "1")
    report, printed = bench(tmp_path, *arguments)
    accepted, downloaded, noop = report["rows"]
    assert 0 < accepted["min ms"] < downloaded["min ms"]
    ratio = report["summary"]["median, export / no-ops"]
    assert ratio == downloaded["median ms"] / noop["median ms"]
    assert "workflow of three no-ops" in printed
    assert f"{report['machine']['cores']} cores" in printed


def test_service_that_does_not_run_is_not_measured(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(CHECKOUT / "scripts" / "bench.py"), "overhead", "--stack", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "no service runs" in result.stderr


@pytest.mark.long
def test_throughput_says_what_an_export_costs_each_process(stack: Stack, tmp_path: Path) -> None:
    arguments = ("--stack", str(stack.data_dir), "--exports", "6", "--at-once", "3")
    database = stack.settings.database_url
    report, printed = bench(tmp_path, "throughput", *arguments, database=database)
    exports, noops = report["rows"]
    assert report["settings"]["exports"] == 6
    assert report["summary"]["exports / no-op workflows"] == (
        exports["per second"] / noops["per second"]
    )
    assert exports["worker-express CPU ms"] > 0
    assert noops["api CPU ms"] == 0
    assert "temporal CPU ms" in printed


@pytest.mark.long
def test_renderers_are_compared_with_their_baselines(tmp_path: Path) -> None:
    report, printed = bench(
        tmp_path, "render", "json", "csv", "docx", "--items", "2", "--runs", "1"
    )
    rows = {row["format"].strip(): row for row in report["rows"]}
    # pandoc is compared too where it is installed.
    assert rows.keys() - {"pandoc"} == {
        "json",
        "json.dumps",
        "csv",
        "csv.writer",
        "docx",
        "python-docx",
    }
    assert all(row["CPU s"] > 0 and row["following"] > 0 for row in rows.values())
    assert report["summary"].keys() >= {
        "json, CPU / json.dumps",
        "json, CPU / json.dumps, without reading",
        "json, CPU / json.dumps, without reading, following",
        "csv, CPU / csv.writer",
        "docx, CPU / python-docx",
    }
    assert "peak MB" in printed


@pytest.mark.long
def test_each_kind_of_request_is_measured(stack: Stack, tmp_path: Path) -> None:
    few = ("--requests", "4", "--jobs", "200", "--seconds", "2")
    arguments = ("api", "--stack", str(stack.data_dir), *few)
    report, _ = bench(tmp_path, *arguments, database=stack.settings.database_url)
    what = [row["what"] for row in report["rows"]]
    assert what[:2] == ["read a job", "bare handler of a job"]
    assert what[2:4] == ["list 20 jobs", "bare handler of a page"]
    assert all(row["median ms"] > 0 and row["per second"] > 0 for row in report["rows"])
    assert report["summary"]["read a job, requests a second / bare handler"] > 0


@pytest.mark.long
def test_events_are_followed_by_one_and_by_many(stack: Stack, tmp_path: Path) -> None:
    arguments = ("--stack", str(stack.data_dir), "--watchers", "20", "--jobs", "3", "--steps", "2")
    database = stack.settings.database_url
    report, _ = bench(tmp_path, "watch", *arguments, database=database)
    assert [row["what"] for row in report["rows"]] == [
        "1 jobs, 1 watchers",
        "1 jobs, 20 watchers",
        "3 jobs, 3 watchers",
    ]
    summary = report["summary"]
    assert 0 < summary["latest event of a step, ms"] <= summary["latest event of all, ms"] < 10_000


def test_load_is_what_owners_do_and_none_of_it_fails(stack: Stack) -> None:
    item_ids = add_content(stack.settings)
    with SteadyLoad(stack.info, stack.settings, item_ids, rate=20) as load:
        # By then each caller has had a turn of every kind.
        eventually(lambda: load.answers.keys() >= {"POST", "GET", "list", "watch"})
        load.stop_calling()
        eventually(lambda: not load.under_way)
    assert load.trouble == {}
    assert len(load.ended) == load.accepted
    assert {each.status for each in load.ended} <= {Status.COMPLETED, Status.CANCELLED}


def test_formulas_that_are_the_same_are_laid_out_once(tmp_path: Path) -> None:
    arguments = ("maths", "--formulas", "30", "--distinct", "6", "--runs", "1")
    report, _ = bench(tmp_path, *arguments)
    assert {row["what"]: row["laid out"] for row in report["rows"]} == {
        "pdf, 6 distinct": 6,
        "pdf, 30 distinct": 30,
        "docx, 6 distinct": 6,
        "docx, 30 distinct": 30,
    }


def test_pictures_are_measured_beside_decoding_them(tmp_path: Path) -> None:
    report, _ = bench(tmp_path, "pictures", "--pictures", "2", "--runs", "1")
    assert set(report["summary"]) == {
        "pdf, CPU added / decoding",
        "docx, CPU added / decoding",
    }


def test_rounds_are_measured_beside_those_over_few_owners(tmp_path: Path) -> None:
    report, _ = bench(tmp_path, "rounds", "--owners", "20")
    figures = {row["what"]: row["figure"] for row in report["rows"]}
    assert len(figures) == 4
    assert all(figure > 0 for figure in figures.values())


@pytest.mark.long
def test_growth_is_measured_from_size_to_size(tmp_path: Path) -> None:
    arguments = ("scale", "--sizes", "1", "2", "60", "--formats", "json", "csv")
    report, _ = bench(tmp_path, *arguments)
    assert [row["items"] for row in report["rows"]] == ["1", "2", "60"] * 2
    sizes = [row["file MB"] for row in report["rows"]]
    assert sizes[:3] == sorted(sizes[:3])
    assert report["summary"]["json, 60 items / 2: peak memory"] >= 1


def test_a_pdf_is_measured_without_its_contents_too() -> None:
    items = list(corpus(2))
    whole = renderer_of("pdf", SERVICE)(items, len(items))
    assert 0 < renderer_of("pdf", WITHOUT_CONTENTS)(items, len(items)) < whole


def test_each_benchmark_is_explained() -> None:
    explained = (CHECKOUT / "docs" / "performance.md").read_text()
    assert [name for name in BENCHMARKS if f"| `{name}` |" not in explained] == []


def test_downloads_are_compared_with_a_plain_file(stack: Stack, tmp_path: Path) -> None:
    if stack.settings.storage_url:
        pytest.skip("the server's plain answer is a file of its own disk")
    arguments = ("--stack", str(stack.data_dir), "--large", "3", "--small", "1")
    few = ("--at-once", "4", "--rounds", "2")
    report, _ = bench(tmp_path, "download", *arguments, *few, database=stack.settings.database_url)
    assert all(row["MB/s"] > 0 for row in report["rows"])
    assert report["summary"]["1 x 3 MB, MB/s / plain file"] > 0


@pytest.mark.long
def test_attacks_are_measured_beside_their_absence_and_a_goal(stack: Stack, tmp_path: Path) -> None:
    arguments = ("--stack", str(stack.data_dir), "--attack", "formulas behind other separators")
    database = stack.settings.database_url
    report, _ = bench(tmp_path, "attacks", *arguments, database=database)
    [row] = report["rows"]
    assert row["alone"] > row["beside"] == row["goal"] == 0
    assert row["holds"] == "yes"
    assert report["summary"]["goals that do not hold"] == 0


@pytest.mark.long
def test_starts_are_measured(tmp_path: Path) -> None:
    report, _ = bench(tmp_path, "startup", "--runs", "1")
    figures = {row["what"]: row["median ms"] for row in report["rows"]}
    assert figures["first start, with demo content"] > 0
    assert figures["process and imports: worker"] > figures["process and imports: Python itself"]


def test_corpus_is_the_same_every_time_and_in_several_scripts() -> None:
    items = list(corpus(40))
    assert items == list(corpus(50))[:40]
    assert {item.language for item in items} == {"en", "zh", "ar", "hi", "el"}
    assert all(len(item.parts()) == len(PART_NAMES) for item in items)
    words = [len((item.study_guide or "").split()) for item in items]
    assert 1_000 < sum(words) / len(words) < 1_500


@pytest.mark.parametrize("format_id", ["csv", "docx", "pdf", "xlsx"])
def test_baseline_renders_the_content_too(format_id: str, tmp_path: Path) -> None:
    [item] = corpus(1)
    file = tmp_path / f"baseline.{format_id}"
    render = next(iter(BASELINES[format_id].values()))
    with file.open("wb") as out:
        render([item], out, Recorder())
    text = TEXT_OF[format_id](file)
    assert item.title in text
    assert item.flashcards is not None
    assert item.flashcards[0].back.split()[0] in text
