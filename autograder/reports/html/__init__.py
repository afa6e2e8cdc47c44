"""The report as a website of plain files, which needs no server and trusts no student's text."""

from autograder.reports.html.report import ClassReport
from autograder.reports.html.site import site

__all__ = ["ClassReport", "site"]
