"""From what was seen of a submission to marks."""
