"""Renderers that workers cannot use are named with their package."""

import sys
from collections.abc import Iterator
from types import MappingProxyType, ModuleType
from typing import Any

import msgspec
import pytest

from activities.formats import catalog as loading
from activities.formats.catalog import RendererError, load
from activities.model.catalog import Catalog, formats


class Whole:
    def write(self, *_: Any) -> None:
        """Write nothing."""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module that a package's format names; nothing is kept of what was loaded from it."""
    made = ModuleType("opml_format")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    yield made
    load.cache_clear()


def declare(monkeypatch: pytest.MonkeyPatch, *, chunked: bool) -> None:
    entry = msgspec.structs.replace(
        formats()["txt"], id="opml", renderer="opml_format:RENDERER", chunked=chunked
    )
    found = Catalog(
        MappingProxyType({"opml": entry}), MappingProxyType({"opml": "opml-format"}), ()
    )
    monkeypatch.setattr(loading, "catalog", lambda: found)


@pytest.mark.parametrize(
    ("renderer", "reason"),
    [
        (None, "cannot be imported (AttributeError: "),
        (Whole, "is a class; name an instance of it"),
        (Whole(), "has no method write_chunk"),
    ],
)
def test_what_is_no_renderer_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, renderer: Any, reason: str
) -> None:
    declare(monkeypatch, chunked=True)
    if renderer is not None:
        module.RENDERER = renderer  # type: ignore[attr-defined]
    with pytest.raises(RendererError) as caught:
        load("opml")
    assert "format 'opml', from the package opml-format, " + reason in str(caught.value)


def test_a_renderer_needs_what_its_declaration_promises_and_no_more(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    declare(monkeypatch, chunked=False)
    module.RENDERER = Whole()  # type: ignore[attr-defined]
    assert load("opml") is module.RENDERER


def test_a_format_whose_package_the_worker_lacks_is_named() -> None:
    with pytest.raises(RendererError, match="gives the format 'opml'"):
        load("opml")
