"""The public cases that a student notebook carries in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course.assignment import read_images
from autograder.course.questions import Question, load_question
from autograder.errors import CourseError, SubmissionError
from autograder.networks.network import ImageSet
from autograder.notebooks.cells import assignment_name, is_notebook, metadata_of
from autograder.notebooks.read import json_of


@dataclass(frozen=True)
class PublicTests:
    """The questions of a student notebook, with public cases only, and their thresholds.

    `points` are those of each question, hidden cases included; empty in an older notebook.
    """

    assignment: str | None
    questions: tuple[Question, ...]
    thresholds: dict[str, float]
    points: Mapping[str, float]

    def images(self, folder: Path) -> dict[str, ImageSet]:
        """The test images of `mnist.npz` in the notebook's folder, where a question needs them.

        Raises CourseError when the file is needed and missing.
        """
        if not self.thresholds:
            return {}
        data = folder / "mnist.npz"
        if not data.is_file():
            raise CourseError(
                f"mnist.npz is not in {folder}. Put the file that was handed out with the notebook "
                "beside it; on Colab, upload it through the Files pane."
            )
        images, labels = read_images(data, "X_test", "y_test")
        image_set = ImageSet("test images of mnist.npz", images, labels, self.thresholds)
        return {"public_images": image_set}


def public_tests(content: bytes) -> PublicTests:
    """The public tests in a notebook file; none where it carries none.

    Raises CourseError for a file that is no notebook and for tests that do not load.
    """
    try:
        parsed = json_of(content)
    except SubmissionError as error:
        raise CourseError(str(error)) from error
    if not is_notebook(parsed):
        raise CourseError("the file is JSON but not a notebook: it has no cells")
    metadata = metadata_of(parsed)
    sources, own = metadata.get("otter", {}).get("tests", {}), metadata.get("autograder", {})
    return PublicTests(
        assignment=assignment_name(parsed),
        questions=tuple(
            load_question(source, name, may_be_empty=True) for name, source in sources.items()
        ),
        thresholds=dict(own.get("accuracy", {})),
        points=dict(own.get("points", {})),
    )
