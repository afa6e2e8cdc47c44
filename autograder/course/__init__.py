"""A course on disk: assignments, questions and tests, and how they are built."""
