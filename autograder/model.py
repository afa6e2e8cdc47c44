"""The frozen types that pass between the rooms: what is handed in, seen, judged and reported."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")

Nested = int | float | list["Nested"]
"""Numbers as JSON has them: a number, or lists of lists of numbers."""


class Frozen(BaseModel):
    """Base of every type here: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


# --- what is seen of a student's variable -------------------------------------------------------


class Seen(Frozen):
    """What every observation has: the key of what was looked at and the name of its Python type.

    The key is the variable's name, or the expression that was evaluated.

    `ATTACHMENTS` are the fields that hold files: they travel and are kept beside the rest.
    """

    ATTACHMENTS: ClassVar[tuple[str, ...]] = ()

    name: str = Field(max_length=1_000)
    type_name: str = Field(max_length=200)

    def attachments(self) -> dict[str, bytes]:
        """The files of the observation by the names of their fields, those that there are."""
        contents = {field: getattr(self, field) for field in self.ATTACHMENTS}
        return {field: content for field, content in contents.items() if content is not None}

    def with_attachments(self, contents: Mapping[str, bytes]) -> Self:
        """The observation with these files and no others."""
        return self.model_copy(update={f: contents.get(f) for f in self.ATTACHMENTS})

    def without_attachments(self) -> str:
        """The observation as JSON, its files left out."""
        return self.model_dump_json(exclude=set(self.ATTACHMENTS))


class Missing(Seen):
    """The variable was never there; for an expression `lacks` is the one that it needs."""

    kind: Literal["missing"] = "missing"
    type_name: str = "nothing"
    lacks: str = Field(default="", max_length=100)


class Unanswered(Seen):
    """The variable still holds the template's `...` (or None).

    For an expression `lacks` is the variable in it that does.
    """

    kind: Literal["unanswered"] = "unanswered"
    lacks: str = Field(default="", max_length=100)


class Numbers(Seen):
    """A number, or lists, tuples, arrays or tensors of numbers, at most 10,000 of them."""

    kind: Literal["numbers"] = "numbers"
    value: Any  # Nested; checked by `expect.numbers`, which has to look at each number anyway.


class Text(Seen):
    """A string: its first 200 characters, and the `rest`, cut at 20,000."""

    kind: Literal["text"] = "text"
    text: str = Field(max_length=200)
    rest: str = Field(default="", max_length=20_000)

    @property
    def whole(self) -> str:
        """All that is known of the string."""
        return self.text + self.rest


_MOST_CELLS, _DEEPEST_NEST, _LONGEST_CELL = 20_000, 12, 20_000
_WRAPPED = ("pairs", "set", "float")


def _checked_nest(value: Any) -> Any:
    """The value, if it is a nest as `Structure` describes it; raises ValueError otherwise."""
    waiting, cells = [(value, 0)], 0
    while waiting:
        item, depth = waiting.pop()
        cells += 1
        if cells > _MOST_CELLS or depth > _DEEPEST_NEST:
            raise ValueError("too large or too deep")
        if isinstance(item, dict):
            (wrapper, inside), *more = item.items() or [("", None)]
            if more or wrapper not in _WRAPPED:
                raise ValueError("a wrapper of no agreed kind")
            if wrapper == "float":
                if inside not in ("nan", "inf", "-inf"):
                    raise ValueError("no number")
                continue
            if not isinstance(inside, list):
                raise ValueError("no list in a wrapper")
            if wrapper == "pairs" and not all(isinstance(p, list) and len(p) == 2 for p in inside):
                raise ValueError("no pairs")
            item = inside
        if isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
        elif isinstance(item, str):
            if len(item) > _LONGEST_CELL:
                raise ValueError("a text that is too long")
        elif not (item is None or isinstance(item, bool | int | float)):
            raise ValueError("a value of no agreed kind")
    return value


Nest = Annotated[Any, AfterValidator(_checked_nest)]
"""Texts, numbers, booleans and None, in lists and in objects of one of these keys: `pairs` holds a
dictionary as pairs in its order, `set` a set in a fixed order, `float` what JSON has no number for.
"""


class Structure(Seen):
    """Texts, numbers and booleans, nested in lists, tuples, dictionaries and sets.

    `detail` says why it is not made of numbers alone.
    """

    kind: Literal["structure"] = "structure"
    value: Nest
    detail: str = Field(default="", max_length=500)


class TableData(Seen):
    """A pandas table; a Series is one of one column.

    `columns`, `index` and each of the `rows` are nests: labels and cells may be numbers, texts,
    booleans, None or, for labels of several levels, lists. Dates are texts in ISO 8601. `types`
    names the type of each column.
    """

    kind: Literal["table"] = "table"
    is_series: bool = False
    columns: Nest
    index: Nest
    types: tuple[Annotated[str, Field(max_length=100)], ...] = Field(max_length=500)
    rows: Nest

    @model_validator(mode="after")
    def _is_a_table(self) -> Self:
        """Raises ValueError where rows and labels do not belong together."""
        parts = (self.columns, self.index, self.rows)
        if not all(isinstance(part, list) for part in parts):
            raise ValueError("no lists")
        width = len(self.columns)
        if len(self.index) != len(self.rows) or len(self.types) != width:
            raise ValueError("labels that do not fit")
        if not all(isinstance(row, list) and len(row) == width for row in self.rows):
            raise ValueError("rows of different lengths")
        return self


Label = Annotated[str, Field(max_length=500)]
Coordinates = Annotated[tuple[float | Label | None, ...], Field(max_length=2_000)]


class LineData(Frozen):
    """A line of a plot, or one of its sets of points or bars: what its legend says, and where."""

    label: Label = ""
    x: Coordinates = ()
    y: Coordinates = ()


class AxesData(Frozen):
    """One plot of a figure, by what is written at it and drawn in it."""

    title: Label = ""
    x_label: Label = ""
    y_label: Label = ""
    x_scale: Label = ""
    y_scale: Label = ""
    legend: tuple[Label, ...] = Field(default=(), max_length=50)
    lines: tuple[LineData, ...] = Field(default=(), max_length=50)
    points: tuple[LineData, ...] = Field(default=(), max_length=50)
    bars: tuple[LineData, ...] = Field(default=(), max_length=50)
    images: int = Field(default=0, ge=0)


class FigureData(Seen):
    """A Matplotlib figure, or the one plot of it that an `Axes` is."""

    kind: Literal["figure"] = "figure"
    title: Label = ""
    axes: tuple[AxesData, ...] = Field(default=(), max_length=20)


class Raised(Seen):
    """An expression raised an exception: `type_name` and `message` are its class and its words.

    `bases` are the classes that it is one of, its own first.
    """

    kind: Literal["raised"] = "raised"
    message: str = Field(default="", max_length=500)
    bases: tuple[Annotated[str, Field(max_length=100)], ...] = Field(default=(), max_length=50)


class Unfinished(Seen):
    """An expression came to no end: it ran longer than `seconds`, or Python itself `died`."""

    kind: Literal["unfinished"] = "unfinished"
    type_name: str = "nothing"
    why: Literal["time", "died"] = "time"
    seconds: float = Field(default=0.0, ge=0)


class Other(Seen):
    """Anything else: `is_class` tells a network's class from an instance of it.

    `parameters` are the names of a function's, in order; None for what is no function.
    """

    kind: Literal["other"] = "other"
    is_class: bool = False
    parameters: tuple[Annotated[str, Field(max_length=100)], ...] | None = Field(
        default=None, max_length=50
    )
    detail: str = Field(default="", max_length=500)


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
    `scale` is the one of the images that it was trained on, None where that was not seen. The other
    fields only word the feedback; no point depends on them.
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
    pictured: bool | None = None


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


# --- what is handed in and how it ran -----------------------------------------------------------


class Person(Frozen):
    """Somebody who gets a mark, as the learning platform that they handed in to knows them.

    `id` is Canvas's user id, Moodle's participant id, Gradescope's SID or Brightspace's
    OrgDefinedId; what a download does not tell stays empty.
    """

    name: str
    id: str = ""
    email: str = ""
    login: str = ""


class Handin(Frozen):
    """Something handed in, as every result names it.

    `submission` is its path as shown, `student` whose it is and `people` who get the mark. `late`
    is what the platform says. `remarks` say what was noticed on the way, such as earlier attempts
    that were left out.
    """

    submission: str
    student: str
    people: tuple[Person, ...] = ()
    late: bool = False
    remarks: tuple[str, ...] = ()


class Owned:
    """Whatever says where it lies and whose it is: a line of a batch, or of a ledger."""

    path: str
    student: str
    people: tuple[Person, ...]
    late: bool
    remarks: tuple[str, ...]

    @property
    def handin(self) -> Handin:
        """What results name it by."""
        return Handin(
            submission=self.path,
            student=self.student,
            people=self.people,
            late=self.late,
            remarks=self.remarks,
        )


@dataclass(frozen=True)
class Entry(Owned):
    """One line of a batch: something handed in, read when its turn comes.

    `path` is shown in results, `student` names whose it is and `people` who get the mark. `read`
    gives the notebook's bytes and raises SubmissionError, with one sentence, where there are none.
    `remarks` say what was noticed on the way, such as earlier attempts that were left out.
    """

    path: str
    student: str
    read: Callable[[], bytes]
    people: tuple[Person, ...] = ()
    late: bool = False
    remarks: tuple[str, ...] = ()


class Submission(Frozen):
    """One notebook handed in: `path` as shown in results, `content` its bytes, `student` whose."""

    path: str
    student: str
    content: bytes


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
    observed variables that stand in it. They word the feedback; no point depends on them.
    """

    cell: int = Field(ge=1)
    line: str = Field(max_length=100)
    raised: str = Field(max_length=300)
    makes: tuple[Annotated[str, Field(max_length=100)], ...] = Field(default=(), max_length=200)
    mentions: tuple[str, ...] = ()

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
    any order or not at all.
    """

    errors: tuple[CellError, ...] = Field(default=(), max_length=50)
    near: dict[str, str] = Field(default_factory=dict)
    lost: dict[str, str] = Field(default_factory=dict, max_length=50)
    in_session: bool = False
    texts: tuple[TextLine, ...] = Field(default=(), max_length=300)

    def about(self, names: tuple[str, ...]) -> "Mishaps":
        """What of this may word the feedback on these variables, and nothing else."""
        first = self.errors[:1]
        own = [e for e in self.errors if set(names).intersection((*e.makes, *e.mentions))]
        roots = [root for e in own if (root := self.root(e)) is not e]
        kept = {e.cell: e for e in (*first, *own, *roots)}
        return Mishaps(
            errors=tuple(kept[cell] for cell in sorted(kept)),
            near={name: self.near[name] for name in names if name in self.near},
            lost=self.lost,
            in_session=self.in_session,
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
        while (found := _UNDEFINED.search(error.raised)) is not None:
            above = [e for e in self.errors if e.cell < error.cell and found[1] in e.makes]
            if not above:
                break
            error = above[-1]
        return error

    def lacked_by(self, error: CellError) -> str | None:
        """The package without which the cell raised: one that is not installed here."""
        found = _UNDEFINED.search(self.root(error).raised)
        return self.lost.get(found[1]) if found else None


NO_MISHAPS = Mishaps()


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


# --- what it is worth ---------------------------------------------------------------------------


def one_line(text: str) -> str:
    """The text without line breaks and other characters that cannot be printed.

    What a student wrote (a class called "float\\nTry: …") cannot begin a line of its own.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " for c in text)


OneLine = Annotated[str, AfterValidator(one_line)]


class Feedback(Frozen):
    """What a student reads about a case, in parts; each but `detail` is one line.

    `expected` says in words what was asked, `found` what there was, `advice` what to try. `detail`
    is a heading and rows below it whose columns are aligned, such as a network's shapes. `notes`
    are sentences that cost no points, or all that there is to say. `mistake` names for staff what
    went wrong in the same words for everybody who did it.
    """

    expected: OneLine = ""
    found: OneLine = ""
    advice: OneLine = ""
    detail: str = ""
    notes: tuple[OneLine, ...] = ()
    mistake: OneLine = ""

    @property
    def labelled(self) -> tuple[tuple[str, str], ...]:
        """The sentences that have a label, with it, in the order in which they are read."""
        parts = (("Expected", self.expected), ("Found", self.found), ("Try", self.advice))
        return tuple((label, said) for label, said in parts if said)

    @property
    def text(self) -> str:
        """All of it as plain text, a line a sentence."""
        lines = [f"{label}: {said}" for label, said in self.labelled]
        return "\n".join(line for line in (*lines, self.detail, *self.notes) if line)


class FlagKind(StrEnum):
    """Why a human should look at a submission."""

    RUN = "run"
    """Something went wrong while the notebook ran."""
    BORDERLINE = "borderline"
    """An accuracy lies so near to its threshold that luck may have decided."""
    UNJUDGED = "unjudged"
    """A case could not be decided by a test: it has no points until a human gives some."""
    NETWORK = "network"
    """A network is not what it seems."""
    TEXT = "text"
    """An answer may stand where Python does not read it, in a cell of text."""
    MACHINE = "machine"
    """A network did not run, and a busy machine may be why: it is tried again when asked for."""


class Flag(Frozen):
    """One reason for a human to look at a submission."""

    kind: FlagKind
    text: OneLine

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.kind is FlagKind.BORDERLINE else self.text


class CaseResult(Frozen):
    """One test case judged, with what the student reads about it.

    `unjudged` is what no test could decide: there are no points yet, and a human gives them.
    """

    name: str
    status: Literal["passed", "failed", "not_run", "unjudged"]
    points: float
    hidden: bool
    feedback: Feedback | None = None

    @property
    def message(self) -> str | None:
        """The feedback as plain text; None where there is none."""
        return self.feedback.text if self.feedback else None


class Measurement(Frozen):
    """The accuracy of a network on a set of images, as fractions of them."""

    network: str
    hidden: bool
    accuracy: float
    threshold: float


class Decided(Frozen):
    """What a human decided about a question, or about the whole work where `question` is empty.

    `points` are those given instead of the case's (or, where `case` is empty, the question's), or
    added by an item or as extra points; `tested` is what the tests give there today. `text` is for
    the student: a reason, an item, a comment, an answer to the `request`.
    """

    id: int
    kind: Literal["points", "item", "comment", "answer", "extra", "late"]
    who: str
    at: str
    case: str = ""
    points: float | None = None
    tested: float | None = None
    text: str = ""
    request: str = ""


class QuestionResult(Frozen):
    """The cases of one question as tests judge them, and what humans decided about it.

    `score` is the sum of the points of the cases passed, unless `decisions` say otherwise.
    """

    name: str
    score: float
    max_score: float
    cases: tuple[CaseResult, ...]
    decisions: tuple[Decided, ...] = ()

    @property
    def unjudged(self) -> tuple[CaseResult, ...]:
        """The cases with points that nobody has decided yet: no test could, and no human has."""
        return tuple(c for c in self.cases if c.status == "unjudged" and c.points)


class Judgement(Frozen):
    """A question judged: its result, flags for the TA and the accuracies that were measured."""

    result: QuestionResult
    flags: tuple[Flag, ...] = ()
    measured: tuple[Measurement, ...] = ()


class NetworkSummary(Frozen):
    """A network in figures: its layers with their shapes, its weights, and how well it reads.

    `trace` has a line a layer. Accuracies are fractions of the images, None where no test case
    measured them; `threshold` is that of the hidden images.
    """

    name: str
    trace: str = ""
    parameters: int | None = None
    hidden_accuracy: float | None = None
    public_accuracy: float | None = None
    threshold: float | None = None


class Graded(Handin):
    """A submission with its marks, whatever the student's code did.

    `ended` says where and how a run ended in which something went wrong. `flags` are for a human
    to look at; `remarks` say what was mended or left out. `lacks` are the packages that the
    notebook imports and that were not installed. `decisions` are those about the whole work.
    """

    status: Literal["graded"] = "graded"
    reason: None = None
    outcome: Outcome
    ended: str = ""
    score: float
    max_score: float
    seconds: float
    flags: tuple[Flag, ...] = ()
    lacks: tuple[str, ...] = ()
    questions: tuple[QuestionResult, ...]
    networks: tuple[NetworkSummary, ...] = ()
    decisions: tuple[Decided, ...] = ()


class Ungraded(Handin):
    """A submission without marks: unreadable, or our own fault. `reason` says what happened."""

    status: Literal["ungraded"] = "ungraded"
    reason: str
    outcome: None = None
    score: None = None
    max_score: float
    seconds: float = 0.0
    flags: tuple[()] = ()
    lacks: tuple[()] = ()
    questions: tuple[()] = ()
    networks: tuple[()] = ()
    decisions: tuple[()] = ()


Grade = Graded | Ungraded
