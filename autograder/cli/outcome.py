"""What a terminal shows at the end of a batch."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from autograder.cli.app import out
from autograder.model import Grade, Ungraded
from autograder.results.packages import advice, missing_packages
from autograder.results.table import one_line, remarks, summary_table
from autograder.submissions.tree import Reason

if TYPE_CHECKING:
    from autograder.course.assignment import Assignment
    from autograder.grading.facts import ClassFacts
    from autograder.grading.rescore import Change, Disagreement
    from autograder.platforms.sheet import Upload

# A table or list that is longer would scroll away what matters; the report has it all.
_MOST_ROWS = 60
_MOST_LINES = 20


def say_grades(
    folder: Path,
    batch: "ClassFacts",
    assignment: "Assignment",
    grades: Sequence[Grade],
    whole: Sequence[Grade],
    *,
    quiet: bool,
) -> None:
    """These grades as a table, what a human should look at, and where the results are.

    `whole` are those of the class, of which `grades` may be a part.
    """
    if not quiet:
        if len(grades) <= _MOST_ROWS:
            names = [question.name for question in assignment.questions]
            out.print(Text(assignment.settings.title, "bold"), soft_wrap=True)
            out.print(summary_table(names, grades, out.width))
        _say_some(remarks(grades))
        _say_some([*_left_out(batch), *_people(batch)])
        _say_some([Text(f"{name}: {advice(len(needed))}") for name, needed in
                   missing_packages(grades)])  # fmt: skip
    failed = sum(isinstance(grade, Ungraded) for grade in grades)
    marks = [grade.score for grade in grades if grade.score is not None]
    mean = f", mean {sum(marks) / len(marks):.2f} of {assignment.max_score:g}" if marks else ""
    out.print(f"{len(grades) - failed} graded{mean}, {failed} not graded.", highlight=False)
    if len(whole) > len(grades):
        out.print(f"The class has {len(whole)} submissions now.", highlight=False)
    if batch.missing or batch.namesakes or batch.left_out:
        out.print(
            f"{len(batch.missing)} handed in nothing; files left out: {len(batch.left_out)}; "
            "left_out.csv names all.",
            highlight=False,
        )
    out.print(Text(f"Results: {folder / 'report' / 'index.html'} and {folder / 'grades.csv'}"),
              soft_wrap=True)  # fmt: skip


def _left_out(batch: "ClassFacts") -> Iterator[Text]:
    """Files that are not graded: a line each, unless they are merely the class's other work."""
    others = [one for one in batch.left_out if one.reason is Reason.ANOTHER_ASSIGNMENT]
    whys = Counter(one.why for one in others)
    for one in batch.left_out:
        if one.reason is not Reason.ANOTHER_ASSIGNMENT:
            yield Text(f"left out: {one_line(f'{one.path}: {one.why}')}")
    for why, count in whys.items():
        yield Text(f"left out: {count} {'notebooks' if count > 1 else 'notebook'} {one_line(why)}")


def _people(batch: "ClassFacts") -> Iterator[Text]:
    """What the roster told."""
    for who in batch.missing:
        yield Text(f"nothing handed in: {one_line(who.name)}")
    for path in batch.unknown:
        why = "several on the roster are called so" if path in batch.alike else "not on the roster"
        yield Text(f"{why}: {one_line(path)}")
    for who, paths in batch.twice:
        yield Text(f"more than once: {one_line(' '.join((who.name, *paths)))}")


def say_uploads(batch: "ClassFacts", uploads: Sequence["Upload"]) -> None:
    """What the files for a platform hold, what they leave as it is, and how to import them."""
    from autograder.platforms.registry import platform_of

    for upload in uploads:
        if upload.refusal:
            out.print(Text(one_line(upload.refusal), "red"), soft_wrap=True)
            continue
        _say_some([Text(f"{upload.name}: {one_line(sentence)}") for sentence in upload.told])
        if upload.name.endswith(".csv"):
            out.print(f"{upload.name} holds {upload.marks} marks.", highlight=False)
    platform = platform_of(batch.kind)
    if uploads and platform is not None and platform.advice:
        out.print(Text(platform.advice), soft_wrap=True)


def say_unmatched(folder: Path, answers: Sequence[tuple[str, str]]) -> None:
    """Which points that a human gave count nowhere."""
    file = folder / "written.csv"
    _say_some(
        [
            Text(f"points without an answer in {file}: {one_line(' '.join(answer))}")
            for answer in answers
        ]
    )


def say_problems(problems: Sequence[str]) -> None:
    """Which parts of the report could not be made, and why."""
    _say_some([Text(one_line(problem)) for problem in problems])


def say_changes(changes: Sequence["Change"], grades: Sequence[Grade], seconds: float) -> None:
    """Whose mark has changed, from what to what and why, and who has none."""
    from autograder.results.table import remarks

    failed = [grade for grade in grades if isinstance(grade, Ungraded)]
    lines = []
    for change in changes:
        before = "none" if change.before is None else f"{change.before:g}"
        after = "none" if change.after is None else f"{change.after:g}"
        why = one_line("; ".join(change.why))
        lines.append(
            Text.assemble((one_line(change.student), "bold"), f": {before} -> {after}  {why}")
        )
    _say_some(lines)
    _say_some(remarks(failed))
    without = f", {len(failed)} not graded" if failed else ""
    out.print(
        f"{len(grades) - len(failed)} graded anew in {seconds:.2f} s, {len(changes)} with another "
        f"mark{without}.",
        highlight=False,
    )


def say_disagreements(found: Sequence["Disagreement"]) -> None:
    """Where a test now says something else than when a human decided; the decision counts."""
    _say_some([
        Text(
            f"{one_line(one.line.student)}: {' '.join(filter(None, (one.question, one.case)))}: a "
            f"human gave {one.points:g} where the tests gave {one.tested:g}; now they give "
            f"{one.now:g}. The human's points count."
        )
        for one in found
    ])  # fmt: skip


def _say_some(lines: Sequence[Text]) -> None:
    for line in lines[:_MOST_LINES]:
        out.print(line, soft_wrap=True)
    if len(lines) > _MOST_LINES:
        out.print(f"… and {len(lines) - _MOST_LINES} more like this; see the report.",
                  highlight=False)  # fmt: skip
