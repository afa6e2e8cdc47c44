"""The zip for Gradescope: the package, one assignment, and what installs and starts them.

The same course and the same versions give the same bytes.
"""

import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.course.assignment import WRITTEN, Course
from autograder.course.vocabulary import FILE
from autograder.course.wheel import PROJECT, wheel, wheel_name, zipped
from autograder.errors import UsageError

# What grading imports. The other dependencies of the package serve commands and reports.
NEEDED = (
    "ipykernel", "jupyter-client", "matplotlib", "nbclient", "nbformat", "numpy", "onnx",
    "onnxruntime", "pydantic", "pyseccomp", "scikit-learn", "scipy",
    "torch",
)  # fmt: skip
# The extra `lab`, which notebooks of such a lab import: what of it is installed here goes along.
WELCOME = (
    "einops", "ipywidgets", "pandas", "seaborn", "torchinfo", "torchmetrics", "torchsummary",
    "tqdm",
)  # fmt: skip
_EXECUTABLE = ("setup.sh", "run_autograder")


def build_zip(course: Course, name: str) -> bytes:
    """The zip to upload for an assignment.

    Raises UsageError for an unknown assignment or a requirement that is not installed here, and
    CourseError for a course that is broken.
    """
    assignment = course.assignment(name)
    assignment.check_data()  # a broken file is better found here than on Gradescope
    solutions, inside = course.root / "solutions", "course/solutions"
    members = {
        **{file: _own(file).replace(b"\r\n", b"\n") for file in _EXECUTABLE},
        "python-version": f"{sys.version_info.major}.{sys.version_info.minor}\n".encode(),
        "requirements.txt": pinned((*NEEDED, *_welcome())).encode(),
        "constraints.txt": pinned(all_needed()).encode(),
        wheel_name(): wheel(),
        f"{inside}/{name}.toml": (solutions / f"{name}.toml").read_bytes(),
    }
    tests = solutions / "tests" / name
    for test in sorted([*tests.glob("*.py"), *tests.glob(WRITTEN)]):
        members[f"{inside}/tests/{name}/{test.name}"] = test.read_bytes()
    if assignment.vocabulary:
        members[f"{inside}/{FILE}"] = assignment.vocabulary.encode()
    for file in dict.fromkeys((*assignment.files, *assignment.set_files)):
        members[f"course/{file.relative_to(course.root).as_posix()}"] = file.read_bytes()
    return zipped(members, _EXECUTABLE)


def pinned(names: Iterable[str]) -> str:
    """Requirements of exactly the versions that are installed here. Raises UsageError."""
    # PyTorch's builds differ in what follows the plus: setup.sh decides on the build.
    versions = {name: _installed(name).version.split("+")[0] for name in names}
    return "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))


def all_needed() -> set[str]:
    """What grading imports, and all that this needs in turn. Raises UsageError."""
    found: set[str] = set()
    waiting = [*NEEDED, *_welcome()]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            waiting.extend(_required(_installed(name).requires or ()))
    return found


def _own(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()


def _welcome() -> list[str]:
    here = {canonicalize_name(found.name) for found in distributions()}
    return [name for name in WELCOME if name in here]


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise UsageError(
            f"the package {name} is not installed here, so that its version cannot be pinned; "
            f"run this where {PROJECT} is installed"
        ) from None


def _required(requirements: Iterable[str]) -> Iterable[str]:
    """The names of the requirements that apply here, those of extras left out."""
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name
