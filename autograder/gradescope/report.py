"""What students and staff read on Gradescope, made from marks: texts escaped, hidden cases shy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from autograder.course.assignment import Assignment
from autograder.course.gradescope import GradescopeSettings
from autograder.course.questions import Case, Question
from autograder.gradescope.markdown import feedback, literal
from autograder.gradescope.metadata import Metadata
from autograder.gradescope.results import Leader, Results, Test
from autograder.judging.wording import ending, praise, still_open
from autograder.model import (
    CaseResult,
    Graded,
    NetworkSummary,
    Outcome,
    QuestionResult,
    Settings,
)

_PENDING = "Not reached so far."
_NOT_JUDGED = "Not judged."


@dataclass(frozen=True)
class Reporter:
    """Turns marks of one assignment into `results.json`."""

    assignment: Assignment
    wanted: GradescopeSettings
    settings: Settings
    metadata: Metadata

    def so_far(self, judged: Mapping[str, QuestionResult], seconds: float) -> Results:
        """What stands fast while the notebook still runs or is being judged."""
        text = (
            "The autograder was stopped before it had finished. Points are those that were earned "
            "until then. Please tell the staff if this stays."
        )
        return self._results(judged, text, seconds)

    def final(self, grade: Graded, seconds: float) -> Results:
        """The marks of a submission that was graded."""
        judged = {result.name: result for result in grade.questions}
        text = "\n\n".join((self._run(grade, seconds), *_remarks(grade)))
        results = self._results(judged, text, seconds)
        leaders = (
            leaderboard(grade.networks, on_hidden=self._shows_all)
            if self.wanted.leaderboard
            else ()
        )
        extra = {
            "status": "graded",
            "outcome": grade.outcome,
            "flags": [str(flag) for flag in grade.flags],
        }
        return results.model_copy(update={"leaderboard": leaders, "extra_data": extra})

    def not_graded(self, text: str, seconds: float, *, keeps: bool, status: str) -> Results:
        """Nothing was judged; `keeps` says whether the score of an earlier submission stays."""
        kept = self.kept if keeps or self.wanted.keep == "best" else None
        if kept is not None:
            named = f": {kept:g}" if self._shows_all else ""
            text = f"{text}\n\nThe score of an earlier submission stays{named}."
        return Results(
            score=kept or 0.0,
            execution_time=int(seconds),
            output=text,
            # Without its hidden lines Gradescope would show the total, which tells of them.
            tests=self._tests({}, _NOT_JUDGED),
            extra_data={"status": status},
        )

    def _results(self, judged: Mapping[str, QuestionResult], text: str, seconds: float) -> Results:
        score = sum(result.score for result in judged.values())
        before = self.kept if self.wanted.keep == "best" else None
        if before is not None:
            if not self._shows_all:
                text += "\n\nThe best of your submissions counts."
            elif before > score:
                text += f"\n\nThe best of your submissions counts: an earlier one has {before:g}."
            score = max(score, before)
        return Results(
            score=round(score, 6),
            execution_time=int(seconds),
            output=f"## {literal(self.assignment.settings.title)}\n\n{text}{self._lateness()}",
            tests=self._tests(judged, _PENDING),
        )

    def _tests(self, judged: Mapping[str, QuestionResult], otherwise: str) -> tuple[Test, ...]:
        """A line for each case; `otherwise` stands where a question has not been judged."""
        return tuple(
            self._test(question, index, case, judged.get(question.name), otherwise)
            for question in self.assignment.questions
            for index, case in enumerate(question.cases, 1)
        )

    def _test(
        self,
        question: Question,
        index: int,
        case: Case,
        judged: QuestionResult | None,
        otherwise: str,
    ) -> Test:
        result = judged.cases[index - 1] if judged else None
        status: Literal["passed", "failed"] = (
            "passed" if result and result.status == "passed" else "failed"
        )
        is_open = result is not None and result.status == "unjudged"
        return Test(
            score=None if is_open else case.points if status == "passed" else 0.0,
            max_score=None if is_open else case.points,
            status=None if is_open else status,
            name=f"{question.name}: {case.title}",
            number=f"{_number(question.name)}.{index}",
            output=_output(result) if result else otherwise,
            visibility=self.wanted.hidden_visibility if case.hidden else "visible",
        )

    def _run(self, grade: Graded, seconds: float) -> str:
        device = {"cpu": "the CPU"}.get(self.settings.device, self.settings.device)
        lines = [
            f"Ran on {device} with seed {self.settings.seed}: the notebook for "
            f"{grade.seconds:.0f} s, {seconds:.0f} s in all."
        ]
        lines.append(literal(ending(grade.outcome, grade.ended)))
        if grade.outcome is not Outcome.FINISHED:
            lines.append("What was answered all the same counts.")
        # Praise says that hidden cases have passed.
        warm = praise(grade.score, grade.max_score) if self._shows_all else ""
        lines += filter(None, [still_open(grade.questions), warm])
        if not self._shows_all:
            lines.append(
                "Further checks count and are not shown here yet. Until they are, Gradescope "
                "shows no total."
            )
        return "\n\n".join(lines)

    @property
    def _shows_all(self) -> bool:
        """Whether students see every case at once, so that no total tells them more.

        Before, what an earlier submission got is named nowhere, nor whether it was more.
        """
        hidden = any(case.hidden for q in self.assignment.questions for case in q.cases)
        return self.wanted.hidden_visibility == "visible" or not hidden

    def _lateness(self) -> str:
        late = self.metadata.late_by
        return f"\n\nHanded in {_duration(late)} after the due date." if late else ""

    @property
    def kept(self) -> float | None:
        """The score of earlier submissions that counts; None where there is none."""
        scores = [p.score for p in self.metadata.graded_before if p.score is not None]
        if not scores:
            return None
        return max(scores) if self.wanted.keep == "best" else scores[-1]


def leaderboard(networks: Sequence[NetworkSummary], *, on_hidden: bool) -> tuple[Leader, ...]:
    """The best network on the hidden or on the public images, and how many weights it has.

    Accuracy on the hidden images tells whether hidden cases have passed.
    """
    measured = [
        (accuracy, network)
        for network in networks
        if (accuracy := network.hidden_accuracy if on_hidden else network.public_accuracy)
        is not None
    ]
    if not measured:
        return ()
    accuracy, best = max(measured, key=lambda found: (found[0], -(found[1].parameters or 0)))
    leaders = [Leader(name="Accuracy", value=round(accuracy, 4))]
    if best.parameters is not None:
        leaders.append(Leader(name="Parameters", value=best.parameters, order="asc"))
    return tuple(leaders)


def _remarks(grade: Graded) -> list[str]:
    if not grade.remarks:
        return []
    return ["Noticed:\n\n" + "\n".join(f"* {literal(remark)}" for remark in grade.remarks)]


def _output(result: CaseResult) -> str:
    if result.feedback is None:
        return "Not reached." if result.status == "not_run" else ""
    return feedback(result.feedback)


def _number(question: str) -> str:
    """`q1_2_3` as `1.2.3`: its numbers; the name itself where it has none."""
    return ".".join(re.findall(r"\d+", question)) or question


def _duration(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "days"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "less than a minute"
