"""File names are readable in any script and safe on every file system."""

import unicodedata
from pathlib import Path

import pytest

from activities.model.file_names import extension_of, file_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Photosynthesis", "Photosynthesis.pdf"),
        ("Light & water, part 2", "Light-&-water,-part-2.pdf"),
        ("光合作用", "光合作用.pdf"),
        ("प्रकाश संश्लेषण", "प्रकाश-संश्लेषण.pdf"),
        ("التمثيل الضوئي", "التمثيل-الضوئي.pdf"),
        ("Φωτοσύνθεση 🌱", "Φωτοσύνθεση-🌱.pdf"),
        ("Cafe\u0301", "Café.pdf"),
        ("می\u200cخواهم", "می\u200cخواهم.pdf"),
    ],
)
def test_titles_of_every_script_stay_readable(title: str, name: str) -> None:
    assert file_name(title, "pdf") == name


def test_a_name_has_the_words_of_a_title_without_its_marks() -> None:
    assert file_name("**Photosynthesis** and `H2O`", "pdf") == "Photosynthesis-and-H2O.pdf"
    assert file_name("[Cells](https://a.example/) and 4 more", "pdf") == "Cells-and-4-more.pdf"


@pytest.mark.parametrize("title", ["Photosynthesis", "Part 1.2", "notes.txt", "...", ""])
def test_a_name_tells_its_extension(title: str) -> None:
    assert extension_of(file_name(title, "pdf")) == "pdf"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc-passwd.pdf"),
        ("a/b\\c", "a-b-c.pdf"),
        ('a:b*c?d"e<f>g|h', "a-b-c-d-e-f-g-h.pdf"),
        ("C:\\Windows\\con", "C-Windows-con.pdf"),
        (".hidden", "hidden.pdf"),
        ("ends in dots ...", "ends-in-dots.pdf"),
        ("line\r\nSet-Cookie: x", "line-Set-Cookie-x.pdf"),
        ("a\x00b\x1bc\x7fd", "abcd.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe.pdf"),
        ("\ufeffmark", "mark.pdf"),
        ("lone \ud800 surrogate", "lone-surrogate.pdf"),
        ("wide\u00a0\u2028\u3000space", "wide-space.pdf"),
    ],
)
def test_what_a_file_system_or_a_header_would_take_amiss_is_gone(title: str, name: str) -> None:
    assert file_name(title, "pdf") == name


@pytest.mark.parametrize("title", ["", "   ", "...", "///", "\x00", "\u200d", "- - -"])
def test_title_without_anything_to_keep_has_a_name_all_the_same(title: str) -> None:
    assert file_name(title, "pdf") == "export.pdf"


@pytest.mark.parametrize("title", ["con", "NUL", "Aux", "com1", "LPT9", "con.tar"])
def test_names_of_windows_devices_are_changed(title: str) -> None:
    assert file_name(title, "pdf") == f"_{title}.pdf"


@pytest.mark.parametrize("title", ["Contents", "Auxin", "computer", "Nullstellen"])
def test_words_that_begin_like_a_device_are_not(title: str) -> None:
    assert file_name(title, "pdf") == f"{title}.pdf"


@pytest.mark.parametrize("character", ["a", "é", "光", "𐍈", "🌱", "a\u0301", "x "])
def test_longest_title_fits_every_file_system(character: str, tmp_path: Path) -> None:
    name = file_name(character * 500, "docx")
    assert len(name) <= 90
    assert len(name.encode()) <= 230
    assert name.endswith(".docx")
    assert unicodedata.is_normalized("NFC", name)
    (tmp_path / name).write_bytes(b"")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_cut_leaves_no_separator_at_the_end() -> None:
    assert file_name("a" * 79 + " b", "txt") == "a" * 79 + ".txt"
