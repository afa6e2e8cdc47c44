"""Where submissions come from: folders, zips and the downloads of learning platforms."""

from autograder.sources.collect import Collection, collect
from autograder.sources.tree import LeftOut

__all__ = ["Collection", "LeftOut", "collect"]
