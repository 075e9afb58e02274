"""A copy has every finished file, and nothing else."""

from pathlib import Path

import pytest

from activities.storage.keys import attempt_key, file_key
from activities.storage.local import LocalStorage
from scripts.copy_files import copy_files

pytestmark = pytest.mark.anyio


def _files(directory: Path) -> dict[str, bytes]:
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


async def test_copy_has_finished_files_and_goes_on_where_it_was(tmp_path: Path) -> None:
    source, target = LocalStorage(tmp_path / "a"), LocalStorage(tmp_path / "b")
    await source.put(file_key("one", "pdf"), b"1" * 3_000_000)
    await source.put(file_key("two", "zip"), b"2")
    await source.put(attempt_key("three", "file", "run", 1), b"in the making")
    half_written = tmp_path / "a" / f"{file_key('one', 'pdf')}#1"
    half_written.write_bytes(b"1")

    first = await copy_files(source, target)
    assert (first.copied, first.present, first.gone) == (2, 0, 0)
    expected = {file_key("one", "pdf"): b"1" * 3_000_000, file_key("two", "zip"): b"2"}
    assert _files(tmp_path / "b") == expected

    await source.delete(file_key("one", "pdf"))
    await source.put(file_key("four", "txt"), b"")
    second = await copy_files(source, target)
    assert (second.copied, second.present) == (1, 1)
    assert _files(tmp_path / "b") == expected | {file_key("four", "txt"): b""}


async def test_file_that_was_cut_short_is_copied_again(tmp_path: Path) -> None:
    source, target = LocalStorage(tmp_path / "a"), LocalStorage(tmp_path / "b")
    await source.put(file_key("one", "pdf"), b"whole")
    await target.put(file_key("one", "pdf"), b"who")
    await copy_files(source, target)
    assert _files(tmp_path / "b") == {file_key("one", "pdf"): b"whole"}
