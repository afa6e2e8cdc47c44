"""Prints the names of torch's CUDA devices as JSON: the grader itself loads no torch.

With the argument `confined`, those that a kernel can use: torch computes on each from behind the
layers of isolation that this machine has.
"""

import json
import sys


def main() -> None:
    """Entry point."""
    if sys.argv[1:] == ["confined"]:
        _confine()
    import torch

    names = []
    for number in range(torch.cuda.device_count()):
        torch.ones(1, device=number)
        names.append(torch.cuda.get_device_name(number))
    print(json.dumps(names))  # noqa: T201


def _confine() -> None:
    """Give up what a kernel gives up; torch comes after it, as in a kernel its drivers do."""
    from autograder.kernel.call_filter import restrict_calls
    from autograder.kernel.isolation import available
    from autograder.kernel.landlock import close_files
    from autograder.kernel.privileges import drop_capabilities, switch_user
    from autograder.kernel.seats import UserLeases, user_range
    from autograder.kernel.system_calls import NOTEBOOK_WITH_GPU

    here = available()
    if here.user:
        seats = UserLeases(user_range())
        lease = seats.take()  # kept until this process ends
        seats.close()
        switch_user(lease.user)
    drop_capabilities()
    if here.files_are_closed:
        close_files([], gpu=True)
    if here.seccomp:
        restrict_calls(NOTEBOOK_WITH_GPU)
