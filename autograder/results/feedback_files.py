"""A feedback file for each student, and Moodle's zip of them."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from autograder.course.questions import Question
from autograder.model import CaseResult, Grade, Outcome

_MARKS = {"passed": "✓", "failed": "✗", "not_run": "-"}
_ENDED = {
    Outcome.FINISHED: "The notebook ran from the first cell to the last.",
    Outcome.CELL_ERROR: "A cell stopped with an error; the cells after it ran all the same.",
    Outcome.TIMEOUT: "The run was stopped since it took too long; later cells did not run.",
    Outcome.MEMORY: "The run was stopped since it used too much memory; later cells did not run.",
    Outcome.OUTPUT: "The run was stopped since it wrote too much; later cells did not run.",
    Outcome.KERNEL_DIED: "The run broke off, since Python itself ended; later cells did not run.",
}
_NAME = "feedback.md"


def feedback(grade: Grade, questions: Sequence[Question]) -> str:
    """What a student reads about a submission, as Markdown that reads well as plain text, too.

    A hidden case shows what it asks and how it ended, as a public one does, and never its code.
    Flags are for the TA and left out.
    """
    lines = [f"# Feedback for {_line(grade.student)}", "", f"Submission: {_line(grade.submission)}"]
    if len(grade.people) > 1:
        lines.append(f"Together: {', '.join(_line(person.name) for person in grade.people)}")
    if grade.late:
        lines.append("Handed in late.")
    if grade.outcome is None:
        lines += ["", "Not graded yet; your teachers will look at it. What happened:"]
        lines.append(f"{_line(grade.reason or '')}")
    else:
        lines.append(f"Score: {grade.score:g} of {grade.max_score:g}")
        lines += ["", _ENDED[grade.outcome]]
    if grade.remarks:
        lines += ["", "## Please note", "", *(f"- {_line(remark)}" for remark in grade.remarks)]
    titles = {(q.name, case.name): case.title for q in questions for case in q.cases}
    for result in grade.questions:
        lines += ["", f"## {result.name}: {result.score:g} of {result.max_score:g}", ""]
        said: set[str] = set()
        for case in result.cases:
            title = titles.get((result.name, case.name))
            if title is None:  # a written answer: a human gave points, perhaps a part of them
                lines.append("Your answer in your own words, read by your teachers:")
            else:
                lines.append(f"{_MARKS[case.status]} {_line(title)} ({_worth(case)})")
            if case.message:
                lines += ["", *_quoted("(as above)" if case.message in said else case.message), ""]
                said.add(case.message)
    return "\n".join(lines).rstrip() + "\n"


def _worth(case: CaseResult) -> str:
    points = "1 point" if case.points == 1 else f"{case.points:g} points"
    return f"{points}, hidden" if case.hidden else points


def _quoted(message: str) -> Iterator[str]:
    """Four spaces make it code in Markdown: shown as it is, whatever a student's own text holds."""
    return (f"    {_line(line)}" for line in message.splitlines())


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).rstrip()


# --- Moodle -------------------------------------------------------------------------------------

# How Moodle reads a path: name, participant and plugin are divided by underscores, and whatever
# else is in that part belongs to the file
# (https://github.com/moodle/moodle/blob/main/public/mod/assign/feedback/file/importziplib.php).
_PARTICIPANT = re.compile(
    r"(?P<name>[^_]*)(?P<plugin>_(?P<id>\d+)_assignsubmission_[a-z]+)(?P<rest>_.*|)",
    re.S,
)
# Windows refuses these in names; no underscore in their place, where Moodle would count it.
_UNSAFE = re.compile(r'[<>:"/\\|?*]+')
_EPOCH = (1980, 1, 1, 0, 0, 0)


def moodle_feedback_zip(grades: Sequence[Grade], texts: Mapping[str, str]) -> bytes:
    """The zip that Moodle takes under "Upload multiple feedback files in a zip".

    `texts` are the feedback by submission. A file goes into the folder that the submission came
    from, or has its name as prefix where the download had no folders; each further member of a
    group gets one of their own. The same feedback gives the same bytes.
    """
    files: dict[str, str] = {}
    for grade in grades:
        if grade.submission in texts:
            for path in _feedback_paths(grade):
                files[path] = texts[grade.submission]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # else it tells which system made it
            entry.external_attr = 0o100644 << 16
            zipped.writestr(entry, files[path])
    return archive.getvalue()


def _feedback_paths(grade: Grade) -> Iterator[str]:
    owner = None
    for part in grade.submission.split("/"):
        if found := _PARTICIPANT.fullmatch(part):
            owner = found["id"]
            is_folder = found["rest"] in ("", "_")
            folder = _safe(found["name"]) + found["plugin"]
            yield f"{folder}{found['rest']}/{_NAME}" if is_folder else f"{folder}_{_NAME}"
            break
    for person in grade.people:
        if person.id.isdecimal() and person.id != owner:
            name = _safe(person.name.replace("_", " "))
            yield f"{name}_{person.id}_assignsubmission_file/{_NAME}"


def _safe(name: str) -> str:
    """A name for every system: no separators or control characters, no dots or tildes in front.

    Moodle passes over hidden files, and looks at nothing but the participant's number.
    """
    printable = "".join(c if c.isprintable() else " " for c in _UNSAFE.sub(" ", name))
    return printable.lstrip(".~ ")[:100].rstrip() or "Participant"
