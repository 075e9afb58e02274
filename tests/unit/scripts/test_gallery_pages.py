"""Pages that pictures of packages and texts are taken of hold what is in the files."""

from pathlib import Path

import pytest

from activities.formats.testing import render
from activities.model.options import RenderOptions
from scripts.dev.frames import drawn
from scripts.dev.receivers import assessment_pages, bank_pages, course_pages
from scripts.dev.text_files import line_page, note_pages, table_pages
from scripts.gallery import demo_items


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / f"export.{request.param}"
    data, _ = render(request.param, demo_items(), RenderOptions(title="Three lessons"))
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("file", ["imscc"], indirect=True)
def test_a_course_has_its_modules_a_page_and_a_quiz(file: Path) -> None:
    modules, page, quiz = (each.read_text() for each in course_pages(file, file.parent))
    assert modules.count("<h3") == 3
    assert modules.count(">Page<") == 9
    assert modules.count(">Quiz<") == 3
    assert "26 questions" in modules
    assert "<math" in page
    assert r"\(" not in page + quiz
    assert 'src="media/' in page
    assert "98 g of sulphuric acid" in quiz
    assert quiz.count('class="reply"') == 7


@pytest.mark.parametrize("file", ["moodle"], indirect=True)
def test_a_bank_tells_graders_what_learners_do_not_see(file: Path) -> None:
    bank, matching, essay = (each.read_text() for each in bank_pages(file, file.parent))
    assert bank.count('class="row"') == 25
    assert "Proton donor" in matching
    assert matching.count("<select>") == 12
    assert "For graders: <div" in essay


@pytest.mark.parametrize("file", ["qti"], indirect=True)
def test_a_test_shows_rubrics_to_scorers_alone(file: Path) -> None:
    sections, learner, scorer = (each.read_text() for each in assessment_pages(file, file.parent))
    assert "14 questions" in sections
    assert learner.count('class="reply"') == 7
    assert 'class="scorer"' not in learner
    assert scorer.count('class="scorer"') == 14


@pytest.mark.parametrize("file", ["tsv"], indirect=True)
def test_a_table_has_a_row_a_card(file: Path) -> None:
    source, table = (each.read_text() for each in table_pages(file, file.parent))
    assert source.count("⇥") - 1 == table.count("<tr>") - 1 == 20


@pytest.mark.parametrize("file", ["jsonl"], indirect=True)
def test_each_line_has_its_number_and_coloured_names(file: Path) -> None:
    text = line_page(file, file.parent).read_text()
    assert text.count('class="line"') == 3
    assert '<bdi class="key">&quot;title&quot;</bdi>:' in text


@pytest.mark.office
@pytest.mark.parametrize("file", ["markdown"], indirect=True)
def test_a_note_stands_beside_its_source_and_its_files(file: Path) -> None:
    files, source, note = (each.read_text() for each in note_pages(file, file.parent))
    assert files.count("study-guide.md") == 3
    assert '<bdi class="mark">$$n = ' in source
    assert "<math" in note
    assert "<table>" in note
    assert "$" not in note.partition("<main>")[2]


def test_tex_is_drawn_and_what_cannot_be_read_stays() -> None:
    assert drawn(r"<p>\( a &lt; b \)</p>").count("<mo>&lt;</mo>") == 1
    assert 'display="block"' in drawn(r"\[ x \]")
    assert drawn(r"\( \frac{ \)") == r"\( \frac{ \)"
