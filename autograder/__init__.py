"""Grades the CNN Introduction lab: notebooks run apart, their answers are judged as data."""

import sys

# `python -m autograder` is being looked up: Python has put the current folder in front of its own
# modules, and what lies there is none of ours.
if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    del sys.path[0]

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.student.notebook import Notebook

__all__ = ["Notebook", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Loaded on demand: a student's `from autograder import Notebook` should not make the grader's
    # own imports pay for torch and otter.
    if name == "Notebook":
        from autograder.student.notebook import Notebook

        return Notebook
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
