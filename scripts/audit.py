"""Look for known vulnerabilities in what is locked. Ends with 2 when it could not look.

An index without advisories lets the auditor say that all is well. So it is asked first about a
release that is known to be vulnerable: only an answer that names it is one to trust.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

# CVE-2022-29217, which every advisory database has.
_KNOWN_VULNERABLE = "pyjwt==2.3.0"
_COULD_NOT_LOOK = 2


def main() -> int:
    """Run the audit; 0: nothing known, 1: something is vulnerable, 2: could not look."""
    with tempfile.TemporaryDirectory() as directory:
        control = Path(directory, "control.txt")
        control.write_text(_KNOWN_VULNERABLE)
        found = _audit(control)
    if "pyjwt" not in found.stdout or found.returncode != 1:
        print("no advisories could be asked for; nothing was audited", file=sys.stderr)
        print(found.stderr, file=sys.stderr)
        return _COULD_NOT_LOOK
    result = _audit(CHECKOUT / "requirements.lock")
    print(result.stdout or result.stderr)
    return min(result.returncode, 1)


def _audit(requirements: Path) -> "subprocess.CompletedProcess[str]":
    command = ["-m", "pip_audit", "--strict", "--no-deps", "--disable-pip", "-r", str(requirements)]
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, timeout=600
    )


if __name__ == "__main__":
    sys.exit(main())
