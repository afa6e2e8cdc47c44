"""What a course asks of a network: what it takes and gives, and what these are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.model import Pixels
from autograder.observables import InputSignature


@dataclass(frozen=True)
class Task:
    """What a network takes, and what readers are told of it.

    `gives` is the number of scores for each example, where the course asks for one. An `example` is
    one input, and a `label` one of the classes, in the course's own word. `pixels` is how images
    are handed out that a notebook may present on another scale.
    """

    takes: tuple[InputSignature, ...] = ()
    gives: int | None = None
    example: str = ""
    label: str = "class"
    pixels: Pixels | None = None

    @property
    def one(self) -> str:
        """An example, in a word."""
        return self.example or "example"

    @property
    def many(self) -> str:
        """Examples, in a word."""
        return f"{self.one}s"

    @property
    def wanted(self) -> str:
        """A network that does this, as a clause."""
        named = [f"`{i.name}`" if not self._has_own_word else self.many for i in self.takes]
        inputs = [
            f"{name} of shape {with_batch(taken.shape)}"
            for name, taken in zip(named, self.takes, strict=True)
        ]
        takes = f" that takes {' and '.join(inputs)}" if inputs else ""
        gives = f"gives {self.gives} scores for each" if self.gives is not None else ""
        joint = " and " if takes and gives else " that " if gives else ""
        return f"a network{takes}{joint}{gives}"

    @property
    def as_call(self) -> str:
        """Arguments with which a student can try a network."""
        return ", ".join(_as_code(taken) for taken in self.takes)

    def input_in_words(self, number: int) -> str:
        """The input of that number, as a row of a trace names it."""
        if len(self.takes) == 1:
            return f"the {self.example or 'input'}"
        return f"`{self.takes[number].name}`" if number < len(self.takes) else "an input"

    @property
    def _has_own_word(self) -> bool:
        return bool(self.example) and len(self.takes) == 1


NO_TASKS: Mapping[str, Task] = {}


def with_batch(shape: tuple[int, ...]) -> str:
    """A shape with its batch axis, as PyTorch writes it."""
    return "(" + ", ".join(["N", *map(str, shape)]) + ("," if not shape else "") + ")"


def _as_code(taken: InputSignature) -> str:
    sizes = ", ".join(map(str, (2, *taken.shape)))
    if taken.dtype == "f32":
        return f"torch.zeros({sizes})"
    kind = {"f64": "float64", "i64": "int64", "i32": "int32"}[taken.dtype]
    return f"torch.zeros({sizes}, dtype=torch.{kind})"
