"""Where grades go: each report returns text, and the command line writes it."""

from autograder.reports.table import one_line, remarks, summary_table
from autograder.reports.tabular import as_csv, as_json

__all__ = ["as_csv", "as_json", "one_line", "remarks", "summary_table"]
