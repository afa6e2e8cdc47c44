"""Where Gradescope puts things, and which of them are closed to student code."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/autograder")


@dataclass(frozen=True)
class Places:
    """The files and folders of a Gradescope container; `root` is /autograder but in a trial."""

    root: Path = ROOT

    @property
    def source(self) -> Path:
        """What was in the zip."""
        return self.root / "source"

    @property
    def course(self) -> Path:
        """The course with one assignment that the zip holds."""
        return self.source / "course"

    @property
    def submission(self) -> Path:
        """What the student handed in."""
        return self.root / "submission"

    @property
    def metadata(self) -> Path:
        """What Gradescope knows about the submission, earlier results included."""
        return self.root / "submission_metadata.json"

    @property
    def results(self) -> Path:
        """The file that Gradescope reads."""
        return self.root / "results" / "results.json"

    def close(self) -> None:
        """Make all of them readable for nobody but the grader's own user. Raises OSError."""
        self.results.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.source, self.submission, self.results.parent):
            if folder.exists():
                folder.chmod(0o700)
        if self.metadata.exists():
            # It quotes earlier results, those of hidden cases included.
            self.metadata.chmod(0o600)
