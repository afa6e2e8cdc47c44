"""A trial of the zip: Gradescope's folders and limits, good submissions and broken ones."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import nbformat

from autograder import programs
from autograder.errors import UsageError
from autograder.gradescope.__main__ import ROOT_VARIABLE, SECONDS_VARIABLE
from autograder.gradescope.cage import cage
from autograder.gradescope.memory import used_bytes
from autograder.gradescope.places import Places
from autograder.gradescope.results import problems
from autograder.gradescope.run import the_assignment

_LOOK_SECONDS = 0.5
# Time for a broken notebook whose run has to be stopped; the whole of it would teach no more.
_SHORT_SECONDS = 150
_LEAST_POINTS = 0.01
_TROUBLES = {
    "endless loop": "while True:\n    pass",
    "memory hog": "hog = []\nwhile True:\n    hog.append(bytearray(b'x') * 10_000_000)",
    "kernel exits": "import os\nos._exit(3)",
}
_METADATA = {
    "id": 1,
    "created_at": "2026-10-01T10:00:00.000000-07:00",
    "assignment": {
        "due_date": "2026-10-01T23:59:00.000000-07:00", "late_due_date": None, "group_size": 1,
        "release_date": "2026-09-01T00:00:00.000000-07:00", "group_submission": False, "id": 1,
        "course_id": 1, "title": "Trial", "total_points": "10.0",
    },
    "submission_method": "upload",
    "users": [{"email": "trial@example.edu", "id": 1, "name": "Trial"}],
    "previous_submissions": [],
}  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """What must come of a submission: the least and the most points."""

    least: float
    most: float


@dataclass(frozen=True)
class Trial:
    """What came of one submission."""

    name: str
    results: dict[str, Any]
    seconds: float
    memory_bytes: int
    problems: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether all is as it has to be."""
        return not self.problems

    @property
    def row(self) -> tuple[str, ...]:
        """The trial as the cells of a table."""
        return (
            self.name,
            f"{self.results.get('score', float('nan')):g}",
            f"{self.seconds:.0f} s",
            f"{self.memory_bytes / 1e6:.0f} MB",
            str(self.results.get("extra_data", {}).get("outcome", "not graded")),
            "; ".join(self.problems) or "fine",
        )


class Preflight:
    """A zip that lies unpacked as on Gradescope, and the submissions to try it with."""

    def __init__(self, folder: Path, handed_in: Sequence[Path], course: Path) -> None:
        self._folder, self._handed_in, self._course = folder, handed_in, course
        self._places = Places(folder / "root")
        self.assignment = the_assignment(self._places)
        self.findings = tuple(self._examined())

    def trials(self) -> Iterator[Trial]:
        """Hand in one after another. The broken ones need the reference solution."""
        name, most = self.assignment.name, self.assignment.max_score
        reference = self._reference
        untouched = self._course / "assignments" / f"{name}.ipynb"
        if reference.is_file():
            yield self._tried("reference solution", reference, Expected(most, most))
        if untouched.is_file():
            yield self._tried("untouched notebook", untouched, Expected(0.0, 0.0))
        short = min(_SHORT_SECONDS, self.assignment.settings.gradescope.seconds)
        for trouble, source in _TROUBLES.items() if reference.is_file() else ():
            broken = self._folder / f"{name}.ipynb"
            broken.write_text(troubled(reference.read_text("utf-8"), source), "utf-8")
            some = Expected(_LEAST_POINTS, most - _LEAST_POINTS)
            yield self._tried(trouble, broken, some, short)
        no_notebook = self._folder / f"{name}.ipynb"
        no_notebook.write_text("{ this is no JSON", "utf-8")
        yield self._tried("no JSON", no_notebook, Expected(0.0, 0.0))
        for path in self._handed_in:
            yield self._tried("/".join(path.parts[-2:]), path, Expected(0.0, most))

    @property
    def _reference(self) -> Path:
        return self._course / "solutions" / "reference" / f"{self.assignment.name}.ipynb"

    def _examined(self) -> Iterator[str]:
        """What can be said without running anything."""
        for script in ("setup.sh", "run_autograder"):
            command = ["bash", "-n", str(self._places.source / script)]
            checked = programs.result(command, programs.environment())
            fault = checked.stderr.strip() if checked.returncode else "can be read by bash"
            yield f"{script}: {fault}"
        pinned = (self._places.source / "constraints.txt").read_text("utf-8").split()
        size, different = 0, []
        for line in pinned:
            name, _, version = line.partition("==")
            try:
                found = distribution(name)
            except PackageNotFoundError:
                different.append(f"{name} (not here)")
                continue
            size += sum(_size(file.locate()) for file in found.files or ())
            if found.version.split("+")[0] != version:
                different.append(f"{name} ({found.version} here, {version} there)")
        yield f"image: about {size / 1e6:,.0f} MB of packages, as they are installed here"
        if different:
            yield f"not tried here in the same version: {', '.join(different)}"
        if not self._reference.is_file():
            yield (
                f"only what is broken is tried: {self._reference} is not there; name the course "
                "with --course"
            )
        wanted = self.assignment.settings.gradescope
        yield (
            f"limits: {wanted.cpus:g} of a processor, {wanted.memory_bytes / 1e6:.0f} MB, "
            f"{wanted.seconds:.0f} s"
        )

    def _tried(
        self, name: str, submission: Path, expected: Expected, seconds: float | None = None
    ) -> Trial:
        """Grade a submission in fresh folders, as Gradescope would."""
        self._lay_out(submission)
        wanted = self.assignment.settings.gradescope
        environment = programs.environment(
            **{
                ROOT_VARIABLE: str(self._places.root),
                SECONDS_VARIABLE: str(seconds or wanted.seconds),
            }
        )
        start, peak = time.monotonic(), 0
        with (
            cage(wanted.memory_bytes, wanted.cpus) as limits,
            (self._folder / "stdout").open("wb") as stdout,
        ):
            process = programs.start(
                programs.python(
                    "autograder.gradescope.__main__", package=self._folder / "site" / "autograder"
                ),
                environment, stdout=stdout, stderr=stdout, preexec_fn=limits.enter,
                start_new_session=True,
            )  # fmt: skip
            while process.poll() is None:
                peak = max(peak, used_bytes(process.pid))
                if time.monotonic() - start > wanted.seconds:
                    os.killpg(process.pid, signal.SIGKILL)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_SECONDS)
        took = time.monotonic() - start
        found = list(self._problems(expected))
        if not limits.limited:
            name += " (measured without limits)"
        if took > wanted.seconds:
            found.append(f"took longer than {wanted.seconds:.0f} s")
        if peak > wanted.memory_bytes:
            found.append(f"took more than {wanted.memory_bytes / 1e6:.0f} MB")
        return Trial(name, self._results(), took, peak, tuple(found))

    def _lay_out(self, submission: Path) -> None:
        places = self._places
        for folder in (places.submission, places.results.parent):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o755)
        if submission.is_dir():
            shutil.copytree(submission, places.submission, dirs_exist_ok=True)
        else:
            shutil.copy(submission, places.submission)
        places.metadata.write_text(json.dumps(_METADATA), "utf-8")

    def _problems(self, expected: Expected) -> Iterator[str]:
        try:
            text = self._places.results.read_text("utf-8")
        except OSError as error:
            yield f"no results.json: {error.strerror}"
            return
        yield from problems(text)
        others = [
            p.name for p in self._places.results.parent.iterdir() if p != self._places.results
        ]
        if others:
            yield f"other files among the results: {', '.join(others)}"
        score = self._results().get("score", -1.0)
        if not expected.least - 1e-9 <= score <= expected.most + 1e-9:
            wanted = (
                f"{expected.most:g}"
                if expected.least == expected.most
                else f"between {expected.least:g} and {expected.most:g}"
            )
            yield f"{score:g} points instead of {wanted}"

    def _results(self) -> dict[str, Any]:
        try:
            content = json.loads(self._places.results.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


@contextmanager
def unpacked(archive: Path, handed_in: Sequence[Path], course: Path) -> Iterator[Preflight]:
    """The zip, laid out in a folder that goes away afterwards.

    Raises UsageError for what is no zip of ours, or a submission that is not there, and
    CourseError where the zip's assignment is broken.
    """
    if missing := [path for path in handed_in if not path.exists()]:
        raise UsageError(f"{missing[0]}: there is no such file or folder")
    with tempfile.TemporaryDirectory(prefix="preflight-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # students' kernels run as other users where the grader is root
        try:
            with zipfile.ZipFile(archive) as content:
                content.extractall(folder / "root" / "source")
            (wheel,) = (folder / "root" / "source").glob("*.whl")
            with zipfile.ZipFile(io.BytesIO(wheel.read_bytes())) as package:
                package.extractall(folder / "site")
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise UsageError(
                f"{archive}: not a zip made by `autograder gradescope`: {error}"
            ) from error
        yield Preflight(folder, handed_in, course)


def troubled(reference: str, source: str) -> str:
    """A reference solution in which trouble comes after its first question."""
    notebook = nbformat.reads(reference, as_version=4)
    checks = (
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.startswith("grader.check(")
    )
    notebook.cells.insert(next(checks, 0) + 1, nbformat.v4.new_code_cell(source))
    return str(nbformat.writes(notebook))


def _size(file: Any) -> int:
    try:
        return int(Path(file).stat().st_size)
    except OSError:
        return 0
