"""What a render child may have: little memory, no network, no processes, no life of its own, and
no files but those of programs and its own.
"""

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000

# Numbers of landlock_create_ruleset(2) and the two after it, on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_RIGHTS_OF_VERSION = (13, 14, 15)
"""How many rights to files the versions of Landlock know; `ioctl` of devices, the next one, is
none that matters here."""
_PROGRAMS = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null")
"""What programs read at any time: libraries, time zones."""


def leave_network() -> bool:
    """Move this process, which has one thread, where there is no network; False if it may not.

    See user_namespaces(7) and network_namespaces(7). Users other than root need the first for the
    second, and where either is switched off the network stays.
    """
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return _call("unshare", flags)


def can_restrict_files() -> bool:
    """Whether the system has Landlock (Linux 5.13), and lets processes use it."""
    return _landlock_version() > 0


def restrict_files(writable: Path, readable: Iterable[Path]) -> bool:
    """Let this process, and what it forks, open no files but some; False if the system cannot.

    See landlock(7). What is open stays open. Privileges must be forbidden before.

    Args:
        writable: a directory in which files may be made, read and written.
        readable: directories that may be read, beside those of the system's programs, of Python
            and of packages that have been imported.
    """
    version = _landlock_version()
    if version < 1:
        return False
    everything = (1 << _RIGHTS_OF_VERSION[min(version, len(_RIGHTS_OF_VERSION)) - 1]) - 1
    ruleset = _system_call(_CREATE_RULESET, struct.pack("=Q", everything), 8, 0)
    if ruleset < 0:
        return False
    _allow(ruleset, writable, everything)
    for path in (*map(Path, _PROGRAMS), *readable, *_module_paths()):
        _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
    restricted = _system_call(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return restricted


def _module_paths() -> Iterator[Path]:
    """Python's own directories, and those of packages that were imported from elsewhere."""
    own = [Path(sys.prefix), Path(sys.base_prefix)]
    yield from own
    for name, module in list(sys.modules.items()):
        if "." not in name:
            for path in map(Path, getattr(module, "__path__", ())):
                if not any(path.is_relative_to(each) for each in own):
                    yield path


def _landlock_version() -> int:
    """The system's version of Landlock; less than 1 if it has none."""
    return _system_call(_CREATE_RULESET, None, 0, _ASK_VERSION)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """Allow rights to what is beneath a path; nothing if there is none."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not path.is_dir():
        rights &= ~_READ_DIR
    _system_call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)


def _system_call(*arguments: int | bytes | None) -> int:
    if sys.platform != "linux":
        return -1
    called: int = ctypes.CDLL(None, use_errno=True).syscall(*arguments)
    return called


def forbid_inspection() -> None:
    """Hide the environment and the memory of this process from others of its user: proc(5)."""
    _call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)


def forbid_privileges() -> None:
    """Let nothing that this process runs have more rights than it: no_new_privs of prctl(2)."""
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when the thread that forked it ends."""
    _call("prctl", _PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def limit_memory(size: int) -> None:
    """Let allocations beyond so many bytes of address space fail."""
    _limit(resource.RLIMIT_AS, size)


def limit_processes_and_files(open_files: int) -> None:
    """Forbid processes and threads (to all but root), core dumps, and more than so many files."""
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, open_files)


def limit_processor_time(seconds: int) -> None:
    """Have this process ended by SIGXCPU after so many more seconds of processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit_softly(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)


def limit_file_size(size: int) -> None:
    """Let writes beyond so many bytes of a file fail with EFBIG."""
    _limit_softly(resource.RLIMIT_FSIZE, size)


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (least, least))


def _limit_softly(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (least, hard))


def _call(function: str, *arguments: int) -> bool:
    """Call a function of Linux; False if it failed, or this is another system."""
    if sys.platform != "linux":
        return False
    called: int = getattr(ctypes.CDLL(None, use_errno=True), function)(*arguments)
    return called == 0
