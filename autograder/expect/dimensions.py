"""The output dimensions of a convolution, and the ways to get them wrong.

PyTorch computes floor((size + 2 * padding - kernel) / stride) + 1 along each side
(https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html, dilation 1).
"""

import re
from collections.abc import Iterator

from autograder.expect.numbers import as_array, describe, plainly
from autograder.expect.readings import by_label
from autograder.expect.verdict import Failure, Lesson
from autograder.model import Observation, Text

Triple = tuple[int, int, int]
Pair = tuple[int, int]

# Also in German and Danish; what else such an answer says is a text instead of numbers.
_SAYS_THAT_NOTHING_FITS = re.compile(
    r"invalid|not valid|fit|impossible|not possible|undefined|error|n/a|none"
    r"|ung[uü]ltig|passt|unm[oö]glich|ugyldig|passer|umulig",
    re.IGNORECASE,
)
# Keys of a dictionary that say which number is which.
_SIDES = {
    **dict.fromkeys(("c", "channel", "channels", "depth", "d", "filters"), 0),
    **dict.fromkeys(("h", "height", "rows"), 1),
    **dict.fromkeys(("w", "width", "columns", "cols"), 2),
}
_WANTED = "three whole numbers (channels, height, width)"


def dimensions(answer: Observation) -> Triple:
    """The answer as (channels, height, width); raises Failure if it is not three such numbers."""
    if isinstance(answer, Text) and _SAYS_THAT_NOTHING_FITS.search(answer.text):
        raise Failure(
            expected=f"`{answer.name}` to be {_WANTED}",
            found=f"the text {answer.text!r}",
            mistake="the answer that the layer does not fit",
            advice="a kernel need not fit to the last pixel. How many places fit along each side? "
            "What is left over at the border is left out, as PyTorch does.",
        )
    table = as_array(by_label(answer, _SIDES), _WANTED)
    found = table.reshape(-1)
    if found.size != 3:
        count = "1 number" if found.size == 1 else f"{found.size} numbers"
        raise Failure(
            expected=f"`{answer.name}` to be {_WANTED}",
            found=f"{describe(answer)}, which holds {count}",
            mistake=f"an answer which holds {count}",
            advice="this is the output itself: its `.shape` has the three numbers."
            if table.ndim > 2
            else "leave out the batch: the output of one input has channels, height and width."
            if found.size > 3
            else "give all three, the channels first, then the height, then the width.",
        )
    whole = tuple(int(value) for value in found)
    if any(value != number for value, number in zip(whole, found, strict=True)):
        raise Failure(
            expected=f"`{answer.name}` to be {_WANTED}",
            found=f"{describe(answer)}, which holds a fraction",
            mistake="an answer which holds a fraction",
            advice="where the kernel no longer fits whole, PyTorch leaves the rest out: round "
            "down.",
        )
    if min(whole) < 1:
        raise Failure(
            expected=f"`{answer.name}` to be {_WANTED}",
            found=f"{describe(answer)}, which holds a number below 1",
            mistake="an answer which holds a number below 1",
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
    differs = _differing(found, right)
    lessons = _lessons(found, right, image, kernel, stride, padding)
    raise Failure(
        expected=f"(channels, height, width) after {filters} filters of {kernel} on an input of "
        f"{image} with stride {stride} and padding {padding}",
        found=f"{describe(answer)}: {differs}",
        advice=" Or: ".join(lesson.advice for lesson in lessons) or _RULE,
        mistake=" or ".join(lesson.mistake for lesson in lessons) or f"{plainly(found)}: {differs}",
    )


def _differing(found: Triple, right: Triple) -> str:
    names = ("channels", "height", "width")
    parts = [name for name, a, b in zip(names, found, right, strict=True) if a != b]
    if len(parts) == 1:
        return f"the {parts[0]} {'differ' if parts == ['channels'] else 'differs'}"
    return f"{', '.join(parts[:-1])} and {parts[-1]} differ"


_RULE = (
    "each filter gives one output channel. For height and width count the places of the kernel. "
    "Add the padding at both ends and take the kernel away. Divide by the stride, round down, "
    "add 1."
)


def _sides(image: Triple, kernel: Triple, stride: Pair, padding: Pair) -> Pair:
    height = (image[1] + 2 * padding[0] - kernel[1]) // stride[0] + 1
    width = (image[2] + 2 * padding[1] - kernel[2]) // stride[1] + 1
    return height, width


def _lessons(
    found: Triple, right: Triple, image: Triple, kernel: Triple, stride: Pair, padding: Pair
) -> list[Lesson]:
    """Every known mistake that leads to what was found; several may lead to the same numbers."""
    whole = [lesson for wrong, lesson in _wrong_orders(right) if found == wrong != right]
    if whole:
        return whole
    channels = [
        lesson
        for wrong, lesson in _wrong_channels(right[0], image[0])
        if found[0] == wrong != right[0]
    ]
    sides = [
        lesson
        for wrong, lesson in _wrong_sides(image, kernel, stride, padding)
        if found[1:] == wrong != right[1:]
    ]
    return channels + sides


def _wrong_orders(right: Triple) -> Iterator[tuple[Triple, Lesson]]:
    channels, height, width = right
    yield (
        (height, width, channels),
        Lesson(
            "the numbers are right, their order is not",
            "PyTorch puts the channels first, then the height and the width.",
        ),
    )
    yield (
        (channels, width, height),
        Lesson("height and width are exchanged", "the height comes first."),
    )


def _wrong_channels(filters: int, channels: int) -> Iterator[tuple[int, Lesson]]:
    yield (
        channels,
        Lesson(
            "you kept the input's channels",
            "every filter reads all input channels and gives one output channel. Count the "
            "filters.",
        ),
    )
    yield (
        1,
        Lesson(
            "you forgot the number of filters",
            "each filter gives a map of its own, and they are stacked as channels.",
        ),
    )
    yield (
        filters * channels,
        Lesson(
            "you multiplied filters by input channels",
            "a filter adds its input channels up into one output channel.",
        ),
    )


def _wrong_sides(
    image: Triple, kernel: Triple, stride: Pair, padding: Pair
) -> Iterator[tuple[Pair, Lesson]]:
    height, width = _sides(image, kernel, stride, padding)
    yield (
        (
            (image[1] + padding[0] - kernel[1]) // stride[0] + 1,
            (image[2] + padding[1] - kernel[2]) // stride[1] + 1,
        ),
        Lesson(
            "you counted the padding once",
            "it is added at both ends of a side, so it counts twice.",
        ),
    )
    yield (
        _sides(image, kernel, stride, (0, 0)),
        Lesson(
            "you left the padding out",
            "it is added at both ends of a side before the kernel moves.",
        ),
    )
    yield (
        (
            -(-(image[1] + 2 * padding[0] - kernel[1]) // stride[0]) + 1,
            -(-(image[2] + 2 * padding[1] - kernel[2]) // stride[1]) + 1,
        ),
        Lesson(
            "you rounded up",
            "where the kernel no longer fits whole, PyTorch leaves the rest out and rounds down.",
        ),
    )
    yield (
        (height - 1, width - 1),
        Lesson("you forgot the + 1", "the kernel has a first place before it has moved at all."),
    )
    yield (
        _sides(image, kernel, (1, 1), padding),
        Lesson(
            "you left the stride out", "the kernel moves by the stride from one place to the next."
        ),
    )
    yield (
        image[1:],
        Lesson(
            "you kept the input's height and width, as if padding made up for the kernel ('same')",
            "use the padding that is given.",
        ),
    )
