"""Days on Gradescope: how many submissions one has, which of them count, and when it is late."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from pydantic import ValidationError

from autograder.course.assignment import Course
from autograder.course.gradescope import GradescopeSettings
from autograder.gradescope.bundle import build_zip
from autograder.gradescope.metadata import Metadata
from autograder.gradescope.places import Places
from autograder.gradescope.run import Grading

DAY = datetime(2026, 10, 1, 8, tzinfo=UTC)
HandIn = Callable[..., dict[str, Any]]


@pytest.fixture
def hand_in(tmp_path: Path) -> HandIn:
    """Hands in a file that is no notebook, two a day; plays Gradescope's part of the memory.

    Of what was handed in before, the latest alone comes with its results.
    """
    with zipfile.ZipFile(io.BytesIO(build_zip(Course.at(ROOT), "assignment1"))) as archive:
        archive.extractall(tmp_path / "source")
    toml = tmp_path / "source" / "course" / "solutions" / "assignment1.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[gradescope]\nsubmissions_a_day = 2\n", "utf-8")
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "assignment1.ipynb").write_bytes(b"no notebook")
    earlier: list[dict[str, Any]] = []

    def one(hour: float, *, broken: bool = False) -> dict[str, Any]:
        moment = (DAY + timedelta(hours=hour)).isoformat(timespec="milliseconds")
        told = {"created_at": moment, "previous_submissions": earlier, "assignment": {}}
        places = Places(tmp_path)
        places.metadata.write_text(json.dumps(told), "utf-8")
        before = toml.read_bytes()
        toml.write_bytes(b"not = [toml" if broken else before)
        Grading(places, time.monotonic()).to_the_end()
        toml.write_bytes(before)
        results: dict[str, Any] = json.loads(places.results.read_bytes())
        for older in earlier:
            older["results"] = None
        latest = {"submission_time": moment, "score": 0.0, "autograder_error": False}
        earlier.append({**latest, "results": results})
        return results

    return one


def status(results: dict[str, Any]) -> str:
    return str(results["extra_data"]["status"])


def test_turned_away_ones_are_none_of_the_days(hand_in: HandIn) -> None:
    graded = [status(hand_in(hour)) for hour in (0, 1)]
    away = [hand_in(hour) for hour in (2, 3, 4)]
    assert graded == ["unreadable"] * 2
    assert [status(results) for results in away] == ["limit"] * 3
    assert all("2026-10-02 08:00" in r["output"].replace("&#45;", "-") for r in away)
    # Of the last day, one was graded and three were turned away; two results have been forgotten.
    assert status(hand_in(24.5)) == "unreadable"
    # Graded at 1 h and at 24.5 h.
    assert status(hand_in(24.6)) == "limit"
    assert status(hand_in(25.1)) == "unreadable"


def test_only_times_of_the_last_day_are_handed_on(hand_in: HandIn) -> None:
    for hour in (0, 1, 2, 3):
        hand_in(hour)
    assert len(hand_in(4)["extra_data"]["not_counted_at"]) == 3
    assert "not_counted_at" not in hand_in(60)["extra_data"]


def test_the_autograders_own_failure_is_none_of_the_days(hand_in: HandIn) -> None:
    assert status(hand_in(0)) == "unreadable"
    assert [status(hand_in(hour, broken=True)) for hour in (1, 2)] == ["autograder failed"] * 2
    assert status(hand_in(3)) == "unreadable"
    assert status(hand_in(4)) == "limit"


@pytest.mark.parametrize("extra", [[], {"not_counted_at": 3}, {"not_counted_at": ["soon", None]}])
def test_results_of_another_form_count(extra: Any) -> None:
    metadata = Metadata.model_validate({
        "created_at": DAY.isoformat(),
        "previous_submissions": [{
            "submission_time": (DAY - timedelta(hours=1)).isoformat(),
            "results": {"extra_data": extra},
        }],
    })  # fmt: skip
    assert metadata.next_allowed(1) == DAY + timedelta(hours=23)


@pytest.mark.parametrize(
    ("own", "late"),
    [
        ([None], 60),
        ([{}], 60),
        ([{"due_date": None}], 60),
        ([{"due_date": (DAY + timedelta(hours=2)).isoformat(), "more": 1}], None),
        ([{"due_date": (DAY + timedelta(minutes=30)).isoformat()}], 30),
        # An earlier date of one's own counts as well,
        ([{"due_date": (DAY - timedelta(hours=1)).isoformat()}], 120),
        # and a group has as long as the one of them who has most.
        ([None, {"due_date": (DAY + timedelta(hours=2)).isoformat()}], None),
        ([None, {"due_date": (DAY - timedelta(hours=2)).isoformat()}], 60),
        ([], 60),
    ],
)
def test_extensions_count_for_lateness(own: list[Any], late: int | None) -> None:
    metadata = Metadata.model_validate({
        "created_at": (DAY + timedelta(hours=1)).isoformat(),
        "assignment": {"due_date": DAY.isoformat()},
        "users": [{"name": "Ana", "assignment": dates} for dates in own],
    })  # fmt: skip
    assert metadata.late_by == (None if late is None else timedelta(minutes=late))


@pytest.mark.parametrize("seconds", [119, 2401, 3600])
def test_settings_keep_to_what_gradescope_offers(seconds: int) -> None:
    assert GradescopeSettings(seconds=2400).last_second == 2380
    with pytest.raises(ValidationError, match="seconds"):
        GradescopeSettings(seconds=seconds)
