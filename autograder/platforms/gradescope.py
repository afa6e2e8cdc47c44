"""Gradescope: a folder a submission, and a YAML file that says whose each one is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from autograder.errors import SubmissionError, UsageError
from autograder.model import Person
from autograder.platforms.platform import Platform
from autograder.submissions.handed_in import HandedIn
from autograder.submissions.tree import FileTree, clean

METADATA = "submission_metadata.yml"
_MOST_METADATA = 500_000_000


# The safe loader, in C where there is one, with the data that Ruby marks as one of its classes.
_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})


def _plain(loader: Any, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!ruby/", _plain)


class Gradescope(Platform):
    """Gradescope; marks reach it from its own autograders, never in a table."""

    kind = "gradescope"
    own_files = frozenset({METADATA})

    @property
    def uploads(self) -> tuple[str, ...]:
        """See `Platform`."""
        return ()

    def recognise(self, tree: FileTree) -> list[HandedIn] | None:
        """See `Platform`; each submission of an export."""
        file = next((file for file in tree.files if file.path == METADATA), None)
        if file is None:
            return None
        try:
            listed = yaml.load(file.read(_MOST_METADATA), _Loader)
        except (SubmissionError, yaml.YAMLError, ValueError, RecursionError) as error:
            raise UsageError(f"{METADATA} cannot be read: {str(error).splitlines()[0]}") from error
        if not isinstance(listed, dict):
            raise UsageError(f"{METADATA} lists no submissions")
        below = tree.by_top()
        return [
            _handed_in(str(folder), facts if isinstance(facts, dict) else {}, below)
            for folder, facts in listed.items()
        ]


def _handed_in(folder: str, facts: Mapping[str, Any], below: Mapping[str, Any]) -> HandedIn:
    submitters = _field(facts, "submitters")
    people = tuple(
        _person(one) for one in (submitters if isinstance(submitters, list) else ())
        if isinstance(one, dict)
    )  # fmt: skip
    when = _time(_field(facts, "created_at"))
    return HandedIn(
        path=clean(folder),
        student=", ".join(person.name for person in people) or clean(folder),
        files=below.get(clean(folder), ()),
        people=people,
        late=_field(facts, "late") is True,
        owner=("gradescope", *(p.email or p.id or p.name for p in people)) if people else None,
        when=when,
        remarks=_attempts(facts, when),
    )


def _field(facts: Mapping[str, Any], name: str) -> Any:
    return facts.get(f":{name}", facts.get(name))


def _person(facts: Mapping[str, Any]) -> Person:
    texts = {key: str(_field(facts, key) or "").strip() for key in ("name", "sid", "email")}
    name = texts["name"] or texts["email"] or texts["sid"]
    return Person(name=name, id=texts["sid"], email=texts["email"])


def _time(value: Any) -> str:
    """A time as ISO 8601 in UTC, by which attempts are ordered; empty if there is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace(" UTC", "+00:00"))
        except ValueError:
            return ""
    if not isinstance(value, datetime):
        return ""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _attempts(facts: Mapping[str, Any], when: str) -> tuple[str, ...]:
    """What the history tells of attempts that the export does not hold."""
    history = _field(facts, "history")
    times = [_time(_field(one, "created_at")) for one in history or () if isinstance(one, dict)]
    earlier = sum(bool(time) and time < when for time in times)
    later = sum(bool(time) and time > when for time in times)
    said = []
    if earlier:
        said.append(f"Gradescope lists earlier attempts ({earlier}); the one of {when} UTC counts.")
    if later:
        said.append(f"Gradescope lists later attempts ({later}), which are not the active one.")
    return tuple(said)
