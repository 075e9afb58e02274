"""The checkout's own `.venv`: made when missing or out of date, and entered by every command.

This module runs before anything is installed, so it imports the standard library only, and it
must compile on a Python that is too old, to say so.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_OLDEST_PYTHON = (3, 11)
_STAMP = ".venv/installed.sha256"
_CLIENT = "web/client"


def enter() -> None:
    """Go on in the checkout's `.venv` with everything that `requirements.lock` names.

    Returns at once when that is so already, and where there is no such file: a container image
    has its packages from the start. Otherwise installs what is missing and replaces this process
    by the same command inside the environment. Ends the process when this Python is too old or
    the installation fails.
    """
    keep_bytecode()
    if not (CHECKOUT / "requirements.lock").exists():
        return
    if sys.version_info < _OLDEST_PYTHON:
        wanted, found = (".".join(map(str, v[:2])) for v in (_OLDEST_PYTHON, sys.version_info))
        sys.exit(f"Python {wanted} or newer is needed; {sys.executable} is {found}")
    try:
        installed = ensure_installed(CHECKOUT)
    except subprocess.CalledProcessError as error:
        sys.exit(f"Could not set up {CHECKOUT / '.venv'}: {' '.join(error.cmd)} failed")
    except OSError as error:
        # Such as one that another user made.
        sys.exit(f"Could not set up {CHECKOUT / '.venv'}: {error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
    if installed or not Path(sys.prefix).samefile(CHECKOUT / ".venv"):
        python = str(python_of(CHECKOUT))
        os.execv(python, [python, *sys.orig_argv[1:]])  # noqa: S606 - our own interpreter


def keep_bytecode() -> None:
    """Let this process and those that it starts keep what they compile, whatever is set outside.

    Else each of a service's processes compiles some 350 modules anew whenever it starts, which is
    a fifth of its imports.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def python_of(checkout: Path) -> Path:
    """The interpreter of a checkout's environment."""
    return checkout / ".venv" / "bin" / "python"


def ensure_installed(checkout: Path) -> bool:
    """Bring the environment up to date; say whether there was something to do.

    Several processes may do this at once: one installs, the others wait for it.

    Raises:
        subprocess.CalledProcessError: the environment or a package could not be installed.
    """
    if is_current(checkout):
        return False
    with (checkout / "requirements.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(checkout):
            _install(checkout)
    return True


def is_current(checkout: Path) -> bool:
    """True if the environment works and was made from these very requirements, in this place."""
    try:
        stamp = (checkout / _STAMP).read_text()
    except FileNotFoundError:
        return False
    return stamp == _digest(checkout) and os.access(python_of(checkout), os.X_OK)


def _digest(checkout: Path) -> str:
    digest = hashlib.sha256(os.fsencode(checkout))
    for name in ("requirements.lock", "pyproject.toml", _CLIENT + "/pyproject.toml"):
        digest.update(b"\0" + (checkout / name).read_bytes())
    return digest.hexdigest()


def _install(checkout: Path) -> None:
    stamp = checkout / _STAMP
    stamp.unlink(missing_ok=True)
    python = str(python_of(checkout))
    if not _works(python, "pip"):
        _say("making .venv")
        _run(sys.executable, "-m", "venv", "--clear", str(checkout / ".venv"))
    lines = (checkout / "requirements.lock").read_text().splitlines()
    packages = sum(line[:1].isalnum() for line in lines)
    _say(
        f"installing the {packages} packages of requirements.lock into .venv (once, about a "
        "minute; some 200 MB to download and 830 MB of disk)"
    )
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    _run(*pip, "--require-hashes", "--requirement", str(checkout / "requirements.lock"))
    # Without the warning that folders of the checkout come first on the path, which is meant.
    ours = [part for place in (checkout, checkout / _CLIENT) for part in ("--editable", str(place))]
    _run(*pip, "--quiet", "--no-deps", "--no-build-isolation", *ours)
    draft = stamp.with_suffix(".new")
    draft.write_text(_digest(checkout))
    draft.replace(stamp)


def _works(python: str, module: str) -> bool:
    oldest = f"sys.version_info >= {_OLDEST_PYTHON}"
    try:
        subprocess.run(
            [python, "-c", f"import sys, {module}; assert {oldest}"],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _run(*command: str) -> None:
    # A command's own output may be data (a token), so what happens here goes to stderr.
    subprocess.run(command, check=True, stdout=sys.stderr)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
