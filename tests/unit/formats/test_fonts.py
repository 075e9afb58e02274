"""The font set: fetched by npm or without it, verified, kept in a cache."""

import hashlib
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.TupleVariation import TupleVariation

from activities.formats import fonts
from activities.formats.font_making import static_font
from tests.security.key_server import KeyServer, answering, key_server

FONT = b"not really a font"
HEAVY_SHA256 = "c0d149f774f2d1b7a0914933a5aa71e89b4979fd595979cb591c0b0896182ca1"
"""Of the weight 700 of the font that varies."""


def varying_font() -> bytes:
    """A font of one bar, 100 units wide at weight 400 and 600 at 900."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 500), (100, 500), (100, 0)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "bar"])
    builder.setupCharacterMap({ord("l"): "bar"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "bar": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (600, 0), "bar": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    names = {"familyName": "Varying", "styleName": "Regular", "psName": "Varying-Regular"}
    builder.setupNameTable(names)
    builder.setupOS2()
    builder.setupPost()
    builder.setupFvar([("wght", 400, 400, 900, "Weight")], [])
    wider = TupleVariation(
        {"wght": (0.0, 1.0, 1.0)}, [(0, 0), (0, 0), (500, 0), (500, 0), *[(0, 0)] * 4]
    )
    builder.setupGvar({".notdef": [], "bar": [wider]})
    named = [{"value": 400, "name": "Regular", "flags": 2}, {"value": 700, "name": "Bold"}]
    builder.setupStat([{"tag": "wght", "name": "Weight", "values": named}], elidedFallbackName=2)
    builder.font["head"].created = builder.font["head"].modified = 0
    written = io.BytesIO()
    builder.font.recalcTimestamp = False
    builder.save(written)
    return written.getvalue()


@pytest.fixture
def cache_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "cache"
    monkeypatch.setenv("EXPORT_FONT_PATH", str(directory))
    return directory


@pytest.fixture
def one_package(monkeypatch: pytest.MonkeyPatch) -> fonts.FontPackage:
    """A set of one font."""
    font = fonts.Font("plain", "package/Plain.ttf", hashlib.sha256(FONT).hexdigest())
    package = fonts.FontPackage("@fonts/plain", "1.0.0", "OFL-1.1", (font,))
    monkeypatch.setattr(fonts, "font_packages", lambda: (package,))
    monkeypatch.setattr(fonts, "_fonts_by_name", lambda: {"plain": font})
    return package


def put_npm_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, status: int = 0
) -> Path:
    """An npm that notes its arguments and packs an archive with the content."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        member = tarfile.TarInfo("package/Plain.ttf")
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    (tmp_path / "archive.tgz").write_bytes(archive.getvalue())
    binaries = tmp_path / "bin"
    binaries.mkdir()
    npm = binaries / "npm"
    npm.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ncp {tmp_path}/archive.tgz "$4/x.tgz"\n'
        f"exit {status}\n"
    )
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "calls"


def test_fetches_what_is_missing_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache_directory: Path,
    one_package: fonts.FontPackage,
) -> None:
    calls = put_npm_on_the_path(tmp_path, monkeypatch, FONT)
    said: list[str] = []
    fonts.ensure_fonts(said.append)
    fonts.ensure_fonts(said.append)
    assert len(said) == 1
    assert "@fonts/plain 1.0.0" in said[0]
    assert calls.read_text().startswith("pack @fonts/plain@1.0.0 ")
    assert len(calls.read_text().splitlines()) == 1
    found = fonts.find_font("plain")
    assert found is not None
    assert found.read_bytes() == FONT
    assert [file.name for file in cache_directory.iterdir()] == [found.name]


def test_refuses_other_bytes_than_the_pinned_ones(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache_directory: Path,
    one_package: fonts.FontPackage,
) -> None:
    put_npm_on_the_path(tmp_path, monkeypatch, b"something else")
    with pytest.raises(fonts.FontsUnavailableError, match="pinned"):
        fonts.ensure_fonts(lambda _: None)
    assert list(cache_directory.iterdir()) == []


@contextmanager
def registry(monkeypatch: pytest.MonkeyPatch, body: bytes) -> Iterator[KeyServer]:
    """A registry that has this as every archive."""
    with key_server(answering(200, body)) as server:
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://127.0.0.1:{server.server_port}/")
        yield server


@pytest.mark.parametrize("npm", ["missing", "failing"])
def test_fetches_without_npm_from_the_registry(
    npm: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache_directory: Path,
    one_package: fonts.FontPackage,
) -> None:
    put_npm_on_the_path(tmp_path, monkeypatch, FONT, status=1)
    archive = (tmp_path / "archive.tgz").read_bytes()
    if npm == "missing":
        monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with registry(monkeypatch, archive) as server:
        fonts.ensure_fonts(lambda _: None)
    assert server.asked == ["/@fonts/plain/-/plain-1.0.0.tgz"]
    found = fonts.find_font("plain")
    assert found is not None
    assert found.read_bytes() == FONT


@pytest.mark.parametrize("body", [b"<html>Sign in to the network</html>", b""])
def test_page_of_a_proxy_is_no_archive(
    body: bytes,
    monkeypatch: pytest.MonkeyPatch,
    cache_directory: Path,
    one_package: fonts.FontPackage,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", "/nothing")
    with registry(monkeypatch, body):
        assert fonts.main() == 1
    assert "@fonts/plain does not hold the pinned package/Plain.ttf" in capsys.readouterr().err
    assert list(cache_directory.iterdir()) == []


def test_says_when_neither_npm_nor_the_registry_gives_a_package(
    monkeypatch: pytest.MonkeyPatch,
    cache_directory: Path,
    one_package: fonts.FontPackage,
) -> None:
    monkeypatch.setenv("PATH", "/nothing")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9")
    with pytest.raises(fonts.FontsUnavailableError, match=r"npm is missing.*Connection refused"):
        fonts.ensure_fonts(lambda _: None)


def test_says_when_the_cache_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_package: fonts.FontPackage
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPORT_FONT_PATH", str(tmp_path / "file/fonts"))
    with pytest.raises(fonts.FontsUnavailableError, match="file/fonts: Not a directory"):
        fonts.ensure_fonts(lambda _: None)


def test_a_damaged_font_counts_as_absent(
    cache_directory: Path, one_package: fonts.FontPackage
) -> None:
    cache_directory.mkdir()
    (cache_directory / one_package.fonts[0].file_name).write_bytes(FONT + b"x")
    assert fonts.find_font("plain") is None


def test_the_cache_is_the_users_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPORT_FONT_PATH", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert fonts.font_directory() == Path("/somewhere/export-service/fonts")
    monkeypatch.setenv("EXPORT_FONT_PATH", "/elsewhere")
    assert fonts.font_directory() == Path("/elsewhere")


def put_wheel_in_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """The only package that pip finds, with a variable font."""
    with zipfile.ZipFile(tmp_path / "varying_fonts-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("varying_fonts/Varying[wght].ttf", content)
        described = "Metadata-Version: 2.1\nName: varying-fonts\nVersion: 1.0\n"
        wheel.writestr("varying_fonts-1.0.dist-info/METADATA", described)
        wheel.writestr("varying_fonts-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        wheel.writestr("varying_fonts-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))


def variable_package(sha256: str, version: str = "1.0") -> fonts.FontPackage:
    font = fonts.Font("heavy", "varying_fonts/Varying[wght].ttf", sha256, 700)
    return fonts.FontPackage("varying-fonts", version, "OFL-1.1", (font,), "pypi")


def use_package(monkeypatch: pytest.MonkeyPatch, package: fonts.FontPackage) -> None:
    monkeypatch.setattr(fonts, "font_packages", lambda: (package,))
    monkeypatch.setattr(fonts, "_fonts_by_name", lambda: {package.fonts[0].name: package.fonts[0]})


def test_makes_the_weights_of_a_variable_font_the_same_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_directory: Path
) -> None:
    put_wheel_in_reach(tmp_path, monkeypatch, varying_font())
    # Another version of HarfBuzz or fontTools that makes other bytes asks for new pins.
    use_package(monkeypatch, variable_package(HEAVY_SHA256))
    fonts.ensure_fonts(lambda _: None)
    found = fonts.find_font("heavy")
    assert found is not None
    made = TTFont(found)
    assert "fvar" not in made
    assert made["glyf"]["bar"].xMax == 400
    assert made["name"].getDebugName(6) == "Varying-Bold"


def test_says_which_weight_is_not_the_pinned_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_directory: Path
) -> None:
    put_wheel_in_reach(tmp_path, monkeypatch, varying_font())
    use_package(monkeypatch, variable_package("0" * 64))
    with pytest.raises(fonts.FontsUnavailableError, match=r"pinned .*Varying.* of weight 700"):
        fonts.ensure_fonts(lambda _: None)
    assert list(cache_directory.iterdir()) == []


def test_a_file_that_is_no_variable_font_gives_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_directory: Path
) -> None:
    put_wheel_in_reach(tmp_path, monkeypatch, FONT)
    use_package(monkeypatch, variable_package(HEAVY_SHA256))
    with pytest.raises(fonts.FontsUnavailableError, match="pinned"):
        fonts.ensure_fonts(lambda _: None)


def test_says_when_pip_does_not_give_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_directory: Path
) -> None:
    put_wheel_in_reach(tmp_path, monkeypatch, FONT)
    use_package(monkeypatch, variable_package(HEAVY_SHA256, "2.0"))
    with pytest.raises(fonts.FontsUnavailableError, match=r"pip download varying-fonts==2\.0"):
        fonts.ensure_fonts(lambda _: None)


def test_unpacks_a_font_for_the_web() -> None:
    plain = TTFont(io.BytesIO(varying_font()))
    plain.flavor = "woff"
    packed = io.BytesIO()
    plain.save(packed)
    made = TTFont(io.BytesIO(static_font(packed.getvalue(), None)))
    assert made.flavor is None
    assert made.getBestCmap() == plain.getBestCmap()


def test_every_font_of_the_set_is_pinned_with_a_licence() -> None:
    packages = fonts.font_packages()
    names = [font.name for package in packages for font in package.fonts]
    assert len(names) == len(set(names))
    assert {package.licence for package in packages} == {"OFL-1.1"}
    assert all(len(font.sha256) == 64 for package in packages for font in package.fonts)
