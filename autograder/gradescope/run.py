"""One submission in Gradescope's container: from the files that it puts there to results.json."""

import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace

from autograder.course.assignment import Assignment, Course
from autograder.errors import AutograderError, CourseError, SubmissionError, UsageError
from autograder.gradescope.markdown import literal, printable
from autograder.gradescope.memory import first_to_be_ended
from autograder.gradescope.metadata import NOT_COUNTED, Metadata, read_metadata
from autograder.gradescope.on_the_way import ProvisionalJudge
from autograder.gradescope.places import Places
from autograder.gradescope.report import Reporter
from autograder.gradescope.results import Results, ResultsFile, Test
from autograder.grading.pipeline import job_of
from autograder.judging.scoring import Run, Scorer
from autograder.kernel.isolation import available, best_layers
from autograder.model import (
    Entry,
    Execution,
    Judgement,
    Layer,
    Observation,
    Outcome,
    QuestionResult,
    Settings,
)
from autograder.networks.worker_client import shared_workers
from autograder.running.fork_client import ForkServer
from autograder.running.manager import base_environment
from autograder.submissions.candidates import contents
from autograder.submissions.choose import choose
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import folder_tree, is_visible

# Elsewhere kernels keep memory that they have freed, which is faster; here it is scarce.
_THRIFTY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TRIM_THRESHOLD_": "67108864",
    "MALLOC_TOP_PAD_": "8388608",
}
_OURS = "This is no fault of yours. Please tell the staff, and hand in again later."


class Grading:
    """The grading of one submission; `started` is the time of `time.monotonic` at its start.

    `seconds` replaces the assignment's limit on all of it, for a trial.
    """

    def __init__(self, places: Places, started: float, seconds: float | None = None) -> None:
        self._places, self._started, self._limit = places, started, seconds
        self._file = ResultsFile(places.results)
        self._lock = threading.Lock()
        self._judged: dict[str, QuestionResult] = {}
        self._is_final = False
        self._metadata = Metadata()
        self._reporter: Reporter | None = None

    def to_the_end(self) -> None:
        """Grade and write results. Raises OSError where they cannot be written."""
        try:
            self._reporter = reporter = self._prepared()
        except Exception as error:
            self._failed(error)
            return
        last_second = reporter.wanted.last_second - self._seconds
        watchdog = threading.Timer(last_second, self._stop_now)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._graded(reporter)
        except SubmissionError as error:
            # The student can mend this; with `latest` it counts like any other submission.
            name = reporter.assignment.name
            text = f"**Not graded:** {literal(str(error))}. Hand in {literal(name)}.ipynb."
            self._finish(reporter.not_graded(text, self._seconds, keeps=False, status="unreadable"))
        except Exception as error:
            self._failed(error)
        finally:
            watchdog.cancel()

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _prepared(self) -> Reporter:
        """All that is known before the submission is looked at."""
        self._places.close()
        try:
            self._metadata = read_metadata(self._places.metadata)
        except SubmissionError as error:
            say(f"For staff: {error}. Lateness and earlier submissions are unknown.")
        assignment = the_assignment(self._places)
        settings = Settings(layers=layers())
        say(f"Student code is confined by: {', '.join(settings.layers)}")
        wanted = assignment.settings.gradescope
        if self._limit is not None:
            wanted = wanted.model_copy(update={"seconds": self._limit})
        return Reporter(assignment, wanted, settings, self._metadata)

    def _graded(self, reporter: Reporter) -> None:
        metadata, wanted = reporter.metadata, reporter.wanted
        if (then := metadata.next_allowed(wanted.submissions_a_day)) is not None:
            text = (
                f"**Not graded:** {wanted.submissions_a_day} submissions within 24 hours are "
                f"graded. The next one will be from {then:%Y-%m-%d %H:%M %Z} on."
            )
            turned_away = reporter.not_graded(text, self._seconds, keeps=True, status="limit")
            turned_away.extra_data[NOT_COUNTED] = True
            self._finish(turned_away, counts=False)
            return
        self._write_so_far()
        assignment = reporter.assignment
        entry = the_entry(self._places, assignment, metadata)
        scorer = Scorer(assignment, _Memory(self._keep))
        execution = self._executed(reporter, entry, scorer)
        grade = scorer.score(entry, Run.of(execution))
        self._finish(reporter.final(grade, self._seconds))
        for flag in grade.flags:
            say(f"Flag: {flag}")
        say(f"{grade.outcome}: {grade.score:g} of {grade.max_score:g} points")

    def _executed(self, reporter: Reporter, entry: Entry, scorer: Scorer) -> Execution:
        """The notebook's run. The kernel and all that it came from have gone afterwards."""
        assignment, settings = reporter.assignment, reporter.settings
        shared = base_environment(threads=settings.threads, device=settings.device)
        # With a single kernel, libraries in the server would be memory for nothing.
        with ForkServer(shared | _THRIFTY, preload=()) as server:
            with first_to_be_ended():
                server.start()
            content = entry.read()
            limits = reporter.wanted.limits(assignment.settings.limits, self._seconds)
            limited = assignment.settings.model_copy(update={"limits": limits})

            def judge(seen: Mapping[str, Observation]) -> None:
                try:
                    scorer.score(entry, unfinished(seen, settings.device))
                except Exception as error:  # comes again, and is acted upon, at the end
                    say(f"For staff: on the way: {error}")
                # What runs networks is memory that the kernel may need.
                shared_workers().close()

            with ProvisionalJudge(judge, reporter.wanted.memory_bytes) as saw:
                job = job_of(content, replace(assignment, settings=limited), settings)
                return job.run(server, saw)

    def _keep(self, judgement: Judgement) -> None:
        with self._lock:
            self._judged[judgement.result.name] = judgement.result
        self._write_so_far()

    def _write_so_far(self) -> None:
        with self._lock:
            if not self._is_final and self._reporter is not None:
                self._write(self._reporter.so_far(self._judged, self._seconds), counts=True)

    def _finish(self, results: Results, *, counts: bool = True) -> None:
        """Write the last results; `counts` says whether the submission is one of the day's."""
        with self._lock:
            if not self._is_final:
                self._is_final = True
                self._write(results, counts=counts)

    def _write(self, results: Results, *, counts: bool) -> None:
        extra = results.extra_data | self._metadata.handed_on(counts=counts)
        self._file.write(results.model_copy(update={"extra_data": extra}))

    def _failed(self, error: Exception) -> None:
        """Our own fault, or the course's: nobody gets a zero that reads like a mark.

        What went wrong is for staff to read, since it may quote a hidden test.
        """
        say(f"For staff: not graded: {type(error).__name__}: {error}")
        if not isinstance(error, AutograderError):
            say("".join(traceback.format_exception(error)))
        reporter = self._reporter
        text = f"**Not graded:** the autograder failed. {_OURS}"
        if reporter is not None and self._judged:
            so_far = reporter.so_far(self._judged, self._seconds)
            best = max(so_far.score, reporter.kept or 0.0)
            output = f"{text}\n\n{so_far.output}"
            failed = so_far.model_copy(update={"output": output, "score": best})
            self._finish(failed, counts=False)
        elif reporter is not None:
            self._finish(
                reporter.not_graded(text, self._seconds, keeps=True, status="autograder failed"),
                counts=False,
            )
        else:
            extra = {"status": "autograder failed"}
            scores = [p.score for p in self._metadata.graded_before if p.score is not None]
            kept = scores[-1] if scores else 0.0
            # A hidden line keeps Gradescope from showing the total, which may tell of hidden cases.
            line = Test(score=0, max_score=0, status="failed", name="Not graded", number="0",
                        visibility="after_published")  # fmt: skip
            results = Results(score=kept, output=text, tests=(line,), extra_data=extra)
            self._finish(results, counts=False)

    def _stop_now(self) -> None:
        """The time is up: what is known stands in the file, and no more is to come."""
        if self._reporter is not None:
            self._finish(self._reporter.so_far(self._judged, self._seconds))
        say("For staff: stopped before the container's own limit; results are those so far.")
        os._exit(0)


class _Memory:
    """A Scorer's memory that passes on each judgement as it is made."""

    def __init__(self, on_judgement: Callable[[Judgement], None]) -> None:
        self._on_judgement = on_judgement

    def get(self, key: str) -> str | None:
        """The Scorer itself remembers what it has judged."""
        return None

    def put(self, key: str, text: str) -> None:
        """Pass a judgement on; portraits of networks are kept here, too."""
        if not key.startswith("portrait:"):
            self._on_judgement(Judgement.model_validate_json(text))


def unfinished(seen: Mapping[str, Observation], device: str) -> Run:
    """A run that has come this far: what is missing has not been reached."""
    return Run.of(
        Execution(
            outcome=Outcome.TIMEOUT,
            observations=dict(seen),
            notebook="",
            seconds=0.0,
            device=device,
        )
    )


def the_assignment(places: Places) -> Assignment:
    """The one assignment of the zip; written answers are left to Gradescope's own grading.

    Raises CourseError where there is none, or one that is broken.
    """
    try:
        course = Course.at(places.course)
        (name,) = course.names
    except (UsageError, ValueError) as error:
        raise CourseError(
            "the autograder's zip is broken: it holds no single assignment"
        ) from error
    assignment = course.assignment(name)
    settings = assignment.settings.model_copy(update={"written": {}})
    return replace(assignment, settings=settings)


def the_entry(places: Places, assignment: Assignment, metadata: Metadata) -> Entry:
    """What the student handed in, looked through as in a batch.

    Its `read` raises SubmissionError where no notebook for the assignment is among the files.
    """
    limits = assignment.settings.limits
    files = tuple(f for f in folder_tree(places.submission).files if is_visible(f.path))
    handed_in = HandedIn("submission", metadata.student, files, metadata.people)
    choice = choose(handed_in, contents(files, limits), assignment.name, limits)
    return Entry(
        path=choice.path,
        student=metadata.student,
        read=choice.read,
        people=metadata.people,
        late=metadata.late_by is not None,
        remarks=choice.remarks,
    )


def layers() -> tuple[Layer, ...]:
    """How student code is confined here. Raises CourseError where the marks would lie open."""
    best = best_layers()
    closed = Layer.USER in best or {Layer.LANDLOCK, Layer.SECCOMP} <= set(best)
    if not closed:
        reasons = "; ".join(f"{layer}: {why}" for layer, why in available().reasons.items())
        raise CourseError(f"student code cannot be confined in this container ({reasons})")
    return best


def say(text: str) -> None:
    """A line for staff: standard output is hidden from students."""
    print(printable(text), flush=True)  # noqa: T201
