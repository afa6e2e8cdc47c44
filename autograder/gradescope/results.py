"""`results.json` as Gradescope reads it, and how it is kept whole while grading goes on."""

import json
import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from autograder.course.gradescope import Visibility

Format = Literal["text", "html", "simple_format", "md", "ansi"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Test(_Part):
    """One line of the results: a test case. One that is not judged yet has no score or status."""

    score: float | None = None
    max_score: float | None = None
    status: Literal["passed", "failed"] | None = None
    name: str
    name_format: Format = "text"
    number: str
    output: str = ""
    output_format: Format = "md"
    visibility: Visibility = "visible"


class Leader(_Part):
    """A column of the leaderboard."""

    name: str
    value: float | str
    order: Literal["asc", "desc"] = "desc"


class Results(_Part):
    """All of the results. Standard output holds what is for staff only, so it stays hidden."""

    score: float
    execution_time: int = Field(default=0, ge=0)
    output: str = ""
    output_format: Format = "md"
    test_output_format: Format = "md"
    test_name_format: Format = "text"
    visibility: Visibility = "visible"
    stdout_visibility: Visibility = "hidden"
    tests: tuple[Test, ...] = ()
    leaderboard: tuple[Leader, ...] = ()
    extra_data: dict[str, Any] = Field(default_factory=dict)


class ResultsFile:
    """The file that Gradescope reads; whoever looks at it finds it whole at any time."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, results: Results) -> None:
        """Replace what stands there. Raises OSError."""
        text = results.model_dump_json(exclude_none=True, indent=1)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".json.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)


@cache
def schema() -> Any:
    """The JSON schema of `results.json`, written from Gradescope's documentation."""
    text = files("autograder.gradescope").joinpath("results.schema.json").read_text("utf-8")
    return json.loads(text)


def problems(text: str) -> list[str]:
    """What Gradescope would refuse in a `results.json`; empty where it is valid."""
    import jsonschema

    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        return [f"not JSON: {error}"]
    found = jsonschema.Draft202012Validator(schema()).iter_errors(content)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
