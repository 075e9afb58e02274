"""Print a bearer token for the service that `up.py` runs."""

import argparse
import shlex
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import enter

if __name__ == "__main__":
    enter()

import msgspec

from activities.settings import SettingsError, from_environment
from scripts.dev.credentials import DamagedSecretsError, issue_token, load_secrets
from web.auth.tokens import LONGEST_LIFE_SECONDS, is_usable_subject


def main() -> int:
    """Run the command; the exit code."""
    try:
        settings = from_environment()
    except SettingsError as error:
        sys.exit(str(error))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--owner", default="teacher-1", help="whose content (teacher-1)")
    parser.add_argument(
        "--scope",
        default="export:read export:write",
        help="space-separated: export:read, export:write, export:admin (the first two)",
    )
    parser.add_argument("--tenant", default="", help="whom the owner belongs to (nobody)")
    parser.add_argument("--hours", type=float, default=12.0, help="until it expires (12)")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(settings.data_dir),
        help="of the stack (EXPORT_DATA_DIR, else .data in the checkout)",
    )
    arguments = parser.parse_args()
    if not settings.jwt_secret:
        try:
            secret = load_secrets(arguments.data_dir).jwt_secret
        except FileNotFoundError:
            start = f"python3 scripts/up.py --data-dir {shlex.quote(str(arguments.data_dir))}"
            print(f"no secrets in {arguments.data_dir}: start it ({start})", file=sys.stderr)
            return 1
        except DamagedSecretsError as error:
            print(error, file=sys.stderr)
            return 1
        settings = msgspec.structs.replace(settings, jwt_secret=secret)
    if not is_usable_subject(arguments.owner):
        parser.error("--owner: up to 255 printable characters in NFC, without blanks around them")
    if arguments.hours * 3600 > LONGEST_LIFE_SECONDS:
        parser.error(f"--hours: at most {LONGEST_LIFE_SECONDS // 3600}")
    lifetime = timedelta(hours=arguments.hours)
    print(issue_token(settings, arguments.owner, arguments.scope, lifetime, arguments.tenant))
    return 0


if __name__ == "__main__":
    sys.exit(main())
