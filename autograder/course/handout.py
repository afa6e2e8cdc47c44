"""What students receive: how their notebook installs the checks, and all of it as one zip."""

import json
import tomllib
from pathlib import Path

from nbformat import NotebookNode
from pydantic import Field, ValidationError

from autograder.course.assignment import Course
from autograder.course.text import text_of
from autograder.course.wheel import PROJECT, wheel, wheel_name, zipped
from autograder.errors import CourseError
from autograder.model import Frozen

SETTINGS = "course.toml"
"""The course's own settings, beside `assignments/` and `solutions/`; there need not be any."""

_NAMED = f'"{PROJECT}"'
_TEXT = """\
{title}

1. Unpack this zip, and keep the files together in one folder.
2. Open {name}.ipynb in Jupyter, VS Code or Colab (there, upload the other files in the Files pane),
   and run its first code cell. Where the checks are not there yet, it installs them:
   {how}.
3. Write your answers into the notebook. The cell below each question checks what can be checked.
4. Before you hand in, run in a terminal:  autograder check {name}.ipynb
"""


class CourseSettings(Frozen):
    """What `course.toml` holds: `install` is what pip installs where the checks are not there.

    The name of a package, the address of a wheel, or that of a repository (`git+https://…`).
    """

    install: str = Field(default=PROJECT, min_length=1, max_length=500, pattern=r"^[^\s{}$\"'\\]+$")


def course_settings(course: Course) -> CourseSettings:
    """The settings of the whole course. Raises CourseError for a file that cannot be used."""
    file = course.root / SETTINGS
    if not file.is_file():
        return CourseSettings()
    try:
        return CourseSettings.model_validate(tomllib.loads(text_of(file)))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{file}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CourseError(f"{file}: {where}: {first['msg']}") from error


def name_source(notebook: NotebookNode, install: str) -> None:
    """Let the cell that loads the checks install them from what the course names."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "from autograder import Notebook" in cell.source:
            cell.source = cell.source.replace(_NAMED, json.dumps(install), 1)


def handout(course: Course, name: str, *, with_wheel: bool = False) -> bytes:
    """The zip for students: the notebook, its data, a short text, and the package if wanted.

    Raises UsageError for an unknown assignment, CourseError where a file is missing.
    """
    assignment = course.assignment(name)
    notebook = assignment.handed_out
    if not notebook.is_file():
        raise CourseError(f"{notebook}: there is no such file; run `autograder build {name}`")
    members = {f"{name}/{f.name}": f.read_bytes() for f in (notebook, *assignment.files)}
    how = (
        f"from {wheel_name()}, beside it"
        if with_wheel
        else f"from {course_settings(course).install}"
    )
    text = _TEXT.format(title=assignment.settings.title, name=name, how=how)
    members[f"{name}/README.txt"] = text.encode()
    if with_wheel:
        members[f"{name}/{wheel_name()}"] = wheel()
    return zipped(members)


def default_place(name: str) -> Path:
    """Where a handout is written if nothing is said."""
    return Path(f"{name}_handout.zip")
