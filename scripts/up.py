"""Start the whole service on this machine and keep it running until Ctrl-C.

Needs Python 3.11 or newer, and at the first start a network and 1.2 GB of disk: what is missing is
installed into `.venv` or fetched into the user's cache, with a line that says so.
"""

import argparse
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.dev.environment import CHECKOUT, enter

if __name__ == "__main__":
    enter()

from activities.common.private_files import keep_files_private
from activities.settings import SettingsError, from_environment
from scripts.dev import prerequisites
from scripts.dev.demo_door import demo_door
from scripts.dev.stack import Stack, StackError
from scripts.dev.temporal_cli import CliNotFoundError


def main() -> int:
    """Run the command; the exit code."""
    started = time.monotonic()
    keep_files_private()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = _stack(_parse_arguments())
    try:
        prerequisites.fetch(_say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: stack.interrupt())
        stack.start()
    except (StackError, CliNotFoundError) as error:
        _say(str(error))
        return 1
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}")
        return 1
    except KeyboardInterrupt:
        return 130
    with demo_door(stack.api, stack.token) as door:
        _welcome(stack, door, time.monotonic() - started)
        while not stack.interrupted:
            time.sleep(0.2)
    _say("stopping (Ctrl-C again ends everything at once)")
    stack.stop()
    return 0


def _parse_arguments() -> argparse.Namespace:
    environment = os.environ
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--port",
        type=_whole_number(65_535),
        default=_port_of(environment),
        help="of the API (EXPORT_PORT, else 8000)",
    )
    parser.add_argument(
        "--temporal-port",
        type=_whole_number(65_535),
        default=7233,
        help="of the Temporal server; its web UI is 1000 above (7233)",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(environment.get("EXPORT_DATA_DIR") or CHECKOUT / ".data"),
        help="everything that is kept (EXPORT_DATA_DIR, else .data in the checkout)",
    )
    parser.add_argument(
        "--render-workers",
        type=_whole_number(1_000),
        metavar="N",
        help="render processes (one for each CPU)",
    )
    parser.add_argument("--no-demo", action="store_true", help="load no demo content")
    return parser.parse_args()


def _port_of(environment: Mapping[str, str]) -> int:
    try:
        return from_environment(environment).port
    except SettingsError as error:
        sys.exit(str(error))


def _whole_number(largest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isdecimal() and 1 <= int(text) <= largest):
            raise argparse.ArgumentTypeError(f"{text!r} is not between 1 and {largest}")
        return int(text)

    return parse


def _stack(arguments: argparse.Namespace) -> Stack:
    return Stack(
        arguments.data_dir,
        port=arguments.port,
        temporal_port=arguments.temporal_port,
        render_workers=arguments.render_workers,
        demo=not arguments.no_demo,
        settings={k: v for k, v in os.environ.items() if k.startswith("EXPORT_")},
        announce=_say,
    )


def _welcome(stack: Stack, door: str, seconds: float) -> None:
    info = stack.info
    body = '{"content_ids": ["content-1"], "format": "pdf"}'
    _say(
        f"""ready in {seconds:.1f} s

Open this to be signed in as the owner of the demo content:

  {door}

  web page      {info.api}/
  API           {info.api}
  API docs      {info.api}/docs
  Temporal UI   {info.temporal_ui}
  data          {stack.data_dir}

For the API, and for the web page's form for developers, this token; for another owner's:
{_command(stack, "issue_token.py")} --owner NAME

{info.token}

Load content of your own: {_command(stack, "load_content.py")} FILE.jsonl

Export the item content-1 as PDF:

curl -sX POST {info.api}/api/export/ -H 'Content-Type: application/json' \\
  -H 'Authorization: Bearer {info.token}' \\
  -d '{body}'

Ctrl-C stops everything."""
    )


def _command(stack: Stack, script: str) -> str:
    """How another script is called for this very stack."""
    words = ["python3", str(Path("scripts") / script)]
    if stack.data_dir != CHECKOUT / ".data":
        words += ["--data-dir", str(stack.data_dir)]
    return shlex.join(words)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
