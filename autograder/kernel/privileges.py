"""Gives up what a process may do by being root, and by being the grader's user.

A grader that runs as root gives each kernel a user of its own where that user can read Python.
Root or not, every kernel loses its capabilities (capabilities(7)): root without them may no longer
change immutable flags, raise its priority, open raw sockets or pass over file rights.
"""

import contextlib
import ctypes
import os
import signal
import stat
from pathlib import Path

_NEEDED = {"chown": 0, "dac_override": 1, "fowner": 3, "kill": 5, "setgid": 6, "setuid": 7}
_LAST_CAPABILITY = 63
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_SECUREBITS, _PR_SET_NO_NEW_PRIVS = 4, 24, 28, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECBIT_NOROOT_LOCKED = 0b11
_CAPABILITY_VERSION_3 = 0x20080522
_LIBC = ctypes.CDLL(None, use_errno=True)


def closed_to_others(place: Path) -> Path | None:
    """The folder that keeps other users from `place`: itself or one above; None if they can."""
    real = Path(os.path.realpath(place))
    for folder in (*reversed(real.parents), real):
        needed = stat.S_IXOTH | (stat.S_IROTH if folder == real else 0)
        if folder.stat().st_mode & needed != needed:
            return folder
    return None


def become_user(user: int, folder: str) -> None:
    """Give `folder` to the user and become it for good. Raises OSError when that fails."""
    os.chown(folder, user, user)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), user, user, follow_symlinks=False)
    switch_user(user)


def switch_user(user: int, *, inspectable: bool = True) -> None:
    """Become the user and member of no other group. Raises OSError when that fails.

    Only an `inspectable` process owns its files in /proc, and is open to others of that user.
    """
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    # The change of user has taken /proc from it; ipykernel has to read about itself.
    _prctl(_PR_SET_DUMPABLE, 1 if inspectable else 0)


def drop_capabilities() -> None:
    """Give up all capabilities, also those that a program run later would gain."""
    for capability in range(_LAST_CAPABILITY + 1):
        with contextlib.suppress(OSError):  # beyond the last that this kernel knows, or not root
            _prctl(_PR_CAPBSET_DROP, capability)
    with contextlib.suppress(OSError):
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NOROOT_LOCKED)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    if _LIBC.capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def kill_user(user: int) -> None:
    """Kill every process of the user at one stroke: none can fork away from it."""
    helper = os.fork()
    if helper == 0:
        try:
            os.setresuid(user, user, user)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(helper, 0)


def missing_capability() -> str | None:
    """A capability without which this process can give kernels no users; None if it has all."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            effective = int(line.split()[1], 16)
            return next((name for name, bit in _NEEDED.items() if not effective >> bit & 1), None)
    return "chown"


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")
