"""The command that checks theme files, and the example of the documentation."""

import re
from pathlib import Path

import pytest

from activities.documents.design.theme_files import read_theme
from activities.formats.fonts import find_font
from scripts.check_theme import main
from tests.unit.documents.design.test_theme_files import PATH, svg

_PAGE = (Path(__file__).parents[3] / "docs" / "themes.md").read_text()


def example(directory: Path) -> None:
    found = re.search(r"```toml\n# (\S+)\n(.*?)```", _PAGE, re.DOTALL)
    assert found
    name, text = found.groups()
    (directory / name).write_text(text)
    (directory / "north-school.svg").write_bytes(svg(PATH))
    font = find_font("sans")
    assert font is not None
    (directory / "north-sans.ttf").write_bytes(font.read_bytes())


def test_the_example_of_the_documentation_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example(tmp_path)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "north-school: can be used\n"
    theme = read_theme(tmp_path, "north-school").theme
    assert (theme.header_text, theme.cover_style) == ("North School", "light")
    assert theme.heading_font is not None


def test_what_is_wrong_is_told_of_each_theme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example(tmp_path)
    (tmp_path / "pale.toml").write_text('accent = "#FFFF00"')
    (tmp_path / "broken.toml").write_text('logo = "logo.png"')
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x03\x20\0\0\0\xc8\x08\2\0\0\0"
    (tmp_path / "logo.png").write_bytes(head)
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("broken: logo: cannot be decoded")
    assert told[1] == "north-school: can be used"
    assert told[2].startswith("pale: accent: #FFFF00 has a contrast of 1.07:1 on white")
    assert told[2].endswith("(theme-contrast)")
    assert main([str(tmp_path / "absent")]) == 1
    assert "cannot be read" in capsys.readouterr().err
