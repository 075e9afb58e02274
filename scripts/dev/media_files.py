"""The pictures of a directory that content refers to."""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from activities.documents.picture_references import references_in
from activities.model.content import Item
from activities.model.limits import PICTURE_BYTES_MAX
from scripts.dev.content_files import UnreadableContentError

NAMES = "references.json"
"""A file of the directory that says which reference is which file, where its path does not."""

_TOKEN = re.compile(r"@@[A-Z_]+@@")
_names_decoder = msgspec.json.Decoder(dict[str, str])


def read_media(directory: Path, items: Iterable[Item]) -> dict[str, dict[str, bytes]]:
    """For each owner the pictures that their items refer to, by reference.

    A reference leads to the file that `references.json` names, or else to the one with the path of
    the reference, without its server or token, or with the last name of that path.

    Raises:
        UnreadableContentError: the directory or a file in it cannot be used.
    """
    if not directory.is_dir():
        raise UnreadableContentError(f"{directory}: there is no such directory")
    root = directory.resolve()
    names = _names(root / NAMES)
    found: dict[str, dict[str, bytes]] = {}
    for item in items:
        of_owner = found.setdefault(item.owner_id, {})
        for reference in references_in(msgspec.to_builtins(item)):
            file = _file(root, names, reference) if reference not in of_owner else None
            if file is not None:
                of_owner[reference] = _data(file)
    return {owner: files for owner, files in found.items() if files}


def _names(file: Path) -> dict[str, str]:
    try:
        return _names_decoder.decode(file.read_bytes())
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError as error:
        raise UnreadableContentError(f"{file}: {error}") from None


def _file(root: Path, names: dict[str, str], reference: str) -> Path | None:
    if reference in names:
        candidates = [names[reference]]
    else:
        try:
            path = urlsplit(_TOKEN.sub("", reference)).path
        except ValueError:
            return None
        decoded = unquote(path).lstrip("/")
        candidates = [decoded, decoded.rpartition("/")[2]]
    for candidate in candidates:
        if not candidate or "\0" in candidate:
            continue
        file = (root / candidate).resolve()
        # What content refers to is anybody's text: nothing outside of the directory is read.
        if file.is_relative_to(root) and file.is_file():
            return file
    return None


def _data(file: Path) -> bytes:
    if file.stat().st_size > PICTURE_BYTES_MAX:
        raise UnreadableContentError(f"{file}: larger than a picture may be (10 MB)")
    return file.read_bytes()
