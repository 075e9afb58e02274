"""Check theme files before a service gets them: what is wrong, in one sentence a theme.

Checks all themes of a directory, as the service does when it starts, and decodes their logos, too.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import enter

if __name__ == "__main__":
    enter()

from activities.documents.design.theme_error import ThemeError
from activities.documents.design.theme_files import read_theme, theme_names
from activities.documents.images import ImageError, read_image


def check(directory: Path) -> dict[str, ThemeError | None]:
    """What is wrong with each theme of a directory; None: nothing.

    Raises:
        ThemeError: the directory cannot be read, or a file has a name that no theme has.
    """
    return {name: _fault(directory, name) for name in theme_names(directory)}


def _fault(directory: Path, name: str) -> ThemeError | None:
    try:
        logo = read_theme(directory, name).theme.logo
        if logo:
            read_image(logo, "")
    except ThemeError as error:
        return error
    except ImageError as error:
        return ThemeError(f"logo: cannot be decoded ({error.code}).")
    return None


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code: 1 if a theme cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, help="of theme files, as EXPORT_THEMES names it")
    given = parser.parse_args(arguments)
    try:
        found = check(given.directory)
    except ThemeError as error:
        print(error, file=sys.stderr)
        return 1
    for name, fault in found.items():
        print(f"{name}: {f'{fault} ({fault.code})' if fault else 'can be used'}")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main())
