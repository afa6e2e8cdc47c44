"""The output dimensions of a convolution, and the ways to get them wrong.

PyTorch computes floor((size + 2 * padding - kernel) / stride) + 1 along each side
(https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html, dilation 1).
"""

from collections.abc import Iterator

from autograder.expect.numbers import as_array, describe
from autograder.expect.verdict import Failure
from autograder.model import Observation

Triple = tuple[int, int, int]
Pair = tuple[int, int]

_WANTED = "three whole numbers (channels, height, width)"


def dimensions(answer: Observation) -> Triple:
    """The answer as (channels, height, width); raises Failure if it is not three such numbers."""
    found = as_array(answer, _WANTED).reshape(-1)
    if found.size != 3:
        raise Failure(
            expected=f"`{answer.name}` to be {_WANTED}",
            found=f"{describe(answer)}, which holds {found.size} numbers",
            advice="leave out the batch; give the channels first, then the height, then the width.",
        )
    whole = tuple(int(value) for value in found)
    if any(value != number for value, number in zip(whole, found, strict=True)):
        raise Failure(
            expected=f"`{answer.name}` to be {_WANTED}",
            found=f"{describe(answer)}, which holds a fraction",
            advice="where the kernel no longer fits whole, PyTorch leaves the rest out: round down.",
        )
    if min(whole) < 1:
        raise Failure(
            expected=f"`{answer.name}` to be {_WANTED}",
            found=f"{describe(answer)}, which holds a number below 1",
            advice="a map has at least one channel, row and column: check the signs in your "
            "formula.",
        )
    return whole[0], whole[1], whole[2]


def output_dimensions(
    answer: Observation, *, image: Triple, filters: int, kernel: Triple, stride: Pair, padding: Pair
) -> None:
    """The answer is the shape that the convolution gives.

    `image` and `kernel` are (channels, height, width), `stride` and `padding` (height, width).
    """
    found = dimensions(answer)
    right = (filters, *_sides(image, kernel, stride, padding))
    if found == right:
        return
    expected = (
        f"(channels, height, width) after {filters} filters of {kernel} on an input of {image} "
        f"with stride {stride} and padding {padding}"
    )
    for wrong, lesson in _mistakes(right, image, kernel, stride, padding):
        if wrong != right and found == wrong:
            raise Failure(expected=expected, found=describe(answer), advice=lesson)
    names = ("the channels", "the height", "the width")
    differing = [n for n, a, b in zip(names, found, right, strict=True) if a != b]
    raise Failure(
        expected=expected,
        found=f"{describe(answer)}: {' and '.join(differing)} differ",
        advice="each filter gives one output channel. For height and width count the places of the "
        "kernel: the side with its padding on both ends, minus the kernel, divided by the stride "
        "and rounded down, plus 1.",
    )


def _sides(image: Triple, kernel: Triple, stride: Pair, padding: Pair) -> Pair:
    height = (image[1] + 2 * padding[0] - kernel[1]) // stride[0] + 1
    width = (image[2] + 2 * padding[1] - kernel[2]) // stride[1] + 1
    return height, width


def _mistakes(
    right: Triple, image: Triple, kernel: Triple, stride: Pair, padding: Pair
) -> Iterator[tuple[Triple, str]]:
    channels, height, width = right
    yield (
        (height, width, channels),
        "the numbers are right, their order is not: PyTorch puts the channels first, then the "
        "height and the width.",
    )
    yield (
        (channels, width, height),
        "height and width are exchanged: the height comes first.",
    )
    yield (
        (image[0], height, width),
        "you kept the input's channels: every filter reads all input channels and gives one "
        "output channel, so the channels are the number of filters.",
    )
    yield (
        (1, height, width),
        "you forgot the number of filters: each filter gives a map of its own, and they are "
        "stacked as channels.",
    )
    yield (
        (channels * image[0], height, width),
        "you multiplied filters by input channels: a filter adds its input channels up into one "
        "output channel.",
    )
    once = (
        (image[1] + padding[0] - kernel[1]) // stride[0] + 1,
        (image[2] + padding[1] - kernel[2]) // stride[1] + 1,
    )
    yield (
        (channels, *once),
        "you counted the padding once: it is added at both ends of a side, so it counts twice.",
    )
    none = _sides(image, kernel, stride, (0, 0))
    yield (
        (channels, *none),
        "you left the padding out: it is added at both ends of a side before the kernel moves.",
    )
    up = (
        -(-(image[1] + 2 * padding[0] - kernel[1]) // stride[0]) + 1,
        -(-(image[2] + 2 * padding[1] - kernel[2]) // stride[1]) + 1,
    )
    yield (
        (channels, *up),
        "you rounded up: where the kernel no longer fits whole, PyTorch leaves the rest out and "
        "rounds down.",
    )
    yield (
        (channels, height - 1, width - 1),
        "you forgot the + 1: the kernel has a first place before it has moved at all.",
    )
    yield (
        (channels, *_sides(image, kernel, (1, 1), padding)),
        "you left the stride out: the kernel moves by the stride from one place to the next.",
    )
    yield (
        (channels, image[1], image[2]),
        "you kept the input's height and width, as if padding made up for the kernel "
        "('same'): use the padding that is given.",
    )
