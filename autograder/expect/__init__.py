"""What a test case can expect of an answer or a network: the vocabulary of the test files.

Each function returns nothing when the expectation holds and raises `Failure`, worded for the
student, when it does not. None of them needs the right answer in its message.
"""

from autograder.expect.accuracy import accuracy, not_worse
from autograder.expect.answers import close, equal, error, raises, returns, shape, text
from autograder.expect.arithmetic import convolution, pooled_convolution
from autograder.expect.dimensions import dimensions, output_dimensions
from autograder.expect.figures import figure
from autograder.expect.layers import layers
from autograder.expect.numbers import number, numbers
from autograder.expect.parameters import parameters
from autograder.expect.predictions import r2
from autograder.expect.structure import (
    classifier,
    convolution_before_dense,
    reduced_by_pooling_or_stride,
    size_kept_by_padding,
    stacked_convolutions,
)
from autograder.expect.tables import table
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
    "close",
    "convolution",
    "convolution_before_dense",
    "dimensions",
    "dropout_after_convolution",
    "dropout_after_dense",
    "equal",
    "error",
    "figure",
    "flag",
    "layers",
    "not_worse",
    "note",
    "number",
    "numbers",
    "output_dimensions",
    "parameters",
    "pooled_convolution",
    "r2",
    "raises",
    "reduced_by_pooling_or_stride",
    "returns",
    "shape",
    "size_kept_by_padding",
    "stacked_convolutions",
    "table",
    "text",
]
