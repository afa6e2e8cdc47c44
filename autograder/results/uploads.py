"""Files for the learning platform, made anew where something that they hold has changed."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from autograder.course.assignment import Assignment
from autograder.grading.facts import ROSTER, ClassFacts
from autograder.grading.ledger import Ledger
from autograder.grading.private_files import remove_others, stamp, write
from autograder.judging.fingerprint import of_files, of_parts
from autograder.model import Frozen, Grade
from autograder.platforms import registry
from autograder.platforms.platform import Notebooks
from autograder.platforms.sheet import Upload
from autograder.results.annotated import annotated
from autograder.results.made_from import MadeFrom
from autograder.results.own_files import OwnFiles
from autograder.results.parts import Parts

_UPLOADS = "uploads"


class _Written(Frozen):
    """The uploads that were written, without their content, and the stamp of each file."""

    made_from: str
    uploads: tuple[Upload, ...]
    stamps: tuple[list[int] | None, ...]


_written: TypeAdapter[_Written] = TypeAdapter(_Written)


def write_uploads(
    folder: Path,
    ledger: Ledger,
    parts: Parts,
    batch: ClassFacts,
    assignment: Assignment,
    grades: Sequence[Grade],
    made_from: MadeFrom,
    own: OwnFiles,
    notebook_of: Notebooks,
) -> tuple[Upload, ...]:
    """Write what the class's platform takes, and say what it holds; raises UsageError."""
    title = assignment.settings.gradebook or assignment.settings.title
    each = [(made_from.own_page(grade), grade.submission in own.pages) for grade in grades]
    key = of_parts(batch.kind, title, of_files([folder / ROSTER]), each)
    if (kept := _kept(folder, ledger, key)) is not None:
        return kept
    by_path = {grade.submission: grade for grade in grades}
    wrong_so_far = len(parts.problems)

    def with_feedback(path: str) -> str | None:
        def made() -> str | None:
            notebook = notebook_of(path)
            return notebook and annotated(notebook, by_path[path], assignment.questions)

        return parts.made(f"the notebook with feedback for {path}", made, None)

    def uploads() -> tuple[Upload, ...]:
        file = folder / ROSTER
        roster = registry.read_roster(file) if file.is_file() else None
        return tuple(
            registry.uploads(roster, batch.kind, title, grades, own, with_feedback, own.pages)
        )

    made = parts.made("files for the learning platform", uploads, ())
    written = [upload for upload in made if not upload.refusal]
    for upload in written:
        write(folder, upload.name, upload.content)
    # Files of an earlier batch would be imported for this one.
    for name in registry.all_uploads():
        remove_others(folder, "", name, [upload.name for upload in written])
    _keep(folder, ledger, key if len(parts.problems) == wrong_so_far else "", made)
    return made


def _kept(folder: Path, ledger: Ledger, key: str) -> tuple[Upload, ...] | None:
    """What was written, where that is all there and was made from just that."""
    text = ledger.fact(_UPLOADS)
    if not text:
        return None
    kept = _written.validate_json(text)
    now = _stamps(folder, kept.uploads)
    return kept.uploads if (kept.made_from, list(kept.stamps)) == (key, now) else None


def _keep(folder: Path, ledger: Ledger, key: str, made: Sequence[Upload]) -> None:
    told = tuple(Upload(u.name, b"", u.marks, u.told, u.refusal) for u in made)
    kept = _Written(made_from=key, uploads=told, stamps=tuple(_stamps(folder, told)))
    ledger.note(_UPLOADS, kept.model_dump_json())


def _stamps(folder: Path, uploads: Sequence[Upload]) -> list[list[int] | None]:
    return [stamp(folder, u.name) if not u.refusal else None for u in uploads]
