"""What a student notebook carries in its metadata for its checks, besides the public tests.

`build` writes it and the checks read it, so that this is all that the two have to agree on.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from autograder.course.data import DataSettings
from autograder.course.networks import NetworkSettings
from autograder.errors import CourseError
from autograder.model import Frozen

FORMAT = 1
"""Raised with every change after which the checks cannot use what an earlier build wrote."""

_OLDER = (
    "this notebook was built for an older version of the checks than the one installed here. Ask "
    "your teachers for it anew and copy your answers over (teachers: run `autograder build` and "
    "hand it out again)."
)
_NEWER = (
    "this notebook was built for a newer version of the checks than the one installed here. Run "
    "`pip install --upgrade cnn-autograder`, then start the kernel anew."
)


class Carried(Frozen):
    """Thresholds and points by name, data beside the notebook, and what networks take and give.

    `vocabulary` is the part of the course's own words that public cases need.
    """

    accuracy: dict[str, float]
    data: DataSettings
    points: dict[str, float]
    network: NetworkSettings | None = None
    vocabulary: str = ""

    def as_metadata(self) -> dict[str, Any]:
        """What the notebook's metadata hold."""
        whole = {"accuracy": self.accuracy, "points": self.points, "format": FORMAT}
        whole["data"] = self.data.model_dump(exclude_defaults=True)
        if self.network is not None:
            whole["network"] = self.network.model_dump(exclude_defaults=True)
        return whole | ({"vocabulary": self.vocabulary} if self.vocabulary else {})


CARRIES_NOTHING = Carried(accuracy={}, data=DataSettings(), points={})
"""What a notebook without tests carries."""


def carried_by(metadata: object) -> Carried:
    """What `Carried.as_metadata` has put into the metadata of a notebook.

    Raises CourseError for what a build of another version wrote, and for what somebody has changed.
    """
    given = dict(metadata) if isinstance(metadata, Mapping) else {}
    form = given.pop("format", 0)
    if form != FORMAT:
        raise CourseError(_NEWER if isinstance(form, int) and form > FORMAT else _OLDER)
    try:
        return Carried.model_validate(given)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        damage = f"the notebook's settings are damaged ({where}: {error.errors()[0]['msg']})"
        raise CourseError(f"{damage}: take it anew from where it was handed out.") from None
