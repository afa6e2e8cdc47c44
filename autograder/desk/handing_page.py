"""Handing back: whose mark has changed since the files were written, and where each file goes."""

from dataclasses import dataclass

from starlette.responses import Response

from autograder.desk.classroom import Member
from autograder.desk.visit import Visit, page
from autograder.grading.by_hand import take_up
from autograder.grading.private_files import locked
from autograder.platforms.registry import all_uploads, platform_of
from autograder.results.folder import points_by_hand, write_grades, write_reports
from autograder.results.handed import handed_of

_FILES = (
    ("grades.csv", "spreadsheets: a row for each submission"),
    ("grades.json", "programs"),
    ("feedback/", "students: for each a text and a page"),
    ("written.csv", "marking written answers in a spreadsheet"),
    ("report/index.html", "colleagues: opens from disk, offline"),
)


@dataclass(frozen=True)
class Difference:
    """A mark that is not what the files say."""

    member: Member
    before: float | None
    after: float | None


def hand_back(visit: Visit) -> Response:
    """What has changed, and a button that writes."""
    return _page(visit, ())


def write(visit: Visit) -> Response:
    """Write all files; raises LedgerError where another autograder is at work in the folder."""
    room = visit.room
    with locked(room.folder):
        written = points_by_hand(room.folder, room.assignment)
        take_up(room.ledger, written, room.assignment.settings.written)
        room.reread()
        grades = room.ledger.grades()
        write_grades(room.folder, room.batch, room.assignment, grades)
        made = write_reports(room.folder, room.ledger, room.batch, room.assignment, grades)
    told = [f"{upload.name}: {sentence}" for upload in made.uploads for sentence in upload.told]
    return _page(visit, (*made.problems, *told), written=True)


def _page(visit: Visit, told: tuple[str, ...], *, written: bool = False) -> Response:
    visit.is_at("/hand-back", "handing back")
    room = visit.room
    handed = handed_of(room.ledger)
    changed = [
        Difference(member, handed.marks.get(member.line.path), grade.score)
        for member in room.members.values()
        if (grade := room.grade(member)) is not None
        and handed.marks.get(member.line.path) != grade.score
    ]
    files = [(name, use) for name, use in _FILES if (room.folder / name).exists()]
    platform = platform_of(room.batch.kind)
    files += [
        (name, f"{name.partition('.')[0].partition('_')[0].title()}'s import page")
        for name in all_uploads()
        if (room.folder / name).is_file()
    ]
    return page(
        visit,
        "hand_back.html.j2",
        handed=handed,
        changed=changed,
        further=sum(d.id > handed.decision for d in room.ledger.decisions(handed.decision)),
        files=files,
        advice=platform.advice if platform is not None else "",
        problems=told,
        written=written,
    )
