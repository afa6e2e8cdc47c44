"""What a test case can expect of an answer or a network: the vocabulary of the test files.

Each function returns nothing when the expectation holds and raises `Failure`, worded for the
student, when it does not. None of them needs the right answer in its message.
"""

from autograder.expect.accuracy import accuracy, not_worse
from autograder.expect.arithmetic import convolution, pooled_convolution
from autograder.expect.dimensions import dimensions, output_dimensions
from autograder.expect.numbers import number, numbers
from autograder.expect.structure import (
    classifier,
    convolution_before_dense,
    pictured_filters,
    reduced_by_pooling_or_stride,
    size_kept_by_padding,
    stacked_convolutions,
)
from autograder.expect.training import (
    batch_normalisation,
    dropout_after_convolution,
    dropout_after_dense,
)
from autograder.expect.verdict import Failure, Unjudged, Verdict, flag, note

__all__ = [
    "Failure",
    "Unjudged",
    "Verdict",
    "accuracy",
    "batch_normalisation",
    "classifier",
    "convolution",
    "convolution_before_dense",
    "dimensions",
    "dropout_after_convolution",
    "dropout_after_dense",
    "flag",
    "not_worse",
    "note",
    "number",
    "numbers",
    "output_dimensions",
    "pictured_filters",
    "pooled_convolution",
    "reduced_by_pooling_or_stride",
    "size_kept_by_padding",
    "stacked_convolutions",
]
