"""The service's image without a container: a directory that holds what the `Dockerfile` copies."""

import fnmatch
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.dev.environment import CHECKOUT
from scripts.releasing.dockerfile import stages

_LOCKS = ("requirements-runtime.lock", "requirements-build.lock")


class Image:
    """The files of the image in `app` and `venv`, with the packages that it installs."""

    def __init__(self, directory: Path) -> None:
        """Describe an image; `build` makes it.

        Args:
            directory: stands for the image's root.
        """
        self.app = directory / "app"
        self._root = directory
        _, self._build, self._last = stages((CHECKOUT / "Dockerfile").read_text())

    def build(self) -> None:
        """Install what the image installs, and copy what it copies."""
        environment = self._root / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(environment / "bin" / "pip"), "--quiet", "--disable-pip-version-check"]
        locks = [f"-r{CHECKOUT / name}" for name in _LOCKS]
        subprocess.run([*pip, "install", "--require-hashes", *locks], check=True)
        for source, place in self.copied().items():
            target = self._root / place.removeprefix("/")
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        itself = ["install", "--no-deps", "--no-build-isolation", ".", "./web/client"]
        subprocess.run([*pip, *itself], cwd=self._root / "src", check=True)
        subprocess.run([*pip, "uninstall", "--yes", "setuptools", "pip"], check=True)

    def copied(self) -> dict[Path, str]:
        """The files and folders of the checkout that the image copies, and where it has them."""
        [folder] = self._build.arguments("WORKDIR")
        copied = {}
        for *names, place in map(str.split, self._build.arguments("COPY")):
            for name in names:
                target = f"{place}{name}" if place.endswith("/") else place
                copied[CHECKOUT / name] = str(Path(folder, target))
        return copied

    def variables(self) -> dict[str, str]:
        """The variables that the image sets."""
        return self._last.variables()

    def environment(self) -> dict[str, str]:
        """The variables that the image sets, with places for here."""
        places = {
            "/app": str(self.app),
            "/opt/venv": str(self._root / "venv"),
            "/var/lib/export": str(self._root / "export"),
        }
        variables = self.variables()
        for there, here in places.items():
            variables = {name: value.replace(there, here) for name, value in variables.items()}
        return variables

    def user(self) -> str:
        """The user that the image's processes run as."""
        [user] = self._last.arguments("USER")
        return user


def is_sent(path: Path) -> bool:
    """True if `.dockerignore` lets a path of the checkout into the build."""
    relative = path.relative_to(CHECKOUT).as_posix()
    sent = True
    for line in (CHECKOUT / ".dockerignore").read_text().split():
        pattern = line.lstrip("!")
        if any(fnmatch.fnmatch(part, pattern) for part in (relative, relative.split("/")[0])):
            sent = line.startswith("!")
    return sent
