"""How much memory this kernel may still take."""


class Room:
    """The memory that the kernel may use; None where nobody counts it."""

    most_bytes: int | None = None


def has_room(needed_bytes: int) -> bool:
    """Whether so much more may be used before the kernel is stopped."""
    return Room.most_bytes is None or _resident() + needed_bytes <= Room.most_bytes


def _resident() -> int:
    """The memory of this process that is no file's, in bytes."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            fields = dict(line.split(":", 1) for line in status)
    except OSError:  # no Linux, or a closed /proc
        return 0
    kilobytes = sum(int(fields.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem"))
    return kilobytes * 1024
