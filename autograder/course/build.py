"""From the masters in `solutions/masters/` to student notebooks, references and tests.

Otter Assign reads a master (https://otter-grader.readthedocs.io/en/latest/otter_assign/) and
writes two notebooks: without solutions and hidden cases for students, with them for staff.
"""

import base64
import json
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course.assignment import WRITTEN, Course, read_settings
from autograder.course.carried import Carried
from autograder.course.data import DataSettings
from autograder.course.handout import course_settings, name_source
from autograder.course.master import read_master
from autograder.course.otter_assign import PYTHON, assigned
from autograder.course.otter_options import check_options
from autograder.course.questions import Question, load_question, questions_of
from autograder.course.vocabulary import FILE, public_part
from autograder.errors import CourseError

_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>images/[^)\s]+)\)")


@dataclass(frozen=True)
class Built:
    """The files made from one master: path below the course's folder, and content.

    `sets` are the parameters of its tests that name evaluation sets, and the set of each.
    """

    assignment: str
    files: dict[Path, str]
    sets: dict[str, str]

    @property
    def handed_out(self) -> str:
        """The notebook that students get."""
        return self.files[_handed_out(self.assignment)]

    @property
    def reference(self) -> str:
        """The notebook with the solutions."""
        return self.files[_reference(self.assignment)]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions with all their cases. Raises CourseError for tests that do not load."""
        folder = _tests(self.assignment)
        named = {
            p.stem: text
            for p, text in self.files.items()
            if p.parent == folder and p.suffix == ".py"
        }
        return questions_of({name: (text, name) for name, text in named.items()}, self.sets)


def build(course: Course, name: str) -> Built:
    """Everything made from the master of one assignment. Writes nothing into the course.

    Raises CourseError for a master that is missing or that Otter Assign refuses, for tests that do
    not load and for pictures that are not there.
    """
    master = course.root / "solutions" / "masters" / f"{name}.ipynb"
    if not master.is_file():
        raise CourseError(f"{master}: there is no such master notebook")
    settings = read_settings(course.root / "solutions" / f"{name}.toml")
    install = course_settings(course).install
    read = read_master(master)
    check_options(read, settings.data.files)
    student, staff = assigned(read)
    tests = dict(staff.metadata.otter.tests)
    sets = settings.data.parameters()
    questions = [load_question(tests[name], f"{master}, question {name}", sets) for name in tests]
    _require_public(master, questions, settings.data)
    for notebook in (student, staff):
        _inline_images(notebook, master.parent.parent)
        _number_cells(notebook)
        name_source(notebook, install)
        notebook.metadata["kernelspec"] = dict(PYTHON)
    carried = Carried(
        accuracy={n: a.public for n, a in settings.accuracy.items()},
        data=settings.data.handed_out(_used_in_public(questions)),
        points={question.name: question.max_score for question in questions},
        network=settings.network,
        vocabulary=public_part(course.vocabulary, questions, str(course.root / "solutions" / FILE)),
    )
    student.metadata["autograder"] = carried.as_metadata()
    for key in ("tests", "OK_FORMAT"):  # the staff's tests lie in files
        del staff.metadata.otter[key]
    files = {
        _handed_out(name): _written(student),
        _reference(name): _written(staff),
    }
    if read.manual_points:
        files[_tests(name) / WRITTEN] = json.dumps(read.manual_points, indent=1) + "\n"
    for question, source in tests.items():
        files[_tests(name) / f"{question}.py"] = source.rstrip() + "\n"
    return Built(name, files, sets)


def write(course: Course, built: Built) -> list[Path]:
    """Write the files into the course, remove tests of questions that are gone; what changed."""
    tests = course.root / _tests(built.assignment)
    changed = []
    for old in sorted([*tests.glob("*.py"), *tests.glob(WRITTEN)]):
        if old.relative_to(course.root) not in built.files:
            old.unlink()
            changed.append(old)
    for path, content in built.files.items():
        file = course.root / path
        if not file.exists() or file.read_bytes() != content.encode():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            changed.append(file)
    return changed


def _handed_out(name: str) -> Path:
    return Path("assignments", f"{name}.ipynb")


def _reference(name: str) -> Path:
    return Path("solutions", "reference", f"{name}.ipynb")


def _tests(name: str) -> Path:
    return Path("solutions", "tests", name)


def _used_in_public(questions: Iterable[Question]) -> frozenset[str]:
    """The sets that public cases name."""
    cases = (case for question in questions for case in question.cases if not case.hidden)
    return frozenset(name for case in cases for name in case.sets)


def _require_public(master: Path, questions: Iterable[Question], data: DataSettings) -> None:
    """Raises CourseError for a public case that measures on what students lack."""
    for question in questions:
        for case in question.cases:
            hidden = [name for name in case.sets if data.sets[name].is_hidden]
            if hidden and not case.hidden:
                raise CourseError(
                    f"{master}, question {question.name}: the public case {case.name} measures on "
                    f"`{hidden[0]}`, which students do not have; make the case hidden"
                )


def _inline_images(notebook: NotebookNode, folder: Path) -> None:
    """Put the pictures into the notebook itself: students pass around a single file."""

    def inlined(match: re.Match[str]) -> str:
        file = folder / match["path"]
        if not file.is_file():
            raise CourseError(f"{file}: the master shows this picture but there is no such file")
        kind = mimetypes.guess_type(file.name)[0] or "image/png"
        data = base64.b64encode(file.read_bytes()).decode()
        return f"![{match['alt']}](data:{kind};base64,{data})"

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _IMAGE.sub(inlined, cell.source)


def _number_cells(notebook: NotebookNode) -> None:
    """Give cells ids by position: the same master gives the same bytes."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for index, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{index:03d}"


def _written(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
