"""What makes the imports of a process of the service take less time.

The module that is run calls `begin` before its other imports and `end` after them. What few
processes ever need is imported where it is used.
"""

import gc
import sys

# Libraries look for them, and do without where there are none: structlog and httpx for what they
# show in terminals, temporalio for arguments of a kind that no workflow has.
_UNUSED = ("pydantic", "pygments", "rich")


def begin() -> None:
    """Import without the collector, and without what libraries import in case it is of use.

    Modules are not garbage: looking for some in them again and again takes a tenth of the imports.
    """
    gc.disable()
    for name in _UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type] # "it is not there"


def end() -> None:
    """Go on as usual, with what was imported out of the collector's sight.

    Without `begin`, as in a test that imports the module, nothing happens.
    """
    if gc.isenabled():
        return
    for name in _UNUSED:
        if sys.modules.get(name) is None:
            sys.modules.pop(name, None)
    gc.freeze()
    gc.enable()
