"""The report as a website of plain files, which needs no server and trusts no student's text."""

from autograder.results.pages.report import ClassReport
from autograder.results.pages.site import site

__all__ = ["ClassReport", "site"]
