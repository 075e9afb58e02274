"""The image of the service as an archive in OCI's layout, made without a container engine.

Its stages, and how it is run, are those of the `Dockerfile`; the layers of the last stage's `COPY`
lie on that of Debian, so that a release which changes the service alone shares the others.
"""

import hashlib
import json
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.releasing import bill
from scripts.releasing.archives import compressed, tar_of, tree
from scripts.releasing.dockerfile import Stage, stages
from scripts.releasing.root import build_base, fill
from scripts.releasing.source import Source

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_TYPE = "application/vnd.oci.image"
_MANIFEST = f"{_TYPE}.manifest.v1+json"


def build_image(source: Source, wheels: Path, archive: Path, listed: Path) -> str:
    """Build the image, and list what is in it.

    Args:
        source: the files of the release.
        wheels: the directory of the wheels of the service and its client.
        archive: gets the image.
        listed: gets the bill of materials.

    Returns:
        The image's digest.

    Raises:
        ReleaseError: a program is missing or failed.
    """
    found = stages((source.directory / "Dockerfile").read_text())
    base, last = found[0], found[-1]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        tar = scratch / "base.tar"
        build_base(base, last, source, tar)
        fill(source, wheels, tar, scratch)
        layout = _Layout(scratch / "layout")
        layers = [layout.layer(tar)]
        for place in (text.split()[-1] for text in last.arguments("COPY")):
            layer = scratch / "layer.tar"
            tar_of(tree(scratch / place[1:], place[1:]), layer, source.epoch)
            layers.append(layout.layer(layer))
        digest = layout.finish(_configuration(last, source), layers, source)
        tar_of(layout.files(), archive, source.epoch)
        bill.write(source, scratch, digest, listed)
    return digest


_Blob = dict[str, Any]
"""What describes a blob."""


class _Layout:
    """A directory in OCI's layout: https://github.com/opencontainers/image-spec."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._blobs = directory / "blobs" / "sha256"
        self._blobs.mkdir(parents=True)

    def layer(self, tar: Path) -> tuple[str, _Blob]:
        """Add a layer; the hash of its archive, and what describes it."""
        data = tar.read_bytes()
        unpacked = f"sha256:{hashlib.sha256(data).hexdigest()}"
        return unpacked, self._blob(f"{_TYPE}.layer.v1.tar+gzip", compressed(data))

    def finish(
        self, configuration: dict[str, Any], layers: list[tuple[str, _Blob]], source: Source
    ) -> str:
        """Add what refers to the layers; the digest of the image."""
        unpacked = [each for each, _ in layers]
        whole = configuration | {"rootfs": {"type": "layers", "diff_ids": unpacked}}
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self._blob(f"{_TYPE}.config.v1+json", _json(whole)),
            "layers": [described for _, described in layers],
        }
        described = self._blob(_MANIFEST, _json(manifest))
        name = {"annotations": {"org.opencontainers.image.ref.name": source.version}}
        index = {"schemaVersion": 2, "manifests": [described | name]}
        (self._directory / "index.json").write_bytes(_json(index))
        (self._directory / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
        return str(described["digest"])

    def files(self) -> list[tuple[str, Path]]:
        """All files by their names in the layout."""
        found = [path for path in self._directory.rglob("*") if path.is_file()]
        return [(str(path.relative_to(self._directory)), path) for path in found]

    def _blob(self, media_type: str, data: bytes) -> _Blob:
        digest = hashlib.sha256(data).hexdigest()
        (self._blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}


def _configuration(last: Stage, source: Source) -> dict[str, Any]:
    machine = platform.machine()
    return {
        "created": datetime.fromtimestamp(source.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "architecture": _MACHINES.get(machine, machine),
        "os": "linux",
        "config": {
            "User": last.arguments("USER")[0],
            "ExposedPorts": {f"{port}/tcp": {} for port in last.arguments("EXPOSE")[0].split()},
            "Env": [f"{name}={value}" for name, value in last.variables().items()],
            "Cmd": json.loads(last.arguments("CMD")[0]),
            "WorkingDir": last.arguments("WORKDIR")[0],
            "Labels": {
                "org.opencontainers.image.title": "export-service",
                "org.opencontainers.image.version": source.version,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
    }


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
