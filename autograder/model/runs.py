"""How notebooks are run, and how that went."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from autograder.model.base import Frozen
from autograder.model.networks import NetworkData
from autograder.model.values import (
    FigureData,
    Missing,
    Numbers,
    Other,
    Raised,
    Structure,
    TableData,
    Text,
    Unanswered,
    Unfinished,
)

# A notebook may look for its variables in `globals()`, too.
_UNDEFINED = re.compile(r"(?:NameError: name|^KeyError:) '(\w+)'")


class Outcome(StrEnum):
    """How the student's run ended."""

    FINISHED = "finished"
    CELL_ERROR = "cell_error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    KERNEL_DIED = "kernel_died"

    @property
    def ended_early(self) -> bool:
        """Whether cells were left that never ran."""
        return self not in (Outcome.FINISHED, Outcome.CELL_ERROR)


class Limits(Frozen):
    """What a run may use.

    Seconds are those in which the kernel had or could have had a processor; on a busy machine up to
    `busy_factor` times as many may pass. A call is an expression of a test, evaluated after the
    last cell; its seconds are those of a processor. Memory is what is resident and no file's, of
    the kernel and all its descendants, what kernels share with the fork server included.
    """

    cell_seconds: float = Field(default=120, gt=0)
    total_seconds: float = Field(default=600, gt=0)
    call_seconds: float = Field(default=10, gt=0)
    busy_factor: float = Field(default=3, ge=1)
    memory_bytes: int = Field(default=3_000_000_000, gt=0)
    disk_bytes: int = Field(default=500_000_000, gt=0)
    output_bytes: int = Field(default=10_000_000, gt=0)
    processes: int = Field(default=64, gt=0)
    open_files: int = Field(default=512, gt=0)
    files: int = Field(default=20_000, gt=0)
    notebook_bytes: int = Field(default=30_000_000, gt=0)
    cells: int = Field(default=1_000, gt=0)
    zip_members: int = Field(default=2_000, gt=0)
    zip_bytes: int = Field(default=500_000_000, gt=0)


class Layer(StrEnum):
    """A layer of isolation between student code and the machine."""

    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    USER = "user"


class Settings(Frozen):
    """How a run is set up: device, seed of every random generator, threads a kernel, isolation.

    `card` is the GPU that the kernel sees, as CUDA_VISIBLE_DEVICES names it; without one, all that
    the grader sees. No result may depend on `layers` and `card`, which are part of no fingerprint.
    """

    device: Literal["cpu", "cuda"] = "cpu"
    seed: int = 20_261
    threads: int = Field(default=1, ge=1)
    layers: tuple[Layer, ...] = ()
    card: str | None = None


class CellError(Frozen):
    """A cell that raised: which it is, its first line, and what was raised, in one line.

    `makes` are the names that it sets outside of functions and classes, `mentions` those of the
    observed variables that stand in it. `made_below` is the first cell further down that makes the
    name which was not defined, 0 where there is none. They word the feedback; no point depends on
    them.
    """

    cell: int = Field(ge=1)
    line: str = Field(max_length=100)
    raised: str = Field(max_length=300)
    makes: tuple[Annotated[str, Field(max_length=100)], ...] = Field(default=(), max_length=200)
    mentions: tuple[str, ...] = ()
    made_below: int = Field(default=0, ge=0)

    @property
    def undefined(self) -> str:
        """The name that was not defined; empty where something else was raised."""
        found = _UNDEFINED.search(self.raised)
        return found[1] if found else ""

    def would_make(self, name: str) -> bool:
        """Whether the cell sets that name."""
        is_no_python = self.raised.startswith(("SyntaxError", "IndentationError"))
        return name in self.makes or (is_no_python and name in self.mentions)

    @property
    def where(self) -> str:
        """The cell, by what stands in it: Jupyter shows no numbers."""
        return f"cell {self.cell} (`{self.line}`)" if self.line else f"cell {self.cell}"

    @property
    def text(self) -> str:
        """What happened, as a clause."""
        return f"{self.where} raised {self.raised}"


class TextLine(Frozen):
    """A line in a cell of text in which an answer may stand: it has numbers, or names a variable.

    `mentions` are the observed variables in it.
    """

    cell: int = Field(ge=1)
    line: str = Field(max_length=100)
    mentions: tuple[str, ...] = ()


class Mishaps(Frozen):
    """Why variables may be missing: the cells that raised, in their order, and names like theirs.

    `near` has, for a missing variable, a name much like it that the notebook sets instead. `lost`
    are names that imports would have made of packages that are not installed, and the package.
    `texts` are lines in which an answer may stand that Python does not read. `in_session`: the
    variables are those of a notebook that is open, whose cells may have run in
    any order or not at all. `without_torch`: no network can be made here, by anybody.
    """

    errors: tuple[CellError, ...] = Field(default=(), max_length=50)
    near: dict[str, str] = Field(default_factory=dict)
    lost: dict[str, str] = Field(default_factory=dict, max_length=50)
    in_session: bool = False
    without_torch: bool = False
    texts: tuple[TextLine, ...] = Field(default=(), max_length=300)

    def about(self, names: tuple[str, ...]) -> "Mishaps":
        """What of this may word the feedback on these variables, and nothing else."""
        first = self.errors[:1]
        own = [e for e in self.errors if set(names).intersection((*e.makes, *e.mentions))]
        chains = [link for e in own for link in self._chain(e)]
        kept = {e.cell: e for e in (*first, *chains)}
        return Mishaps(
            errors=tuple(kept[cell] for cell in sorted(kept)),
            near={name: self.near[name] for name in names if name in self.near},
            lost=self.lost,
            in_session=self.in_session,
            without_torch=self.without_torch,
        )

    def that_makes(self, name: str) -> CellError | None:
        """The last cell that raised and would have set that name.

        What Python cannot parse need not be split rightly either: there, naming it is enough.
        """
        return next((e for e in reversed(self.errors) if e.would_make(name)), None)

    def that_uses(self, name: str) -> CellError | None:
        """The first cell that raised and mentions that variable, without being one to set it."""
        return next((e for e in self.errors if name in e.mentions and name not in e.makes), None)

    def root(self, error: CellError) -> CellError:
        """The error that led to this one: a name is not defined since a cell above has raised."""
        return self._chain(error)[-1]

    def _chain(self, error: CellError) -> list[CellError]:
        """The error, the one that led to it, the one that led to that, and so on."""
        chain = [error]
        while (found := _UNDEFINED.search(chain[-1].raised)) is not None:
            above = [e for e in self.errors if e.cell < chain[-1].cell and found[1] in e.makes]
            if not above:
                break
            chain.append(above[-1])
        return chain

    def lacked_by(self, error: CellError) -> str | None:
        """The package without which the cell raised: one that is not installed here."""
        found = _UNDEFINED.search(self.root(error).raised)
        return self.lost.get(found[1]) if found else None


NO_MISHAPS = Mishaps()


Observation = Annotated[
    Missing
    | Unanswered
    | Numbers
    | Text
    | Structure
    | TableData
    | FigureData
    | Raised
    | Unfinished
    | Other
    | NetworkData,
    Field(discriminator="kind"),
]


class Execution(Frozen):
    """A notebook after its run: what was seen, how it ended and the executed notebook (JSON).

    `repairs` say what had to be mended before it could run, a sentence each. `machine_was_short`
    of time or memory: an early end may then be no fault of the student's. `lacks` are the packages
    that the notebook imports and that are not installed here. `mishaps` are the cells that raised.
    `card` is the GPU that it was given.
    """

    outcome: Outcome
    detail: str = ""
    observations: dict[str, Observation]
    notebook: str
    seconds: float
    device: str
    repairs: tuple[str, ...] = ()
    machine_was_short: bool = False
    card: str = ""
    lacks: tuple[str, ...] = ()
    mishaps: Mishaps = NO_MISHAPS
