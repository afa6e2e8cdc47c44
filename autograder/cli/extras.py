"""What a command needs beyond the small installation of students, and how it is had."""

from importlib.metadata import PackageNotFoundError, distribution
from typing import Literal

from packaging.requirements import Requirement

from autograder.errors import UsageError

_PROJECT = "cnn-autograder"

Extra = Literal["grade", "desk", "cluster"]


def require(extra: Extra, command: str) -> None:
    """Raises UsageError where a package of that extra is not installed, and on Windows.

    What an extra holds is read from this package's own metadata; the wheel in Gradescope's zip,
    which installs all that it needs itself, states none.
    """
    require_unix(command)
    for requirement in requirements(extra):
        try:
            distribution(requirement)
        except PackageNotFoundError:
            raise UsageError(
                f"`autograder {command}` needs {requirement}, which is not installed here: "
                f"pip install '{_PROJECT}[{extra}]'"
            ) from None


def require_unix(command: str) -> None:
    """Raises UsageError where the system lacks what commands for graders are built on."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        raise UsageError(
            f"`autograder {command}` runs on Linux. Here there are `autograder check` and the "
            "checks in notebooks; Windows has Linux in its subsystem WSL"
        ) from None


def requirements(extra: str) -> list[str]:
    """The names of what an extra adds on this system, those of extras that it names included."""
    try:
        stated = map(Requirement, distribution(_PROJECT).requires or [])
    except PackageNotFoundError:  # a copy that nobody installed
        return []
    names: list[str] = []
    for each in stated:
        marker = each.marker
        if (
            marker is None
            or marker.evaluate({"extra": ""})
            or not marker.evaluate({"extra": extra})
        ):
            continue
        if each.name == _PROJECT:
            names += [name for other in each.extras for name in requirements(other)]
        else:
            names.append(each.name)
    return names
