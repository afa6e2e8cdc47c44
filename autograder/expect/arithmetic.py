"""The convolution and the pooling that students compute by hand, and the ways to get them wrong.

What deep learning calls convolution is the cross-correlation
    out[i, j] = sum over a, b of image[i + a, j + b] * kernel[a, b]
(Goodfellow, Bengio and Courville, Deep Learning, 2016, equation 9.6).
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from autograder.expect.numbers import (
    Matrix,
    as_array,
    describe,
    number,
    numbers,
    plainly,
    without_leading_axes,
)
from autograder.expect.verdict import Failure, Lesson
from autograder.model import Observation


def convolution(answer: Observation, image: ArrayLike, kernel: ArrayLike) -> None:
    """The answer is `image` convolved with `kernel`, no padding, stride 1."""
    x, k = np.asarray(image, float), np.asarray(kernel, float)
    right = _correlate(x, k)
    expected = (
        f"the {right.shape[0]}x{right.shape[1]} features that the kernel gives without padding, "
        "stride 1"
    )
    found = without_leading_axes(as_array(answer, expected), right.ndim)
    if found.shape == right.shape and np.allclose(found, right):
        return
    for wrong, lesson in _convolution_mistakes(x, k, right):
        if found.shape == wrong.shape and np.allclose(found, wrong):
            raise Failure(
                expected=expected,
                found=describe(answer),
                advice=lesson.advice,
                mistake=lesson.mistake,
            )
    matching = int(np.isclose(numbers(answer, right.shape), right).sum())
    raise Failure(
        expected=expected,
        found=f"{describe(answer)}: {matching} of {right.size} numbers are right",
        mistake=f"{plainly(found)}: {matching} of {right.size} numbers are right",
        advice="lay the kernel on the upper left corner. Multiply each of its numbers by the "
        "number under it. Add up the products. Then move one step and do it again.",
    )


def pooled_convolution(
    answer: Observation, image: ArrayLike, kernel: ArrayLike, window: int
) -> None:
    """The answer is the largest of the convolved features, which a single window covers."""
    x, k = np.asarray(image, float), np.asarray(kernel, float)
    expected = f"the result of {window}x{window} max pooling on the convolved features"
    pooled_input = _pool(x, window)
    table = without_leading_axes(as_array(answer, expected), pooled_input.ndim)
    if table.shape == pooled_input.shape != (1, 1) and np.allclose(table, pooled_input):
        raise Failure(
            expected=expected,
            found=f"{describe(answer)}, which is the pooled input",
            mistake="an answer which is the pooled input",
            advice="a pooling layer works on what the layer before it gives: pool the convolved "
            "features.",
        )
    features = _correlate(x, k)
    if table.size > 1 and table.size in (features.shape[1], features.size):
        raise Failure(
            expected=expected,
            found=f"{describe(answer)}, which holds {table.size} numbers",
            mistake=f"an answer which holds {table.size} numbers",
            advice=f"one window covers all {features.size} convolved features, so one number is "
            "left. `max` of nested lists compares rows, not numbers.",
        )
    found = number(answer)
    if np.isclose(found, _pool(features, window).item()):
        return
    for wrong, lesson in _pooling_mistakes(x, k):
        if np.isclose(found, wrong):
            raise Failure(
                expected=expected,
                found=describe(answer),
                advice=lesson.advice,
                mistake=lesson.mistake,
            )
    raise Failure(
        expected=expected,
        found=describe(answer),
        mistake=plainly(found),
        advice="max pooling keeps one number of each window and computes nothing new: first make "
        "sure of your convolved features, then look which of them survives.",
    )


_POOLED_WELL = (
    "The pooling is right, what it works on is not: correct the convolved features first."
)


def _correlate(x: Matrix, k: Matrix) -> Matrix:
    windows = sliding_window_view(x, k.shape)
    return np.asarray(np.einsum("ijab,ab->ij", windows, k))


def _pool(x: Matrix, window: int) -> Matrix:
    rows, columns = x.shape[0] // window, x.shape[1] // window
    tiles = x[: rows * window, : columns * window].reshape(rows, window, columns, window)
    return np.asarray(tiles.max(axis=(1, 3)))


def _convolution_mistakes(x: Matrix, k: Matrix, right: Matrix) -> Iterator[tuple[Matrix, Lesson]]:
    border = k.shape[0] // 2
    yield (
        right.T,
        Lesson(
            "your numbers are right but rows and columns are exchanged",
            "the kernel moves along a row first. So the first row of the answer is the upper edge.",
        ),
    )
    yield (
        _correlate(x, k[::-1, ::-1]),
        Lesson(
            "it looks as if you turned the kernel by 180 degrees, as signal processing does",
            "in a convolutional network the kernel stays as it is drawn (cross-correlation).",
        ),
    )
    yield (
        _correlate(x, k.T),
        Lesson(
            "it looks as if you exchanged rows and columns of the kernel",
            "lay it on the input as drawn.",
        ),
    )
    yield (
        _correlate(np.pad(x, border), k),
        Lesson(
            "this is the answer with zeros added around the input ('same' padding)",
            "without padding the kernel stays inside the input and the map shrinks ('valid').",
        ),
    )
    yield (
        _correlate(np.pad(x, k.shape[0] - 1), k),
        Lesson(
            "this is the answer with zeros added wherever the kernel touches the input ('full' "
            "padding)",
            "without padding the kernel stays inside the input.",
        ),
    )
    yield (
        sliding_window_view(x, k.shape).max(axis=(2, 3)).astype(float),
        Lesson(
            "these are the largest inputs under the kernel",
            "multiply by the kernel's numbers and add up the products.",
        ),
    )
    yield (
        right / k.size,
        Lesson(
            "you took the mean of the products",
            "a convolution adds them up and does not divide.",
        ),
    )


def _pooling_mistakes(x: Matrix, k: Matrix) -> Iterator[tuple[float, Lesson]]:
    features = _correlate(x, k)
    yield (
        float(features.mean()),
        Lesson(
            "this is the mean of the convolved features, which is average pooling",
            "max pooling keeps one of the numbers as it is.",
        ),
    )
    yield (
        float(features.sum()),
        Lesson(
            "this is the sum of the convolved features",
            "max pooling keeps one of the numbers as it is.",
        ),
    )
    yield (
        float(features.min()),
        Lesson(
            "this is the smallest of the convolved features",
            "max pooling keeps another one.",
        ),
    )
    for wrong, of, instead in (
        (_correlate(x, k[::-1, ::-1]), "with the kernel turned by 180 degrees", _POOLED_WELL),
        (_correlate(x, k.T), "with rows and columns of the kernel exchanged", _POOLED_WELL),
        (x, "of the input itself", f"pool the convolved features, not the input. {_POOLED_WELL}"),
        (
            _correlate(np.pad(x, k.shape[0] // 2), k),
            "of features computed with zero padding",
            _POOLED_WELL,
        ),
    ):
        if wrong.max() != features.max():
            yield float(wrong.max()), Lesson(f"this is the largest number {of}", instead)
