"""What the service writes is its user's alone, and nobody else prepares where it does."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from activities.common.private_files import UnusableDirectoryError, mend_directory, own_directory
from activities.storage.local import LocalStorage


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_private(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from activities.common.private_files import keep_files_private;"
        "keep_files_private(); path = Path(sys.argv[1]); path.mkdir(); (path / 'x').touch()"
    )
    made = tmp_path / "made"
    subprocess.run([sys.executable, "-c", code, str(made)], check=True, umask=0)
    assert (_mode(made), _mode(made / "x")) == (0o700, 0o600)


def test_open_directories_are_closed(tmp_path: Path) -> None:
    for close in (mend_directory, own_directory):
        directory = tmp_path / close.__name__
        directory.mkdir()
        directory.chmod(0o755)
        close(directory)
        assert _mode(directory) == 0o700


def test_data_directory_that_is_shared_on_purpose_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    mend_directory(tmp_path)
    assert _mode(tmp_path) == 0o1777


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o1777])
def test_storage_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    directory = tmp_path / "files"
    directory.mkdir()
    directory.chmod(mode)
    with pytest.raises(UnusableDirectoryError, match="may be written to by other users"):
        LocalStorage(directory)


def test_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for make in (mend_directory, own_directory):
        with pytest.raises(UnusableDirectoryError, match="cannot be made: Not a directory"):
            make(tmp_path / "file" / "below")


def test_storage_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    for target in ("elsewhere", "nowhere"):
        link = tmp_path / f"to-{target}"
        link.symlink_to(tmp_path / target)
        with pytest.raises(UnusableDirectoryError, match="is a symbolic link"):
            LocalStorage(link)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_storage_of_another_user_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / "files"
    directory.mkdir(mode=0o700)
    os.chown(directory, 65_534, -1)
    with pytest.raises(UnusableDirectoryError, match=r"belongs to another user \(uid 65534\)"):
        LocalStorage(directory)


@pytest.mark.parametrize("module", ["web", "activities.worker"])
def test_processes_say_so_in_one_sentence(tmp_path: Path, module: str) -> None:
    directory = tmp_path / "files"
    directory.mkdir()
    directory.chmod(0o777)
    secrets = {
        "EXPORT_JWT_SECRET": os.urandom(32).hex(),
        "EXPORT_URL_SECRETS": os.urandom(32).hex(),
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *(["--role", "io"] if module != "web" else [])],
        env=os.environ
        | secrets
        | {"EXPORT_TEMP_PATH": str(directory), "EXPORT_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert (
        done.stderr.strip()
        .splitlines()[-1]
        .endswith(
            f"{directory} may be written to by other users; "
            "name a directory of the service's own in EXPORT_TEMP_PATH"
        )
    )
    assert "Traceback" not in done.stderr
