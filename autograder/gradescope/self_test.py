"""The last step of `setup.sh`: an empty notebook is graded as Gradescope will have it done."""

import json
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from autograder.gradescope.places import Places
from autograder.gradescope.results import problems
from autograder.gradescope.run import Grading, the_assignment


def main() -> None:
    """Entry point: grades with the source folder given, and exits with 1 where that fails."""
    source = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder))
        places.source.symlink_to(source)
        places.submission.mkdir()
        assignment = the_assignment(places)
        cells = [nbformat.v4.new_code_cell()]
        empty = str(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
        (places.submission / f"{assignment.name}.ipynb").write_text(empty, "utf-8")
        Grading(places, time.monotonic()).to_the_end()
        text = places.results.read_text("utf-8")
    found = problems(text)
    results = json.loads(text)
    if found or results["score"] != 0 or results["extra_data"].get("status") != "graded":
        sys.exit(f"self-test: an empty notebook gave {found or text}")
    print(f"self-test: a kernel started and {assignment.name} was graded")  # noqa: T201


if __name__ == "__main__":
    main()
