"""Where submissions come from."""

from autograder.sources.folder import collect

__all__ = ["collect"]
