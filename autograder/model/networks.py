"""What is seen of a student's network, and in which scale it takes its images."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from autograder.model.base import Frozen
from autograder.model.values import Seen


class Scale(Frozen):
    """How a notebook presents images to its networks: `factor` times the pixel, plus `shift`.

    Pixels go from 0 to 1. Both numbers are bounded: images stay what they are.
    """

    factor: float = Field(default=1.0, ge=-1000, le=1000, allow_inf_nan=False)
    shift: float = Field(default=0.0, ge=-1000, le=1000, allow_inf_nan=False)

    @staticmethod
    def holds(factor: float, shift: float) -> bool:
        """Whether the numbers are within the bounds."""
        return 0.01 <= abs(factor) <= 1000 and abs(shift) <= 1000


PLAIN = Scale()
"""Images as they are handed out."""


class Pixels(Frozen):
    """How images are handed out: `levels` from 0 on, divided by their number, on a ground of 0.

    `mean` and `deviation` are those by which notebooks often scale such images.
    """

    levels: int = Field(ge=2, le=65_536)
    mean: float = Field(ge=0, le=1)
    deviation: float = Field(gt=0, le=1)

    @property
    def usual_scales(self) -> tuple[Scale, ...]:
        """Mean 0 and deviation 1, from -1 to 1, and whole levels."""
        return (
            Scale(factor=1 / self.deviation, shift=-self.mean / self.deviation),
            Scale(factor=2, shift=-1),
            Scale(factor=self.levels),
        )


CANNOT_BE_FOLLOWED = "cannot be followed"
"""How the problem of a network begins that works, and that we have no graph of."""


NO_HASH = "it has no hash"
"""How the problem of a network begins that PyTorch itself cannot look into."""


WITHOUT_SIGNATURE = "the course does not say what it takes"
"""The problem of a network that no course has a signature for."""


class ForwardStop(Frozen):
    """How far a forward pass comes that gives no scores.

    `steps` are the layers called, each with the shape that it gives for one example; `at` is the
    one that stops, made for `wanted` numbers an example (or channels) and `given` others. `batch`
    is the only number of examples that it takes, `near` an attribute much like one that is missing.
    """

    steps: tuple[
        tuple[
            Annotated[str, Field(max_length=100)],
            Annotated[tuple[int, ...], Field(max_length=16)],
        ],
        ...,
    ] = Field(default=(), max_length=50)
    at: str = Field(default="", max_length=100)
    unit: Literal["numbers", "channels"] = "numbers"
    given: int | None = None
    wanted: int | None = None
    batch: int | None = None
    near: str = Field(default="", max_length=100)


class NetworkData(Seen):
    """A PyTorch network as data.

    `evaluation` is its ONNX graph in eval mode with weights, `training` that of training mode
    without weights. Both are None when the forward pass does not work; `problem` then says why.
    `gives` is the shape that it gives for one example, where that is not a row of scores.
    `scale` is the one of the images that it was trained on, None where that was not seen.
    `unregistered` are its attributes with layers that PyTorch does not know of, and their types.
    The other fields only word the feedback, and so does this one; no point depends on them.
    """

    ATTACHMENTS: ClassVar[tuple[str, ...]] = ("evaluation", "training")

    kind: Literal["network"] = "network"
    evaluation: bytes | None = None
    training: bytes | None = None
    scale: Scale | None = None
    problem: str = Field(default="", max_length=1000)
    output: str = Field(default="", max_length=200)
    gives: tuple[int, ...] | None = Field(default=None, max_length=16)
    stop: ForwardStop | None = None
    takes_flat_input: bool = False
    left_in_training: bool = False
    declared: tuple[Annotated[str, Field(max_length=100)], ...] = Field(default=(), max_length=500)
    unregistered: tuple[Annotated[str, Field(max_length=100)], ...] = Field(
        default=(), max_length=20
    )
    pictured: bool | None = None
