"""Theme files: what is taken, and what is refused with what reason."""

import os
import re
from io import BytesIO
from pathlib import Path

import PIL.Image
import pytest
from fontTools.ttLib import TTFont, newTable

from activities.documents.design.colours import WHITE, Colour, contrast
from activities.documents.design.design import derived_accent
from activities.documents.design.theme_contrast import nearest_shade
from activities.documents.design.theme_error import ThemeError
from activities.documents.design.theme_files import read_theme, theme_names
from activities.formats.fonts import find_font
from activities.model.themes import Theme

PATH = '<path d="M0 0h40v10H0z" fill="#123456"/>'


def png(width: int, height: int) -> bytes:
    out = BytesIO()
    PIL.Image.new("RGB", (width, height), "#336699").save(out, "PNG")
    return out.getvalue()


def jpeg(width: int, height: int) -> bytes:
    out = BytesIO()
    PIL.Image.new("RGB", (width, height), "#336699").save(out, "JPEG")
    return out.getvalue()


def svg(inner: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10">{inner}</svg>'.encode()


def font(**changes: int) -> bytes:
    file = find_font("sans")
    assert file is not None
    with TTFont(file) as made:
        for name, value in changes.items():
            setattr(made["OS/2"], name, value)
        out = BytesIO()
        made.save(out)
    return out.getvalue()


def written(directory: Path, text: str, **files: bytes) -> Theme:
    for name, data in files.items():
        (directory / name.replace("__", ".")).write_bytes(data)
    (directory / "north.toml").write_text(text)
    return read_theme(directory, "north").theme


def refusal(directory: Path, text: str, **files: bytes) -> ThemeError:
    with pytest.raises(ThemeError) as caught:
        written(directory, text, **files)
    return caught.value


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert written(tmp_path, "") == Theme()


def test_each_member_is_read(tmp_path: Path) -> None:
    bold = font()
    theme = written(
        tmp_path,
        'shared = true\naccent = "#0b5d4a"\nsubjects = {history = "#7A1531"}\nlogo = "logo.png"\n'
        'header_text = " North School "\nfooter_text = "Room 4"\nlicence = "CC BY 4.0"\n'
        'cover_style = "light"\nmotif = "orbits"\nradius = 2\n'
        'text_font = {regular = "a.ttf", bold = "b.ttf"}\n',
        logo__png=png(800, 100),
        a__ttf=font(),
        b__ttf=bold,
    )
    assert (theme.accent, theme.subjects) == ("#0B5D4A", {"history": "#7A1531"})
    assert theme.logo == png(800, 100)
    assert (theme.header_text, theme.footer_text) == ("North School", "Room 4")
    assert (theme.licence, theme.cover_style, theme.motif) == ("CC BY 4.0", "light", "orbits")
    assert theme.radius == 2
    assert theme.text_font is not None
    assert theme.text_font.name == "Source Sans 3"
    assert theme.text_font.bold == bold
    assert read_theme(tmp_path, "north").shared


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('accent = "red"', "accent"),
        ('acent = "#0B5D4A"', "acent"),
        ('subjects = {alchemy = "#0B5D4A"}', "alchemy"),
        (f'header_text = "{"x" * 61}"', "header_text"),
        (f'footer_text = "{"x" * 91}"', "footer_text"),
        (f'licence = "{"x" * 121}"', "licence"),
        ('licence = "one\\ntwo"', "licence"),
        ("radius = 5.5", "radius"),
        ("radius = -1", "radius"),
        ('cover_style = "none!"', "cover_style"),
        ("accent = ", "is no TOML"),
    ],
)
def test_a_wrong_member_is_named(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in str(refusal(tmp_path, text))


def test_a_light_accent_is_refused_with_what_was_measured_and_a_shade_that_passes(
    tmp_path: Path,
) -> None:
    error = refusal(tmp_path, 'subjects = {arts = "#F2A900"}')
    assert error.code == "theme-contrast"
    told = re.fullmatch(
        r"subjects\.arts: #F2A900 has a contrast of 2\.00:1 on white and 1\.89:1 on its tint; text "
        r"needs 4\.5:1\. The nearest shade that has it is (#[0-9A-F]{6}), with "
        r"([\d.]+):1 on white and ([\d.]+):1 on its tint\.",
        str(error),
    )
    assert told
    shade, on_white, on_tint = told.groups()
    assert 4.5 <= float(on_tint) < 4.6 < float(on_white)
    assert written(tmp_path, f'subjects = {{arts = "{shade}"}}').subjects == {"arts": shade}


@pytest.mark.parametrize("base", ["#FFFFFF", "#FF0000", "#00FF00", "#777777", "#FFFF00"])
def test_the_nearest_shade_passes_and_a_lighter_one_would_not(base: str) -> None:
    shade = nearest_shade(Colour(base))
    tint = derived_accent(shade).tint
    assert min(contrast(shade, WHITE), contrast(shade, tint)) >= 4.5
    assert contrast(shade, tint) < 4.7


def test_a_colour_that_is_dark_on_white_alone_is_refused(tmp_path: Path) -> None:
    base = Colour("#767676")
    assert contrast(base, WHITE) > 4.5 > contrast(base, derived_accent(base).tint)
    assert refusal(tmp_path, f'accent = "{base}"').code == "theme-contrast"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../outside.png", "is no name of a file"),
        ("/etc/passwd", "is no name of a file"),
        ("sub/logo.png", "is no name of a file"),
        ("..", "is no name of a file"),
        ("..\\outside.png", "is no name of a file"),
        ("link.png", "leads out of the theme's directory"),
        ("link-dir", "leads out of the theme's directory"),
        ("round.png", "cannot be read"),
        ("pipe.png", "is no file"),
        ("sub", "Is a directory"),
        ("absent.png", "No such file"),
    ],
)
def test_nothing_outside_the_directory_is_read(tmp_path: Path, name: str, reason: str) -> None:
    directory = tmp_path / "themes"
    (directory / "sub").mkdir(parents=True)
    (tmp_path / "outside.png").write_bytes(png(800, 200))
    (directory / "sub" / "logo.png").write_bytes(png(800, 200))
    (directory / "link.png").symlink_to(tmp_path / "outside.png")
    (directory / "link-dir").symlink_to(tmp_path)
    (directory / "round.png").symlink_to(directory / "round.png")
    os.mkfifo(directory / "pipe.png")
    error = refusal(directory, f"logo = '{name}'")
    assert reason in str(error)
    assert str(error).startswith("logo: ")


def test_a_theme_file_is_no_link_out_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.toml").write_text('accent = "#0B5D4A"')
    directory = tmp_path / "themes"
    directory.mkdir()
    (directory / "north.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(ThemeError, match="leads out"):
        read_theme(directory, "north")


def test_links_within_the_directory_are_how_orchestrators_mount_files(tmp_path: Path) -> None:
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026" / "north.toml").write_text('accent = "#0B5D4A"')
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "north.toml").symlink_to("..data/north.toml")
    assert theme_names(tmp_path) == ["north"]
    assert read_theme(tmp_path, "north").theme.accent == "#0B5D4A"


@pytest.mark.parametrize("name", ["North", "-north", "a b", "n" * 65, "nörd", ".hidden"])
def test_a_name_that_no_theme_has_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.toml").write_text("")
    with pytest.raises(ThemeError, match="the name of a theme"):
        theme_names(tmp_path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png(300, 60), "120 an inch"),
        (jpeg(300, 60), "120 an inch"),
        (b"\x89PNG\r\n\x1a\n", "is neither PNG"),
        (b"GIF89a" + b"\0" * 40, "is neither PNG"),
        (png(800, 200) + b"\0" * 1_000_000, "more than 1,000,000 bytes"),
        (b"\xff\xd8\xff\xd9", "does not say its size"),
        (svg("<script>1</script>"), "<script>"),
        (svg('<image href="file:///etc/passwd"/>'), "<image>"),
        (svg(PATH + '<path d="M0 0h1" fill="red"/>'), "several colours"),
        (svg('<path d="M0 0" style="fill:url(x)"/>'), "styles"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg(PATH), "entities"),
        (b"<svg", "cannot be read"),
        (b"<html/>", "<html>"),
    ],
)
def test_a_hostile_or_coarse_logo_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    assert reason in str(refusal(tmp_path, 'logo = "logo"', logo=data))


@pytest.mark.parametrize("data", [png(750, 80), png(200, 200), jpeg(800, 100), svg(PATH)])
def test_a_logo_that_prints_well_is_taken(tmp_path: Path, data: bytes) -> None:
    assert written(tmp_path, 'logo = "logo"', logo=data).logo == data


def variable() -> bytes:
    with TTFont(BytesIO(font())) as made:
        made["fvar"] = newTable("fvar")
        made["fvar"].axes, made["fvar"].instances = [], []
        out = BytesIO()
        made.save(out)
    return out.getvalue()


def without_umlauts() -> bytes:
    with TTFont(BytesIO(font())) as made:
        for table in made["cmap"].tables:
            for code in map(ord, "äöü"):
                table.cmap.pop(code, None)
        out = BytesIO()
        made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"OTTO" + b"\0" * 20, "has CFF outlines"),
        (b"wOF2" + b"\0" * 20, "is no TrueType font"),
        (b"\x00\x01\x00\x00" + b"\xff" * 200, "cannot be read"),
        (font()[:5_000], "cannot be read"),
        (font(fsType=0x0002), "forbids to embed it (fsType 0x0002)"),
        (font(fsType=0x0100), "cannot be embedded in parts (fsType 0x0100)"),
        (variable(), "is a variable font"),
        (without_umlauts(), "lacks 3 characters of Latin-1, such as ä ö ü"),
        (b"\x00\x01\x00\x00" + b"\0" * 2_000_000, "more than 2,000,000 bytes"),
    ],
)
def test_a_font_that_cannot_be_embedded_is_refused(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    error = refusal(tmp_path, 'heading_font = {regular = "f.ttf"}', f__ttf=data)
    assert str(error).startswith("heading_font.regular: ")
    assert reason in str(error)
