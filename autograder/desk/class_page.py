"""The class in figures, how far a running batch is, and who is here."""

from collections.abc import Sequence

from starlette.responses import Response

from autograder.desk.visit import Visit, named, page
from autograder.model import Grade, Graded
from autograder.results.pages import class_page as figures
from autograder.results.statistics import clusters, statistics


def class_page(visit: Visit) -> Response:
    """Distribution, questions by difficulty, wrong answers in common, everybody."""
    visit.is_at("/class", "the class")
    room = visit.room
    grades = room.grades()
    by_student: dict[str, list[str]] = {}
    for member in room.members.values():
        by_student.setdefault(member.line.student, []).append(member.key)
    shared = [
        (c, [(room.members[k]) for n in c.students for k in by_student.get(n, ())])
        for c in clusters(grades)
    ]
    return page(
        visit,
        "class.html.j2",
        figures=figures.figures(grades),
        distributions=list(figures.distributions(grades)),
        difficulty=_by_difficulty(grades),
        statistics=statistics(room.assignment.questions, grades),
        clusters=shared,
        rows=[
            (member, named(visit, member), room.grade(member)) for member in room.members.values()
        ],
        batch=_batch(visit),
    )


def batch(visit: Visit) -> Response:
    """How far the batch is, for a page that is there already."""
    return page(visit, "batch.html.j2", batch=_batch(visit), counts={"": 0})


def present(visit: Visit) -> Response:
    """Who else is here, for a page that is there already."""
    visit.desk.presence.stays(visit.session)
    return page(visit, "present.html.j2", counts={"": 0})


def _batch(visit: Visit) -> tuple[int, int]:
    """Graded submissions, and all."""
    members = visit.room.members.values()
    return sum(member.line.grade is not None for member in members), len(members)


def _by_difficulty(grades: Sequence[Grade]) -> list[tuple[str, float, int]]:
    """Each question with the share of its points that the class has, the hardest first."""
    shares: dict[str, list[float]] = {}
    for grade in grades:
        if isinstance(grade, Graded):
            for question in grade.questions:
                if question.max_score:
                    shares.setdefault(question.name, []).append(question.score / question.max_score)
    found = [(name, sum(of) / len(of), len(of)) for name, of in shares.items()]
    return sorted(found, key=lambda one: one[1])
