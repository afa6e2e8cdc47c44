"""How much memory this kernel may still take."""


class Room:
    """The memory that the kernel may use; None where nobody counts it."""

    most_bytes: int | None = None


def has_room(needed_bytes: int) -> bool:
    """Whether so much more may be used before the kernel is stopped."""
    return Room.most_bytes is None or _resident() + needed_bytes <= Room.most_bytes


def most_data() -> int | None:
    """How much this process may map to write to (RLIMIT_DATA of setrlimit(2)) within its memory.

    What is mapped and has never been used counts for the limit, and not for the memory. None where
    nobody counts.
    """
    if Room.most_bytes is None:
        return None
    return _kilobytes("VmData") * 1024 + max(0, Room.most_bytes - _resident())


def _resident() -> int:
    """The memory of this process that is no file's, in bytes."""
    return _kilobytes("RssAnon", "RssShmem") * 1024


def _kilobytes(*counters: str) -> int:
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            fields = dict(line.split(":", 1) for line in status)
    except OSError:  # no Linux, or a closed /proc
        return 0
    return sum(int(fields.get(name, "0").split()[0]) for name in counters)
