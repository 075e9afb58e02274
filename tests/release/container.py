"""An unpacked image as a container engine starts it: with its root, user and variables."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.engines.server import Server

_DATA = "/var/lib/export"


class UnpackedImage:
    """The files of an image, and how it wants to be started."""

    def __init__(self, copied: Path, root: Path) -> None:
        """Unpack an image.

        Args:
            copied: the directory with its manifest and blobs.
            root: gets its files.
        """
        self.root = root
        root.mkdir()
        manifest = json.loads((copied / "manifest.json").read_text())
        for layer in manifest["layers"]:
            archive = copied / layer["digest"].removeprefix("sha256:")
            unpack = [
                "tar",
                "--extract",
                "--gzip",
                "--file",
                str(archive),
                "--directory",
                str(root),
            ]
            subprocess.run(unpack, check=True)
        described = copied / manifest["config"]["digest"].removeprefix("sha256:")
        self.started: dict[str, Any] = json.loads(described.read_text())["config"]
        lines = (root / "etc" / "passwd").read_text().splitlines()
        users = {line.split(":")[0]: line.split(":")[2:4] for line in lines}
        self.user, self.group = users[self.started["User"]]


class Container:
    """Runs commands of an image; they share the network with this machine, and one volume."""

    def __init__(self, image: UnpackedImage, volume: Path, settings: dict[str, str]) -> None:
        """Describe a container.

        Args:
            image: the image.
            volume: what is at `/var/lib/export`, the only place that can be written.
            settings: variables beside those of the image.
        """
        self.settings = settings
        self._image = image
        self._volume = volume
        volume.mkdir()
        subprocess.run(["chown", f"{image.user}:{image.group}", str(volume)], check=True)

    def command(self, *command: str) -> list[str]:
        """What runs a command in it; without one that which the image names."""
        image = self._image
        variables = dict(each.split("=", 1) for each in image.started["Env"]) | self.settings
        return [
            "bwrap", "--ro-bind", str(image.root), "/", "--proc", "/proc", "--dev", "/dev",
            "--tmpfs", "/tmp", "--bind", str(self._volume), _DATA, "--chdir",
            image.started["WorkingDir"],
            "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--clearenv",
            *(word for each in variables.items() for word in ("--setenv", *each)),
            "setpriv", "--reuid", image.user, "--regid", image.group, "--clear-groups",
            "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs",
            *(command or image.started["Cmd"]),
        ]  # fmt: skip

    def run(self, *command: str) -> str:
        """Run a command to its end; what it prints."""
        done = subprocess.run(self.command(*command), capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def server(self, name: str, port: int, directory: Path, *command: str) -> Server:
        """A process of it that listens on a port; not started yet."""
        return Server(name, self.command(*command), port, directory)
