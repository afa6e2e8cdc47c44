"""User ids for kernels: nobody's on this machine, and each one kernel's at a time.

Who holds an id is a lock on a file in a folder of root's, which no student can name, let alone
take. An id that has an account or a group, or with which a process runs, is left alone.
"""

import contextlib
import fcntl
import grp
import os
import pwd
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.kernel.privileges import kill_user

RANGE = "AUTOGRADER_USERS"
"""The environment variable with the first and the last id, such as `60600-61099`."""
LOCKS = "/run/autograder"
# Between the ranges that systemd hands out; see UIDS-GIDS.md of systemd.
_USUAL = "60600-61099"
_FORM = re.compile(r"(\d{1,9})-(\d{1,9})")
_LOOK_SECONDS = 1.0
_UID = re.compile(rb"^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$", re.MULTILINE)
_STATUS_BYTES = 4096


class NoUserLeft(Exception):
    """Every id is taken; the message says what to do."""


@dataclass(frozen=True)
class UserLease:
    """A user id that is this process's to give until `leave`; `lock` is the lock's descriptor."""

    user: int
    lock: int

    def leave(self) -> None:
        """Kill every process of the user, and free its id."""
        kill_user(self.user)
        os.close(self.lock)


class UserLeases:
    """The ids in `users`, locked by files in the folder `locks`.

    Raises OSError where that folder is not this user's alone.
    """

    def __init__(
        self, users: range, locks: str = LOCKS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._users, self._clock = users, clock
        self._folder = _own_folder(locks)
        self._named = {user for user in users if _has_a_name(user)}
        self._running: set[int] = set()
        self._looked = float("-inf")

    def take(self) -> UserLease:
        """A free one. Raises NoUserLeft when there is none."""
        self._look()
        for user in self._users:
            if user in self._named or user in self._running:
                continue
            with contextlib.suppress(BlockingIOError):  # held, by this process or another
                return UserLease(user, self._locked(user))
        raise NoUserLeft(
            f"no user id is free for a kernel: all of {self._users[0]} to {self._users[-1]} have "
            f"an account or are in use; choose others with {RANGE}"
        )

    def close(self) -> None:
        """Close the folder of the locks; seats that are taken stay taken."""
        os.close(self._folder)

    def _locked(self, user: int) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        lock = os.open(str(user), flags, 0o600, dir_fd=self._folder)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(lock)
            raise
        return lock

    def _look(self) -> None:
        """Note which ids have processes. Looking at all of a machine's takes milliseconds."""
        if self._clock() - self._looked < _LOOK_SECONDS:
            return
        self._looked = self._clock()
        self._running.clear()
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):  # it has ended
                handle = os.open(f"/proc/{name}/status", os.O_RDONLY)
                try:
                    if found := _UID.search(os.read(handle, _STATUS_BYTES)):
                        self._running.update(map(int, found.groups()))
                finally:
                    os.close(handle)


def user_range() -> range:
    """The ids that kernels may have. Raises ValueError, with one sentence, for a bad setting."""
    text = os.environ.get(RANGE) or _USUAL
    found = _FORM.fullmatch(text)
    first, last = map(int, found.groups()) if found else (0, 0)
    if not 0 < first <= last:
        raise ValueError(f"{RANGE} has to be a range of user ids such as {_USUAL}, not {text!r}")
    return range(first, last + 1)


def why_no_seats() -> str:
    """What keeps kernels from having an id of their own here; empty where nothing does."""
    try:
        users = user_range()
        os.close(_own_folder(LOCKS))
    except (ValueError, OSError) as error:
        return str(error)
    if not (_is_mapped(users[0]) and _is_mapped(users[-1])):
        return f"this container does not have the user ids {users[0]} to {users[-1]}"
    return ""


def _own_folder(path: str) -> int:
    """A descriptor of the folder, made if it is missing. Raises OSError where others may write."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    facts = os.fstat(handle)
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        os.close(handle)
        raise PermissionError(f"others may write to {path}, where locks on user ids are kept")
    return handle


def _has_a_name(number: int) -> bool:
    """Whether an account or a group has this number."""
    for look_up in (pwd.getpwuid, grp.getgrgid):
        with contextlib.suppress(KeyError):
            look_up(number)
            return True
    return False


def _is_mapped(user: int) -> bool:
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= user < first + count:
            return True
    return False
