"""The files of the image: Debian's packages below, and what the service needs above them."""

import os
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import distribution
from pathlib import Path
from shlex import quote

from activities.formats.fonts import all_fonts, ensure_fonts
from scripts.releasing.dockerfile import Stage
from scripts.releasing.source import ReleaseError, Source

_NEEDLESS = ("doc", "info", "lintian", "locale", "man")
"""Of `/usr/share`; what Debian's own small images leave out, too."""
_LOCK = "requirements-runtime.lock"


def build_base(base: Stage, last: Stage, source: Source, target: Path) -> None:
    """Make the archive of a root directory of Debian, with the users of the last stage.

    Args:
        base: names Debian's release and packages.
        last: its `RUN` steps are run in the directory.
        source: the files of the release.
        target: the archive; its bytes follow from the packages that Debian has.

    Raises:
        ReleaseError: there is no mmdebstrap, or it failed.
    """
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _NEEDLESS]
    _run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=essential",
            # Who may not make devices could not unpack them; what starts the image makes its own.
            "--skip=output/dev",
            f"--include={','.join(base.packages())}",
            *excluded,
            "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            *(
                f'--customize-hook=chroot "$1" sh -c {quote(text)}'
                for text in last.arguments("RUN")
            ),
            # Those of the machine that makes the release.
            '--customize-hook=rm -f "$1"/etc/hostname "$1"/etc/resolv.conf',
            base.base.removeprefix("debian:").removesuffix("-slim"),
            str(target),
        ],
        SOURCE_DATE_EPOCH=str(source.epoch),
    )
    with tarfile.open(target, "a") as archive:
        place = tarfile.TarInfo("./dev")
        place.type, place.mode, place.mtime = tarfile.DIRTYPE, 0o755, source.epoch
        archive.addfile(place)


def fill(source: Source, wheels: Path, base: Path, target: Path) -> None:
    """Put what comes from the build stage where the image has it, under a directory.

    Installed and compiled is within the root directory of the image, without a network; what has to
    be fetched is fetched before, by its hash.

    Args:
        source: the files of the release.
        wheels: the directory of the wheels of the service and its client.
        base: the archive of the root directory.
        target: gets `opt` and `app`.

    Raises:
        ReleaseError: there is no bubblewrap, or the Python that runs this is not the image's.
    """
    root = target / "root"
    root.mkdir()
    _run(["tar", "--extract", "--file", str(base), "--directory", str(root)])
    _check_python(root)
    fetched = target / "fetched"
    pip_of_ours = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps"]
    options = ["--require-hashes", "--only-binary", ":all:", "--dest", str(fetched)]
    _run([*pip_of_ours, *options, "--requirement", str(source.directory / _LOCK)])
    for wheel in wheels.glob("*.whl"):
        shutil.copy(wheel, fetched)

    fonts = target / "opt" / "fonts"
    fonts.mkdir(parents=True)
    ensure_fonts()
    for font in all_fonts():
        shutil.copyfile(font, fonts / font.name)
    shutil.copytree(source.directory / "scripts", target / "app" / "scripts")

    sandbox = _Sandbox(root, target, fetched, source)
    install = [
        "/opt/venv/bin/python", "/build/pip", "install", "--quiet", "--no-cache-dir",
        "--no-compile", "--disable-pip-version-check", "--no-deps", "--no-index", "--find-links",
        "/build/wheels",
    ]  # fmt: skip
    sandbox.run("python3", "-m", "venv", "--without-pip", "/opt/venv")
    sandbox.run(*install, "--require-hashes", "--requirement", f"/build/source/{_LOCK}")
    sandbox.run(*install, f"export-service=={source.version}", f"export-client=={source.version}")
    # Without the times of files, which nobody compares in an image; also what pip itself imported,
    # and so compiled with them.
    compile_all = ["-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    sandbox.run("/opt/venv/bin/python", *compile_all, "/opt/venv/lib", "/app")
    # Refuses fonts that are not the pinned ones, as it can fetch none.
    sandbox.run("/opt/venv/bin/python", "-m", "activities.formats.fonts")


class _Sandbox:
    """Runs commands within the root directory, which can write to `/opt` and `/app` alone."""

    def __init__(self, root: Path, target: Path, fetched: Path, source: Source) -> None:
        binds = {"/opt": target / "opt", "/app": target / "app"}
        shown = {
            "/build/wheels": fetched,
            "/build/source": source.directory,
            # Not by importing pip, which changes what others import of setuptools afterwards.
            "/build/pip": Path(str(distribution("pip").locate_file("pip"))),
        }
        for place in (*binds, *shown):
            (root / place[1:]).mkdir(parents=True, exist_ok=True)
        variables = {
            "PATH": "/usr/bin:/bin",
            "EXPORT_FONT_PATH": "/opt/fonts",
            # Else constants that are sets would be compiled in an order by chance.
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": str(source.epoch),
        }
        self._command = [
            "bwrap", "--ro-bind", str(root), "/", "--dev", "/dev", "--proc", "/proc",
            "--tmpfs", "/tmp",  # noqa: S108 - the sandbox's own
            "--unshare-net", "--unshare-pid", "--die-with-parent", "--clearenv",
            *(word for place, path in binds.items() for word in ("--bind", str(path), place)),
            *(word for place, path in shown.items() for word in ("--ro-bind", str(path), place)),
            *(word for each in variables.items() for word in ("--setenv", *each)),
        ]  # fmt: skip

    def run(self, *command: str) -> None:
        _run([*self._command, *command])


def _check_python(root: Path) -> None:
    """Refuse wheels of another Python before they are fetched."""
    wanted = (root / "usr" / "bin" / "python3").readlink().name
    ours = "python{}.{}".format(*sys.version_info)
    if wanted != ours:
        raise ReleaseError(f"the image has {wanted}: run this command by it, not by {ours}")


def _run(command: list[str], **variables: str) -> None:
    try:
        # All that is made is readable by the image's user, whatever the umask is here.
        subprocess.run(command, env=os.environ | variables, umask=0o022, check=True)
    except FileNotFoundError:
        raise ReleaseError(f"{command[0]} is not installed") from None
    except subprocess.CalledProcessError as error:
        raise ReleaseError(f"{command[0]} failed ({error.returncode})") from None
