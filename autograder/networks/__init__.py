"""A network as data: what a confined process tells of a student's file, and its scores."""
