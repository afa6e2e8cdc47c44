"""What can go wrong that is not the student's answer; each message says what, where, what to do."""


class AutograderError(Exception):
    """Root of every error that the package raises on purpose."""


class UsageError(AutograderError):
    """The command was called with something that cannot be used: a missing path, a wrong name."""


class CourseError(AutograderError):
    """The course itself is broken: a master, a test file or a settings file."""


class SubmissionError(AutograderError):
    """One submission cannot be read; the others can."""


class SandboxError(AutograderError):
    """The place where student code runs could not be set up; never the student's fault."""


class ModelError(AutograderError):
    """A network's ONNX file cannot be read or run."""


class BusyError(ModelError):
    """A network did not run, which a machine that is busy or short of memory can cause, too."""


class LedgerError(AutograderError):
    """The results folder cannot be read or written; the batch stops, and nothing is lost."""


class ClusterError(AutograderError):
    """The machines of a cluster cannot be reached; the batch stops, and nothing is lost."""


class OvertakenError(AutograderError):
    """Somebody else has decided about the same thing meanwhile; nothing was written."""
