"""What a render child may have: little memory, no network, no processes, no life of its own."""

import ctypes
import os
import resource
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def leave_network() -> bool:
    """Move this process, which has one thread, where there is no network; False if it may not.

    See user_namespaces(7) and network_namespaces(7). Users other than root need the first for the
    second, and where either is switched off the network stays.
    """
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return _call("unshare", flags)


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
