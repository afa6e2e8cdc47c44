"""Each folder of `tests/cases` is a submission and what must come of it.

`submission.py` (cells begin with `# %%`) or `submission.ipynb`, and `expected.toml`:

    assignment = "assignment1"
    outcome = "finished"                # the default
    device = "cpu"                      # optional: it is about machines without a GPU
    score = 1.0                         # optional
    [cases]                             # the status of single cases; others are not looked at
    "q1_1_1 test_value" = "failed"
    [says]                              # a part of the case's message
    "q1_1_1 test_value" = "turned the kernel by 180 degrees"
    flags = ["borderline"]              # optional, top level: parts of the flags
    remarks = ["was cut off"]           # optional, top level: parts of what was mended
"""

import tomllib
from pathlib import Path

import pytest
from conftest import chosen_device, grade_bytes, notebook_of

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("cases/*/expected.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    expected = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    if expected.get("device", chosen_device()) != chosen_device():
        pytest.skip("is about machines without a GPU")
    script, notebook = folder / "submission.py", folder / "submission.ipynb"
    content = notebook_of(script.read_text("utf-8")) if script.exists() else notebook.read_bytes()
    grade = grade_bytes(expected["assignment"], content)
    cases = {f"{q.name} {case.name}": case for q in grade.questions for case in q.cases}
    assert grade.outcome == expected.get("outcome", "finished"), grade.flags
    for name, status in expected.get("cases", {}).items():
        assert cases[name].status == status, cases[name].message
    for name, part in expected.get("says", {}).items():
        assert part in (cases[name].message or "")
    for part in expected.get("flags", []):
        assert any(part in str(flag) for flag in grade.flags), grade.flags
    for part in expected.get("remarks", []):
        assert any(part in remark for remark in grade.remarks), grade.remarks
    if "score" in expected:
        assert grade.score == pytest.approx(expected["score"])


def test_every_case_is_complete() -> None:
    folders = {path for path in Path(__file__).parent.glob("cases/*") if path.is_dir()}
    assert folders == set(FOLDERS)
    assert FOLDERS
