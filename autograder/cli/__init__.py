"""The command line: reads arguments, writes files, turns errors into one sentence each."""

# Each module adds its commands to the application, in the order of the help.
from autograder.cli import grading, regrading, desk, cluster, students, instructors, gradescope  # noqa: F401, I001
from autograder.cli.app import app, main

__all__ = ["app", "main"]
