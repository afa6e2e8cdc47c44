"""Everything that runs in, or starts, a student's process."""
