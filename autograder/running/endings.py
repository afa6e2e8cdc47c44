"""The limits that end a run before its last cell, in words."""

from autograder.model import Limits, Outcome


def early_end(ended_by: str | None, where: str, limits: Limits) -> tuple[Outcome, str]:
    """How a run ended in which a kernel was ended by a limit, or died; `where` names the cell."""
    if ended_by == "output":
        return Outcome.OUTPUT, f"{where} printed more than {limits.output_bytes:,} bytes"
    if ended_by == "message":
        return Outcome.KERNEL_DIED, f"{where} sent messages that are not a kernel's"
    if ended_by == "memory":
        gigabytes = limits.memory_bytes / 1e9
        return Outcome.MEMORY, f"{where} used more than {gigabytes:.1f} GB of memory"
    if ended_by == "disk":
        megabytes = limits.disk_bytes / 1e6
        return Outcome.KERNEL_DIED, f"{where} wrote more than {megabytes:.0f} MB of files"
    if ended_by == "files":
        most = limits.files
        return Outcome.KERNEL_DIED, f"{where} made more than {most:,} files, or hid some"
    if ended_by == "mappings":
        return Outcome.KERNEL_DIED, f"{where} mapped memory in far too many pieces"
    if ended_by == "processes":
        most = limits.processes
        return Outcome.KERNEL_DIED, f"{where} started too many processes (at most {most})"
    return Outcome.KERNEL_DIED, f"the kernel died in {where}"
