"""Otter Assign at work: from a master to the students' notebook and the staff's."""

import json
import re
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

from autograder.course.master import Master, without_config
from autograder.course.text import text_of
from autograder.errors import CourseError

# Options that are the same for every master: what they would make is made here, or not at all.
_OURS = {
    "init_cell": False,
    "export_cell": False,
    "generate": False,
    "solutions_pdf": False,
    "template_pdf": False,
    "run_tests": False,
    "tests": {"files": False, "ok_format": False},
}
PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}
"""The kernel of every notebook that is built."""

_KEPT = (
    "check_all_cell",
    "show_question_points",
    "strip_solutions_from_all_cells",
    "suppress_no_tests_warning",
)


def assigned(master: Master) -> tuple[NotebookNode, NotebookNode]:
    """The notebook without solutions and hidden cases, and the one with them.

    The tests are in the metadata of both. Raises CourseError where Otter Assign refuses the master
    and where it has no test.
    """
    # Otter Assign brings pandas; nothing else of this package should wait for it.
    from otter.assign import main as otter_assign

    file = master.file
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, file.name)
        copy.write_text(_with_our_options(master), encoding="utf-8")
        # Otter leaves a folder with all tests, hidden ones too, among the temporary files.
        default, tempfile.tempdir = tempfile.tempdir, folder
        try:
            otter_assign(str(copy), str(Path(folder, "out")), no_pdfs=True, no_run_tests=True)
        except Exception as error:  # Otter raises many kinds for many defects
            raise CourseError(f"{file}: Otter Assign refuses this master: {error}") from error
        finally:
            tempfile.tempdir = default
        student, staff = (
            nbformat.read(Path(folder, "out", kind, file.name), as_version=4)
            for kind in ("student", "autograder")
        )
    if not staff.metadata.get("otter", {}).get("tests"):
        raise CourseError(f"{file}: the master has no test cases")
    for notebook in (student, staff):
        _seed(notebook, master.config.get("seed") or {})
        if master.config.get("init_cell", True):
            notebook.cells.insert(0, nbformat.v4.new_code_cell(first_cell(file.name)))
    return student, staff


def first_cell(name: str) -> str:
    """The code that loads the checks of the notebook of that name, and installs them if need be."""
    template = files("autograder.course") / "template" / "first_cell.txt"
    return template.read_text("utf-8").strip().replace("NOTEBOOK", name)


def _with_our_options(master: Master) -> str:
    """The master's text with the options under which Otter Assign makes what is wanted here."""
    notebook = json.loads(text_of(master.file))
    kept = {name: master.config[name] for name in _KEPT if name in master.config}
    options = {"name": master.file.stem, **_OURS, **kept}
    text = "# ASSIGNMENT CONFIG\n" + yaml.safe_dump(options, sort_keys=False)
    first = {"cell_type": "raw", "metadata": {}, "source": text}
    notebook["cells"] = [first, *without_config(notebook["cells"])]
    notebook.setdefault("metadata", {}).setdefault("kernelspec", PYTHON)
    if notebook.get("nbformat") == 4 and notebook.get("nbformat_minor", 0) >= 5:
        first["id"] = "options"
    return json.dumps(notebook)


def _seed(notebook: NotebookNode, seed: dict[str, Any]) -> None:
    """Give the variable that is named the seed that students get."""
    if not seed:
        return
    line = re.compile(rf"^([ \t]*){re.escape(seed['variable'])}[ \t]*=(?!=).*$", re.MULTILINE)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            replaced = rf"\g<1>{seed['variable']} = {seed['student_value']}"
            cell.source = line.sub(replaced, cell.source)
