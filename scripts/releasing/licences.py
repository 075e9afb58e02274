"""The licences that Python packages declare, in CycloneDX's form."""

from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_DECLARED = {"acknowledgement": "declared"}
_LONGEST_NAME = 100
_KNOWN = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "MIT License": "MIT",
}
"""SPDX's ids of names that say exactly one licence."""


def licences(metadata: Path) -> list[dict[str, Any]]:
    """What a package says of its licence; empty if it says nothing.

    Args:
        metadata: its file `METADATA`, beside which its licences may be.
    """
    told = HeaderParser().parsestr(metadata.read_text("utf-8"))
    for field in ("License-Expression", "License"):
        if found := _licence(told[field] or ""):
            return [found]
    classifiers = [each.split(" :: ") for each in told.get_all("Classifier", [])]
    names = [each[-1] for each in classifiers if each[0] == "License" and len(each) > 2]
    if names:
        return [_named(name) for name in sorted(names)]
    texts = sorted(path for path in (metadata.parent / "licenses").rglob("*") if path.is_file())
    return [_text(path) for path in texts]


def _licence(text: str) -> dict[str, Any] | None:
    """A licence by an SPDX expression, a name, or a text that begins with its name."""
    name = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not name:
        return None
    try:
        expression = canonicalize_license_expression(name)
    except InvalidLicenseExpression:
        return _named(name)
    if " " in expression:
        return {"expression": expression, **_DECLARED}
    return {"license": {"id": expression, **_DECLARED}}


def _named(name: str) -> dict[str, Any]:
    if name in _KNOWN:
        return {"license": {"id": _KNOWN[name], **_DECLARED}}
    return {"license": {"name": name[:_LONGEST_NAME], **_DECLARED}}


def _text(path: Path) -> dict[str, Any]:
    text = {"contentType": "text/plain", "content": path.read_text("utf-8")}
    return {"license": {"name": path.name, "text": text, **_DECLARED}}
