"""Otter's test files are loaded without the rest of Otter, which stays whole for who wants it."""

import subprocess
import sys

SCRIPT = """
import sys
import autograder.judging.cases
assert "pandas" not in sys.modules and "nbconvert" not in sys.modules, "all of Otter was loaded"
assert "otter" not in sys.modules
import otter
assert otter.Notebook
from otter.test_files import test_case
from otter.test_files.exception_test import ExceptionTestFile
assert ExceptionTestFile is autograder.course.otter_tests.ExceptionTestFile
"""
AFTER_OTTER = """
import otter
import autograder.judging.cases, sys
assert sys.modules["otter"] is otter and otter.Notebook
"""


def errors_of(script: str) -> str:
    """What a script in a Python of its own says when it fails; nothing if all is well."""
    command = [sys.executable, "-W", "ignore", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def test_only_test_files_are_loaded() -> None:
    assert errors_of(SCRIPT) == ""


def test_otter_that_is_there_already_stays() -> None:
    assert errors_of(AFTER_OTTER) == ""
