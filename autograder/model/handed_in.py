"""What is handed in, and whose it is."""

from collections.abc import Callable
from dataclasses import dataclass

from autograder.model.base import Frozen


class Person(Frozen):
    """Somebody who gets a mark, as the learning platform that they handed in to knows them.

    `id` is Canvas's user id, Moodle's participant id, Gradescope's SID or Brightspace's
    OrgDefinedId; what a download does not tell stays empty.
    """

    name: str
    id: str = ""
    email: str = ""
    login: str = ""


class Handin(Frozen):
    """Something handed in, as every result names it.

    `submission` is its path as shown, `student` whose it is and `people` who get the mark. `late`
    is what the platform says. `remarks` say what was noticed on the way, such as earlier attempts
    that were left out.
    """

    submission: str
    student: str
    people: tuple[Person, ...] = ()
    late: bool = False
    remarks: tuple[str, ...] = ()


class Owned:
    """Whatever says where it lies and whose it is: a line of a batch, or of a ledger."""

    path: str
    student: str
    people: tuple[Person, ...]
    late: bool
    remarks: tuple[str, ...]

    @property
    def handin(self) -> Handin:
        """What results name it by."""
        return Handin(
            submission=self.path,
            student=self.student,
            people=self.people,
            late=self.late,
            remarks=self.remarks,
        )


@dataclass(frozen=True)
class Entry(Owned):
    """One line of a batch: something handed in, read when its turn comes.

    `path` is shown in results, `student` names whose it is and `people` who get the mark. `read`
    gives the notebook's bytes and raises SubmissionError, with one sentence, where there are none.
    `remarks` say what was noticed on the way, such as earlier attempts that were left out.
    """

    path: str
    student: str
    read: Callable[[], bytes]
    people: tuple[Person, ...] = ()
    late: bool = False
    remarks: tuple[str, ...] = ()


class Submission(Frozen):
    """One notebook handed in: `path` as shown in results, `content` its bytes, `student` whose."""

    path: str
    student: str
    content: bytes
