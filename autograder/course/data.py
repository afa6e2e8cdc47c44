"""The data of an assignment: files that students receive, and sets to measure on."""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from autograder.errors import CourseError
from autograder.model import Frozen
from autograder.networks.evaluation_set import EvaluationSet, Inputs

PUBLIC = "assignments"
"""The folder of what students receive."""

_STAFF = "solutions"
_MOST_BYTES = 1_000_000_000
_KINDS = (".npz", ".npy", ".csv")


class Source(NamedTuple):
    """Where some numbers lie: a file below the course's folder, and a key or columns in it."""

    file: str
    key: str

    @classmethod
    def of(cls, text: str) -> "Source":
        """The source that a setting names, as `FILE.npz:KEY`, `FILE.npy` or `FILE.csv:COLUMN,…`.

        Raises ValueError, with one sentence, for anything else.
        """
        file, colon, key = text.partition(":")
        folder, slash, name = file.partition("/")
        if folder not in (PUBLIC, _STAFF) or not slash or not name or "/" in name:
            raise ValueError(f"{file!r} names no file of {PUBLIC}/ or {_STAFF}/")
        if not name.endswith(_KINDS):
            raise ValueError(f"{file!r} is none of {', '.join(_KINDS)}")
        if bool(key) == name.endswith(".npy") or (colon and not key):
            raise ValueError(f"{text!r}: write FILE.npz:KEY, FILE.npy or FILE.csv:COLUMN,COLUMN")
        return cls(file, key)

    @property
    def is_public(self) -> bool:
        """Whether students receive the file."""
        return self.file.startswith(f"{PUBLIC}/")


class SetSettings(Frozen):
    """One evaluation set, `[data.sets.NAME]`: `inputs` and the right `answers` to them.

    `called` is what students read of it. `inputs` is a source, or a table of them by the names of a
    network's inputs. `shape` is that of one input where the file keeps it flat, and `divide_by`
    turns stored levels into the numbers that networks take. Only the `first` so many examples
    count, where that is set. A set is hidden if any of it is the staff's.
    """

    called: str = ""
    inputs: str | dict[str, str]
    answers: str
    shape: tuple[int, ...] = ()
    divide_by: float = Field(default=1.0, gt=0)
    first: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _names_files(self) -> "SetSettings":
        for text in self._texts:
            Source.of(text)
        if isinstance(self.inputs, dict):
            if self.shape:
                raise ValueError("`shape` is that of one input; leave it out of several")
            if not self.inputs or any("," in text for text in self.inputs.values()):
                raise ValueError("name one source for each of several `inputs`")
        return self

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where inputs and answers lie."""
        return tuple(map(Source.of, self._texts))

    @property
    def is_hidden(self) -> bool:
        """Whether students lack any of it."""
        return not all(source.is_public for source in self.sources)

    @property
    def _texts(self) -> tuple[str, ...]:
        inputs = self.inputs.values() if isinstance(self.inputs, dict) else (self.inputs,)
        return (*inputs, self.answers)


class DataSettings(Frozen):
    """What the table `[data]` of an assignment holds.

    `files` are those of `assignments/` that lie beside the notebook when it runs.
    """

    files: tuple[str, ...] = ()
    sets: dict[str, SetSettings] = Field(default_factory=dict)

    @field_validator("files")
    @classmethod
    def _are_names(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for name in files:
            if not name or "/" in name or "\\" in name or name in (".", ".."):
                raise ValueError(f"{name!r} is no name of a file in {PUBLIC}/")
        return tuple(dict.fromkeys(files))

    @field_validator("sets")
    @classmethod
    def _have_names(cls, sets: dict[str, SetSettings]) -> dict[str, SetSettings]:
        for name in sets:
            if not name.isidentifier():
                raise ValueError(f"{name!r} cannot be the parameter of a test")
        return sets

    @model_validator(mode="after")
    def _are_handed_out(self) -> "DataSettings":
        for name, one in self.sets.items():
            for source in one.sources:
                if source.is_public and Path(source.file).name not in self.files:
                    raise ValueError(f"sets.{name}: {source.file} is not among `files`")
        return self

    def handed_out(self, used: Collection[str]) -> "DataSettings":
        """What students receive: the files, and those of the `used` sets that lie in them."""
        sets = {n: one for n, one in self.sets.items() if n in used and not one.is_hidden}
        return self.model_copy(update={"sets": sets})

    def parameters(self) -> dict[str, str]:
        """Every parameter of a test that is no variable of the student's, and the set it is of."""
        return {parameter: name for name in self.sets for parameter in parameters_of(name)}


def parameters_of(name: str) -> tuple[str, str, str]:
    """The parameters that give a test a set: the whole of it, its inputs, its answers."""
    return name, inputs_of(name), f"{name}_y"


def inputs_of(name: str) -> str:
    """What tests and expressions call the inputs of a set."""
    return f"{name}_x"


def as_inputs(sets: Mapping[str, Inputs]) -> dict[str, NDArray[Any]]:
    """What an expression may be evaluated with, by the names that it has there.

    Several inputs are one array of records, which pandas takes for a table.
    """
    return {inputs_of(name): _records(inputs) for name, inputs in sets.items()}


def as_arguments(sets: Mapping[str, EvaluationSet]) -> dict[str, Any]:
    """What a test receives for the parameters that name sets."""
    return {
        parameter: value
        for name, one in sets.items()
        for parameter, value in zip(
            parameters_of(name), (one, one.inputs, one.answers), strict=True
        )
    }


def _records(inputs: Inputs) -> NDArray[Any]:
    if not isinstance(inputs, Mapping):
        return inputs
    fields = [(name, values.dtype, values.shape[1:]) for name, values in inputs.items()]
    records = np.empty(len(next(iter(inputs.values()))), fields)
    for name, values in inputs.items():
        records[name] = values
    return records


def student_files(root: Path, names: Iterable[str], most_bytes: int) -> tuple[Path, ...]:
    """The files that lie beside a notebook when it runs, of at most so many bytes together.

    Raises CourseError for one that is missing and for more than that.
    """
    files = tuple(root / PUBLIC / name for name in names)
    for file in files:
        if not file.is_file():
            raise CourseError(
                f"{file}: there is no such file; `data.files` in the settings names it"
            )
    total = sum(file.stat().st_size for file in files)
    if total > most_bytes:
        raise CourseError(
            f"the files in `data.files` have {total:,} bytes, more than the {most_bytes:,} that "
            "leave a notebook room of its own; raise `limits.disk_bytes` or hand out less"
        )
    return files


def read_set(
    name: str, settings: SetSettings, locate: Callable[[str], Path]
) -> tuple[Inputs, NDArray[Any]]:
    """Inputs and answers of a set, whose files `locate` finds by their path in the course.

    Fractions become float32, whole numbers int64, and what is divided float32. Raises CourseError
    for a file that is missing, too large or lacks what is asked of it.
    """
    texts = settings.inputs if isinstance(settings.inputs, dict) else {"": settings.inputs}
    found = {of: _read(Source.of(text), locate) for of, text in texts.items()}
    columns = {
        of or column: _numbers(values, settings.divide_by)
        for of, read in found.items()
        for column, values in read.items()
    }
    plain = columns.get("")
    inputs: Inputs = columns if plain is None else _shaped(name, plain, settings.shape)
    answered = [*_read(Source.of(settings.answers), locate).values()]
    answers = _numbers(answered[0] if len(answered) == 1 else np.stack(answered, 1), exact=True)
    for values in columns.values() if plain is None else (inputs,):
        if len(values) != len(answers) or not len(answers):
            raise CourseError(
                f"data.sets.{name}: {len(values):,} inputs and {len(answers):,} answers; "
                "there has to be one answer for each input"
            )
    if (first := settings.first) is None:
        return inputs, answers
    # Copies: a view would keep all that was read.
    if isinstance(inputs, Mapping):
        return {of: values[:first].copy() for of, values in inputs.items()}, answers[:first].copy()
    return inputs[:first].copy(), answers[:first].copy()


def _shaped(name: str, values: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        return values.reshape(-1, *shape) if shape else values
    except ValueError:
        raise CourseError(
            f"data.sets.{name}: inputs of shape {values.shape} cannot take the shape {shape}"
        ) from None


def _numbers(values: NDArray[Any], divide_by: float = 1, *, exact: bool = False) -> NDArray[Any]:
    """Numbers in a precision that networks take, or `exact`; texts as they are."""
    if values.dtype.kind not in "iubf":
        return values
    if values.dtype.kind in "iub" and divide_by == 1:
        return values.astype(np.int64)
    if exact:
        return values.astype(np.float64)
    scaled: NDArray[Any] = values.astype(np.float32) / np.float32(divide_by)
    return scaled


def _read(source: Source, locate: Callable[[str], Path]) -> dict[str, NDArray[Any]]:
    """An array under the name "", or the columns of a table by theirs."""
    file = locate(source.file)
    wanted = " and ".join(filter(None, source.key.split(","))) or "numbers"
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise CourseError(f"{file}: more than the {_MOST_BYTES:,} bytes that a set may have")
        if file.suffix == ".csv":
            return _columns(file, source.key.split(","))
        if file.suffix == ".npy":
            return {"": np.load(file, allow_pickle=False)}
        with np.load(file, allow_pickle=False) as archive:
            if source.key not in archive:
                known = ", ".join(archive.files) or "nothing"
                raise CourseError(f"{file}: there is no {source.key!r} in it; it holds {known}")
            return {"": archive[source.key]}
    except (OSError, ValueError, BadZipFile, csv.Error) as error:
        raise CourseError(f"{file}: cannot read {wanted}: {error}") from error


def _columns(file: Path, names: list[str]) -> dict[str, NDArray[Any]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        rows = list(reader)
    known = list(reader.fieldnames or ())
    if missing := [name for name in names if name not in known]:
        raise CourseError(
            f"{file}: there is no column {missing[0]!r} in it; it has {', '.join(known) or 'none'}"
        )
    return {name: _column([row[name] or "" for row in rows]) for name in names}


def _column(values: list[str]) -> NDArray[Any]:
    """Whole numbers, numbers where an empty cell is NaN, or texts as they are."""
    for convert in (int, lambda cell: float(cell) if cell.strip() else float("nan")):
        try:
            return np.array([convert(cell) for cell in values])
        except ValueError:
            continue
    return np.array(values)
