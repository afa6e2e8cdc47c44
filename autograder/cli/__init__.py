"""The command line: reads arguments, writes files, turns errors into one sentence each."""

# Each module adds its commands to the application, in the order of the help.
from autograder.cli import (  # noqa: F401, I001
    grading,
    regrading,
    desk,
    cluster,
    students,
    instructors,
    handout,
    gradescope,
)
from autograder.cli.app import app, main

__all__ = ["app", "main"]
