"""What travels to a worker for one run, and nothing else does."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.running.job import Job


@dataclass(frozen=True)
class DataFile:
    """A file that lies beside every notebook, under the name that notebooks know."""

    name: str
    digest: str

    @classmethod
    def of(cls, file: Path) -> "DataFile":
        """The file as it is called at workers. Raises OSError."""
        return cls(file.name, hashlib.sha256(file.read_bytes()).hexdigest())


@dataclass(frozen=True)
class Parcel:
    """A run, addressed to one process of one machine.

    `station` is the secret name of that process: one that was started anew at the same address has
    another. `session` names the batch, whose kernels are forks of one server that has imported
    `preload`. The files of `job` are at the worker already, as `files`. `trust`: run it even where
    it cannot be confined.
    """

    station: str
    session: str
    job: Job
    files: tuple[DataFile, ...]
    preload: tuple[str, ...]
    trust: bool = False


def light(job: Job, card: str | None) -> Job:
    """The job on that GPU, without the paths of its files, which tell where a course lies."""
    settings = job.settings.model_copy(update={"card": card})
    return replace(job, files=(), settings=settings)


def data_files(files: Sequence[Path]) -> dict[DataFile, Path]:
    """The files by the names that they have at workers. Raises OSError."""
    return {DataFile.of(file): file for file in files}
