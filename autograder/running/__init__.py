"""The grader's end of a run: from a notebook to what was seen of its variables."""
