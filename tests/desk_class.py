"""Classes for the desk: a course with written questions that count, and a ledger of its results."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from conftest import ROOT

from autograder.course.assignment import Assignment, Course
from autograder.grading.facts import ClassFacts, keep_facts
from autograder.grading.ledger import Ledger
from autograder.judging.scoring import Run
from autograder.model import (
    CaseResult,
    Entry,
    Execution,
    Feedback,
    Flag,
    FlagKind,
    Graded,
    NetworkSummary,
    Outcome,
    QuestionResult,
    Ungraded,
)

WRITTEN = ("q2_1_written", "q2_2_written", "q2_3_written", "q2_4_written")
SENTENCES = (
    "The convolutional network is better, since its filters share their weights.",
    "The convolutional network is better since its filters share their weights!",
    "Both are the same for me, perhaps I trained too little.",
    "It has fewer parameters and still sees the neighbourhood of each pixel, so it learns more.",
    "",
)

Answer = Callable[[int, str], str]
"""What the student of that number writes in answer to a question."""


def one_of_some(number: int, question: str) -> str:
    """Answers of which several are equal or nearly so."""
    return SENTENCES[number % len(SENTENCES)]


def course(folder: Path, more: Sequence[str] = (), points: float = 2.0) -> Path:
    """This repository's course, where the written questions of assignment 2, and `more`, count."""
    root = folder / "course"
    for room in ("assignments", "solutions", "solutions/masters"):
        (root / room).mkdir(parents=True)
        for file in (ROOT / room).iterdir():
            if file.name not in ("assignment2.toml", "assignment2.ipynb", "masters"):
                (root / room / file.name).symlink_to(file)
    settings = (ROOT / "solutions" / "assignment2.toml").read_text("utf-8")
    written = "".join(f"{name} = {points}\n" for name in (*WRITTEN, *more))
    (root / "solutions" / "assignment2.toml").write_text(f"{settings}\n[written]\n{written}")
    for room, is_master in (("assignments", False), ("solutions/masters", True)):
        notebook = json.loads((ROOT / room / "assignment2.ipynb").read_text("utf-8"))
        for name in more:
            notebook["cells"] += _question(name, is_master=is_master)
        (root / room / "assignment2.ipynb").write_text(json.dumps(notebook), "utf-8")
    return root


def _question(name: str, *, is_master: bool) -> list[dict[str, object]]:
    """The cells of one more written question, in the master and as they are handed out."""
    prompt: dict[str, object] = {
        "cell_type": "markdown",
        "source": f"**{name}.** What does it see?",
        "metadata": {},
    }
    if not is_master:
        tags = {"tags": ["otter_answer_cell"]}
        text = "_Type your answer here, replacing this text._"
        return [prompt, {"cell_type": "markdown", "source": text, "metadata": tags}]
    head = f"# BEGIN QUESTION\nname: {name}\nmanual: true"
    first: dict[str, object] = {"cell_type": "raw", "source": head, "metadata": {}}
    return [first, prompt, {**first, "source": "# END QUESTION"}]


def results(
    folder: Path,
    names: Sequence[str],
    answer: Answer = one_of_some,
    kind: str = "folder",
    more: Sequence[str] = (),
) -> Path:
    """A results folder with everybody graded: every fifth borderline, the last one not readable."""
    root = course(folder, more)
    whole = Course.at(root).assignment("assignment2")
    template = json.loads(whole.handed_out.read_text("utf-8"))
    made = folder / "results"
    made.mkdir(mode=0o700)
    with Ledger(made) as ledger:
        batch = ClassFacts(assignment="assignment2", course=str(root), device="cpu", kind=kind)
        keep_facts(ledger, batch)
        ledger.begin([Entry(f"{name}.ipynb", name, read=lambda: b"") for name in names])
        for number, name in enumerate(names):
            if number and number == len(names) - 1:
                broken = Ungraded(
                    submission=f"{name}.ipynb",
                    student=name,
                    reason="the file is empty",
                    max_score=whole.max_score,
                )
                ledger.record(number, broken, None)
                continue
            execution = Execution(
                outcome=Outcome.FINISHED,
                observations={},
                notebook=json.dumps(_answered(template, number, answer)),
                seconds=1.0,
                device="cpu",
            )
            key = f"content{number}.conditions"
            ledger.keep(key, execution, Run.of(execution, whole.variables))
            ledger.record(number, _graded(whole, name, number), key)
    return made


def _answered(template: dict[str, object], number: int, answer: Answer) -> dict[str, object]:
    notebook = json.loads(json.dumps(template))
    places = [c for c in notebook["cells"] if "Type your answer" in "".join(c["source"])]
    names = (*WRITTEN, *(f"more {n}" for n in range(len(places) - len(WRITTEN))))
    for question, cell in zip(names, places, strict=True):
        if text := answer(number, question):
            cell["source"] = text
    return dict(notebook)


def _graded(whole: Assignment, name: str, number: int) -> Graded:
    questions = []
    for at, question in enumerate(whole.questions):
        failed = (number + at) % 3 == 0
        cases = tuple(
            CaseResult(
                name=case.name,
                status="failed" if failed and case.points else "passed",
                points=case.points,
                hidden=case.hidden,
                feedback=Feedback(
                    expected="a smaller map", found="a map as large as before", advice="pool it",
                    mistake="no pooling",
                ) if failed and case.points else None,
            )
            for case in question.cases
        )  # fmt: skip
        score = sum(c.points for c in cases if c.status == "passed")
        questions.append(
            QuestionResult(
                name=question.name, score=score, max_score=question.max_score, cases=cases
            )
        )
    for written, most in whole.settings.written.items():
        case = CaseResult(name="written", status="not_run", points=most, hidden=False)
        questions.append(QuestionResult(name=written, score=0, max_score=most, cases=(case,)))
    near = Flag(kind=FlagKind.BORDERLINE, text="net_conv accuracy 0.795 on the hidden images")
    network = NetworkSummary(
        name="net_conv",
        trace="  1x28x28  the image\n  8x28x28  convolution 5x5, 8 filters\n       10  dense layer",
        parameters=12_345,
        hidden_accuracy=0.795,
        threshold=0.8,
    )
    return Graded(
        submission=f"{name}.ipynb",
        student=name,
        outcome=Outcome.FINISHED,
        score=sum(question.score for question in questions),
        max_score=whole.max_score,
        seconds=1.0,
        flags=(near,) if number % 5 == 0 else (),
        questions=tuple(questions),
        networks=(network,),
    )
