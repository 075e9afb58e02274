"""The service's image without a container: a directory that holds what the `Dockerfile` copies."""

import fnmatch
import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.dev.environment import CHECKOUT

_LOCKS = ("requirements-runtime.lock", "requirements-build.lock")


class Image:
    """The files of the image in `/app`, with an environment of the packages that it installs."""

    def __init__(self, directory: Path) -> None:
        """Describe an image; `build` makes it.

        Args:
            directory: stands for the image's root.
        """
        self.app = directory / "app"
        self._root = directory
        self._steps = _steps((CHECKOUT / "Dockerfile").read_text())

    def build(self) -> None:
        """Install what the image installs, and copy what it copies."""
        environment = self._root / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(environment / "bin" / "pip"), "--quiet", "--disable-pip-version-check"]
        locks = [f"-r{CHECKOUT / name}" for name in _LOCKS]
        subprocess.run([*pip, "install", "--require-hashes", *locks], check=True)
        for source in self.copied():
            target = self.app / source.name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.parent.mkdir(exist_ok=True)
                shutil.copy(source, target)
        places = ["--editable", ".", "--editable", "web/client"]
        itself = ["install", "--no-deps", "--no-build-isolation", *places]
        subprocess.run([*pip, *itself], cwd=self.app, check=True)

    def copied(self) -> list[Path]:
        """The files and folders of the checkout that the image copies."""
        names = [
            name
            for verb, arguments in self._steps
            if verb == "COPY" and not arguments.startswith("--from")
            for name in arguments.split()[:-1]
        ]
        return [CHECKOUT / name for name in names]

    def variables(self) -> dict[str, str]:
        """The variables that the image sets."""
        variables: dict[str, str] = {}
        for verb, arguments in self._after_last_from():
            if verb == "ENV":
                variables |= dict(re.findall(r"(\w+)=(\S+)", arguments))
        return variables

    def environment(self) -> dict[str, str]:
        """The variables that the image sets, with places for here."""
        places = {
            "/app": str(self.app),
            "/opt/venv": str(self._root / "venv"),
            "/var/lib/export": str(self._root / "export"),
            "$PATH": "/usr/bin:/bin",
        }
        variables = self.variables()
        for there, here in places.items():
            variables = {name: value.replace(there, here) for name, value in variables.items()}
        return variables

    def user(self) -> str:
        """The user that the image's processes run as."""
        return next(arguments for verb, arguments in self._after_last_from() if verb == "USER")

    def _after_last_from(self) -> list[tuple[str, str]]:
        last = max(number for number, (verb, _) in enumerate(self._steps) if verb == "FROM")
        return self._steps[last:]


def is_sent(path: Path) -> bool:
    """True if `.dockerignore` lets a path of the checkout into the build."""
    relative = path.relative_to(CHECKOUT).as_posix()
    sent = True
    for line in (CHECKOUT / ".dockerignore").read_text().split():
        pattern = line.lstrip("!")
        if any(fnmatch.fnmatch(part, pattern) for part in (relative, relative.split("/")[0])):
            sent = line.startswith("!")
    return sent


def _steps(dockerfile: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", " ", dockerfile)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(verb, arguments) for verb, _, arguments in (line.partition(" ") for line in lines)]
