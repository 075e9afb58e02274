"""Write `.env` for docker-compose.yml or a deployment of one's own, with secrets of its own.

    python3 scripts/make_env.py           writes .env in the checkout
    python3 scripts/make_env.py FILE      writes it elsewhere

A file that is there stays as it is: its secrets open the data that were made with them.
"""

import argparse
import os
import re
import secrets
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
_BYTES = 48
_EMPTY = re.compile(r"^([A-Z0-9_]+)=$", re.MULTILINE)
# MinIO's names of keys have at most 20 characters, and its secrets 40.
_ACCESS_KEY, _SECRET_KEY = 20, 40


def filled(example: str) -> str:
    """The text of `.env.example` with a secret of its own for each variable that needs a value."""
    return _EMPTY.sub(lambda found: f"{found[1]}={_secret(found[1])}", example)


def _secret(name: str) -> str:
    # In hex: letters and digits pass through URLs of databases as they are.
    if name.endswith("_ACCESS_KEY"):
        return secrets.token_hex(_ACCESS_KEY // 2)
    if name.endswith("_SECRET_KEY"):
        return secrets.token_hex(_SECRET_KEY // 2)
    return secrets.token_hex(_BYTES)


def main(arguments: list[str]) -> int:
    """Write the file; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, default=_CHECKOUT / ".env")
    file: Path = parser.parse_args(arguments).file
    text = filled((_CHECKOUT / ".env.example").read_text(encoding="utf-8"))
    try:
        # Nobody else may read it, not for a moment.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{file} is there already, and stays as it is", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
    print(f"wrote {file}; keep it, and let nobody else read it")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
