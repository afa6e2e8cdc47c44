"""What a confined process tells of a student's network: plain numbers and names, of limited size.

Whatever wrote it may have been taken over by the network's file, so that nothing in it is believed
that the types do not check. All names of tensors are numbers, those of the inputs coming first.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from autograder.errors import ModelError
from autograder.model import Frozen

MOST_STEPS = 3_000
"""Many times what a network of a course has, unrolled loops included."""

MOST_BYTES = 4_000_000
"""Of a description as JSON; one of that many steps has a fraction."""

_Size = Annotated[int, Field(ge=0, le=2**40)]
_Setting = Annotated[int, Field(ge=-(2**31), le=2**31)]
_Tensor = Annotated[int, Field(ge=0, lt=100_000)]
Shape = tuple[int, ...]
"""A shape without the batch axis."""

_Shape = Annotated[tuple[_Size, ...], Field(max_length=16)]
_Settings = Annotated[tuple[_Setting, ...], Field(max_length=32)]


class Kind(StrEnum):
    """What a step does, in the words of courses."""

    CONVOLUTION = "convolution"
    DENSE = "dense layer"
    MAX_POOL = "max pooling"
    AVERAGE_POOL = "average pooling"
    BATCH_NORM = "batch normalisation"
    DROPOUT = "dropout"
    OTHER = "other"


class Step(Frozen):
    """One operator on the way from inputs to scores, the `position`-th.

    `inputs` and `outputs` are tensors that depend on the inputs. `matters` says whether the scores
    of an example change when it gets another's result of the step. Settings that the operator
    does not have stay empty. `drops` is dropout at work; `learned` is batch normalisation with
    running statistics that are finite and not those of the start.
    """

    position: int = Field(ge=0, lt=MOST_STEPS)
    op: str = Field(pattern=r"^\w{1,60}$")
    kind: Kind
    inputs: tuple[_Tensor, ...] = Field(max_length=1_000)
    outputs: tuple[_Tensor, ...] = Field(min_length=1, max_length=1_000)
    matters: bool
    kernel_shape: _Settings = ()
    strides: _Settings = ()
    pads: _Settings = ()
    dilations: _Settings = ()
    groups: _Size = 1
    axes: _Settings = ()
    pads_to_same: bool = False
    by_the_batch: bool = False
    drops: bool = False
    learned: bool = False

    def __hash__(self) -> int:
        return self.position

    def pair(self, name: Literal["kernel_shape", "strides"]) -> tuple[int, int]:
        """A setting for height and width; 1 twice where it is not given."""
        value: tuple[int, ...] = getattr(self, name) or (1, 1)
        return (value[0], value[-1])


class Description(Frozen):
    """A network as it computes in one mode.

    The first `inputs` tensors are what it takes. `shapes` has that of each tensor, `scores` the
    number of the last one. `vectors` are digests of
    the weights and statistics that steps use and that are not all one number. `probed` are the
    scores of two made-up examples with dropout switched off, empty where there are too many.
    """

    steps: tuple[Step, ...] = Field(max_length=MOST_STEPS)
    shapes: tuple[_Shape, ...] = Field(min_length=2, max_length=100_000)
    inputs: int = Field(default=1, ge=1, le=50)
    scores: _Tensor
    parameters: int = Field(ge=0, le=2**40)
    has_bad_weights: bool
    vectors: frozenset[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]] = Field(max_length=20_000)
    probed: tuple[Annotated[tuple[float, ...], Field(max_length=1_000)], ...] = Field(max_length=2)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        made = set(range(self.inputs))
        for position, step in enumerate(self.steps):
            if step.position != position or not made.issuperset(step.inputs):
                raise ValueError("a step reads what no step before it gives")
            if made.intersection(step.outputs):
                raise ValueError("two steps give the same tensor")
            made.update(step.outputs)
        if max(made | {self.scores}) >= len(self.shapes):
            raise ValueError("a tensor has no shape")
        return self


def read_description(content: bytes | bytearray) -> Description:
    """The description in some JSON. Raises ModelError for anything else."""
    if len(content) > MOST_BYTES:
        raise ModelError("the network has more steps than can be followed")
    try:
        return Description.model_validate_json(bytes(content))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ModelError("what was found in the network's file makes no network") from error
