"""Tar archives whose bytes follow from the files alone."""

import tarfile
from collections.abc import Iterable
from pathlib import Path

import deflate

_LEVEL = 6


def tar_of(files: Iterable[tuple[str, Path]], target: Path, epoch: int) -> None:
    """Write files into an archive as those of root, with one time, in the order of their names.

    Args:
        files: the name in the archive and the place of each file, directory or symbolic link.
        target: the archive.
        epoch: the time, in seconds.
    """
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in sorted(files):
            entry = archive.gettarinfo(str(path), name)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = epoch
            # A second name of a file is a file of its own: which is first would be chance.
            if entry.islnk():
                entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", path.stat().st_size
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            if entry.isreg():
                with path.open("rb") as body:
                    archive.addfile(entry, body)
            else:
                archive.addfile(entry)


def tree(directory: Path, prefix: str) -> list[tuple[str, Path]]:
    """A directory and all that is in it, by their names under a prefix."""
    inside = [(f"{prefix}/{path.relative_to(directory)}", path) for path in directory.rglob("*")]
    return [(prefix, directory), *inside]


def compressed(data: bytes) -> bytes:
    """Data in gzip's format, without a time or a name, by a library that the lock file pins."""
    return bytes(deflate.gzip_compress(data, _LEVEL))
