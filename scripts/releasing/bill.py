"""The bill of materials of an image, in CycloneDX."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from activities.formats.fonts import font_packages
from scripts.releasing.licences import licences
from scripts.releasing.source import ReleaseError, Source

_Component = dict[str, Any]


def write(source: Source, built: Path, digest: str, target: Path) -> None:
    """List the Python packages, Debian's packages and the fonts of an image.

    Args:
        source: the files of the release.
        built: the directory with the image's files, as `fill` leaves it.
        digest: the image's.
        target: gets the document.

    Raises:
        ReleaseError: the image holds a Python package that the lock file does not name, or that
            names no licence.
    """
    document = _locked(source)
    wanted = {(each["name"], each["version"]): each for each in document["components"]}
    installed = _installed(built)
    if strays := set(installed) - set(wanted):
        raise ReleaseError(f"the lock file does not name {sorted(strays)}")
    packages = [_licensed(wanted[each], installed[each]) for each in sorted(installed)]
    components = packages + _debian(built) + _fonts()
    document["components"] = components
    references = {each["bom-ref"] for each in components}
    ours = document["metadata"]["component"]
    document["dependencies"] = [
        {"ref": each["ref"], "dependsOn": sorted(references & set(each.get("dependsOn", [])))}
        for each in document["dependencies"]
        if each["ref"] in references
    ]
    document["dependencies"].append({"ref": ours["bom-ref"], "dependsOn": sorted(references)})
    ours["properties"] = [{"name": "oci:image:digest", "value": digest}]
    target.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


def _locked(source: Source) -> dict[str, Any]:
    program = Path(sys.executable).with_name("cyclonedx-py")
    done = subprocess.run(
        [
            str(program), "requirements", "requirements-runtime.lock", "--pyproject",
            "pyproject.toml", "--output-reproducible", "--of", "JSON", "-o", "-",
        ],
        cwd=source.directory,
        capture_output=True,
        check=True,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _installed(built: Path) -> dict[tuple[str, str], Path]:
    """Names and versions of all Python packages but the service's own, and their metadata."""
    found = dict[tuple[str, str], Path]()
    for metadata in (built / "opt" / "venv").glob("lib/*/site-packages/*.dist-info/METADATA"):
        fields = dict(re.findall(r"^(Name|Version): (.+)$", metadata.read_text(), re.MULTILINE)[:2])
        name = re.sub(r"[-_.]+", "-", fields["Name"]).lower()
        if name not in ("export-service", "export-client"):
            found[name, fields["Version"]] = metadata
    return found


def _licensed(component: _Component, metadata: Path) -> _Component:
    """A component with its licence.

    Raises:
        ReleaseError: the package names none.
    """
    found = licences(metadata)
    if not found:
        raise ReleaseError(f"{component['name']} names no licence")
    return component | {"licenses": found}


def _debian(built: Path) -> list[_Component]:
    status = (built / "root" / "var" / "lib" / "dpkg" / "status").read_text()
    found = []
    for paragraph in status.strip().split("\n\n"):
        fields = dict(re.findall(r"^(\S+): (.+)$", paragraph, re.MULTILINE))
        version = quote(fields["Version"], safe="")
        purl = f"pkg:deb/debian/{quote(fields['Package'])}@{version}?arch={fields['Architecture']}"
        found.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": fields["Package"],
                "version": fields["Version"],
                "purl": purl,
            }
        )
    return sorted(found, key=lambda each: each["bom-ref"])


def _fonts() -> list[_Component]:
    return [
        {
            "type": "library",
            "bom-ref": f"fonts:{each.registry}:{each.name}@{each.version}",
            "name": each.name,
            "version": each.version,
            "licenses": [{"license": {"id": each.licence}}],
            "purl": f"pkg:{each.registry}/{each.name.replace('@', '%40')}@{each.version}",
        }
        for each in font_packages()
    ]
