"""The zip for Gradescope: the package, one assignment, and what installs and starts them.

The same course and the same versions give the same bytes.
"""

import base64
import hashlib
import io
import sys
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import autograder
from autograder.course.assignment import WRITTEN, Course
from autograder.errors import UsageError

PROJECT = "cnn-autograder"
# What grading imports. The other dependencies of the package serve commands and reports.
NEEDED = (
    "ipykernel", "jupyter-client", "matplotlib", "nbclient", "nbformat", "numpy", "onnx",
    "onnxruntime", "pydantic", "pyseccomp", "sandlock", "scikit-learn", "scipy",
    "torch",
)  # fmt: skip
# The extra `lab`, which notebooks of such a lab import: what of it is installed here goes along.
WELCOME = (
    "einops", "ipywidgets", "pandas", "seaborn", "torchinfo", "torchmetrics", "torchsummary",
    "tqdm",
)  # fmt: skip
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_EXECUTABLE = ("setup.sh", "run_autograder")
_UNIX = 3


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
        f"cnn_autograder-{autograder.__version__}-py3-none-any.whl": wheel(),
        f"{inside}/{name}.toml": (solutions / f"{name}.toml").read_bytes(),
    }
    tests = solutions / "tests" / name
    for test in sorted([*tests.glob("*.py"), *tests.glob(WRITTEN)]):
        members[f"{inside}/tests/{name}/{test.name}"] = test.read_bytes()
    for file in dict.fromkeys((*assignment.files, *assignment.set_files)):
        members[f"course/{file.relative_to(course.root).as_posix()}"] = file.read_bytes()
    return zipped(members)


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


def wheel() -> bytes:
    """The package as it is installed here, as a wheel; it needs no source tree to be made from.

    Nothing in it is compressed: the zip around it does that better for all of it at once.
    """
    package = Path(autograder.__file__).parent
    members = {
        f"{package.name}/{file.relative_to(package).as_posix()}": file.read_bytes()
        for file in sorted(package.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    info = f"cnn_autograder-{autograder.__version__}.dist-info"
    members[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {PROJECT}\nVersion: {autograder.__version__}\n"
    ).encode()
    members[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: autograder\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    entry_points = distribution(PROJECT).entry_points
    points = sorted(f"[{p.group}]\n{p.name} = {p.value}\n" for p in entry_points)
    members[f"{info}/entry_points.txt"] = "\n".join(points).encode()
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD")
    return zipped(members, zipfile.ZIP_STORED)


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip that depends on nothing but its members: sorted, without times, with fixed rights."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = _UNIX
            member.external_attr = (0o100755 if name in _EXECUTABLE else 0o100644) << 16
            member.compress_type = compression
            archive.writestr(member, members[name], compresslevel=9)
    return out.getvalue()


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


def _record(members: Mapping[str, bytes], itself: str) -> bytes:
    lines = []
    for name, content in sorted(members.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{itself},,", ""]).encode()
