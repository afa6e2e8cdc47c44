"""Mends notebooks that were damaged on their way here, where that is safe, and says so."""

from autograder.repair.colab import adapted
from autograder.repair.file import mended
from autograder.repair.language import check_language

__all__ = ["adapted", "check_language", "mended"]
