"""Pairs submissions that share unusual code: a lead for a human, never a mark."""

from autograder.results.similarity.pairs import Pair, Passage, similar

__all__ = ["Pair", "Passage", "similar"]
