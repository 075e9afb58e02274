"""Make the files of a release from the commit that a tag names: docs/releasing.md.

The same commit makes the same bytes, wherever and however often, as long as Debian has the same
packages.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

from scripts.releasing.chart import package_chart
from scripts.releasing.checksums import write_checksums
from scripts.releasing.image import build_image
from scripts.releasing.source import ReleaseError, notes, take_source
from scripts.releasing.wheels import build_wheels


def release(tag: str, target: Path, repository: str, checkout: Path = CHECKOUT) -> str:
    """Make the files of a release.

    Args:
        tag: names the checkout's commit.
        target: the directory that gets the files; it must not exist.
        repository: where the image will be.
        checkout: the clone that is released.

    Returns:
        The image's digest.

    Raises:
        ReleaseError: it cannot be made; nothing is at the target.
    """
    if target.exists():
        raise ReleaseError(f"{target} exists already")
    with tempfile.TemporaryDirectory() as scratch:
        source = take_source(checkout, tag, Path(scratch) / "source")
        draft = Path(scratch) / "draft"
        draft.mkdir()
        name = f"export-service-{source.version}"
        build_wheels(source, draft)
        digest = build_image(source, draft, draft / f"{name}.oci.tar", draft / f"{name}.cdx.json")
        (draft / f"{name}.digest").write_text(f"{digest}\n")
        package_chart(source, repository, digest, draft / f"{name}.tgz")
        (draft / f"{name}.notes.md").write_text(notes(source))
        write_checksums(draft)
        shutil.move(draft, target)
    return digest


def main(arguments: list[str]) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag", help="of HEAD, such as v1.2.3")
    parser.add_argument("target", type=Path, help="the directory that gets the files")
    parser.add_argument(
        "--repository",
        default="export-service",
        help="where the image will be, which the chart names (%(default)s)",
    )
    wanted = parser.parse_args(arguments)
    try:
        digest = release(wanted.tag, wanted.target, wanted.repository)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{wanted.target}: image {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
