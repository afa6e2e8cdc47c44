"""Grades for programs and spreadsheets: grades.json and grades.csv."""

import json
from collections.abc import Sequence
from typing import Any

from autograder.model import Grade, Person
from autograder.platforms.csv_writer import csv_text


def as_json(assignment: str, device: str, grades: Sequence[Grade]) -> str:
    """The machine-readable result of a batch, a line a submission."""
    head = json.dumps({"assignment": assignment, "device": device}, ensure_ascii=False)
    lines = ",\n".join(
        json.dumps(_with_texts(grade), ensure_ascii=False, separators=(",", ":"))
        for grade in grades
    )
    return f'{head[:-1]}, "grades": [\n{lines}\n]}}\n'


def _with_texts(grade: Grade) -> dict[str, Any]:
    """A grade with flags and feedback as texts, and beside them in their parts."""
    whole = grade.model_dump(mode="json")
    whole["attention"] = whole["flags"]
    whole["flags"] = [str(flag) for flag in grade.flags]
    for question, told in zip(grade.questions, whole["questions"], strict=True):
        for case, written in zip(question.cases, told["cases"], strict=True):
            written["message"] = case.message
    return whole


def as_csv(questions: Sequence[str], grades: Sequence[Grade]) -> str:
    """A row a submission: who, how it went, the score in all and for each question.

    `people` are those who get the mark, each as `name <id>`, apart by semicolons, and
    `unjudged` the cases to which a human still has to give points.
    """
    head = ("student", "submission", "status", "outcome", "score", "max_score")
    tail = ("seconds", "flags", "reason", "late", "remarks", "people", "unjudged")
    rows: list[list[object]] = [[*head, *questions, *tail]]
    for grade in grades:
        scores = {question.name: question.score for question in grade.questions}
        row: list[object] = [
            grade.student,
            grade.submission,
            grade.status,
            grade.outcome or "",
            "" if grade.score is None else grade.score,
            grade.max_score,
            *(scores.get(name, "") for name in questions),
            grade.seconds,
            "; ".join(str(flag) for flag in grade.flags),
            grade.reason or "",
            "yes" if grade.late else "",
            "; ".join(grade.remarks),
            "; ".join(map(_named, grade.people)),
            "; ".join(f"{q.name} {case.name}" for q in grade.questions for case in q.unjudged),
        ]
        rows.append(row)
    return csv_text(rows)


def _named(person: Person) -> str:
    key = person.id or person.login or person.email
    return f"{person.name} <{key}>" if key else person.name
