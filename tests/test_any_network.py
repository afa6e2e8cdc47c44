"""Courses with networks of other kinds than this lab's: trained, graded, and judged rightly."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import chosen_layers, fork_server, notebook_of

from autograder.course.assignment import Assignment, Course
from autograder.course.questions import load_question
from autograder.errors import CourseError
from autograder.grading.pipeline import grade_one
from autograder.model import Graded, Outcome, Settings, Submission

HEAD = """from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = None

"""
CASE = """@test_case(points=1, hidden=True)
def {name}({parameters}):
    \"\"\"Is it right?\"\"\"
    from autograder import expect
    {body}

"""


def a_course(
    folder: Path, sets: dict[str, dict[str, Any]], cases: list[tuple[str, str]]
) -> Assignment:
    """A course whose hidden sets have these arrays, and whose tests have these parameters."""
    (folder / "solutions" / "tests" / "quiz").mkdir(parents=True)
    (folder / "assignments").mkdir()
    lines = ['title = "Quiz"']
    for name, arrays in sets.items():
        np.savez(folder / "solutions" / f"{name}.npz", **arrays)
        inputs = [key for key in arrays if key != "answers"]
        lines += [f"[data.sets.{name}]", f'answers = "solutions/{name}.npz:answers"']
        if inputs == ["inputs"]:
            lines.append(f'inputs = "solutions/{name}.npz:inputs"')
        else:
            told = ", ".join(f'{key} = "solutions/{name}.npz:{key}"' for key in inputs)
            lines.append(f"inputs = {{ {told} }}")
    (folder / "solutions" / "quiz.toml").write_text("\n".join(lines), "utf-8")
    text = HEAD + "".join(
        CASE.format(name=f"test_{number}", parameters=parameters, body=body)
        for number, (parameters, body) in enumerate(cases)
    )
    (folder / "solutions" / "tests" / "quiz" / "q1.py").write_text(text, "utf-8")
    return Course(folder).assignment("quiz")


def graded(quiz: Assignment, script: str) -> Graded:
    content = notebook_of(script)
    quiz.check_data()
    submission = Submission(path="a.ipynb", student="a", content=content)
    grade = grade_one(submission, quiz, Settings(layers=chosen_layers()), fork_server())
    assert isinstance(grade, Graded), grade.reason
    assert grade.outcome is Outcome.FINISHED, grade.flags
    return grade


def said(grade: Graded) -> list[tuple[str, str]]:
    cases = grade.questions[0].cases
    return [(case.status, case.feedback.text if case.feedback else "") for case in cases]


TRAIN = """
def train(net, x, y, loss, epochs=60, rate=0.02):
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss(net(*x), y).backward()
        optimizer.step()
"""
COLOURS = (
    """# %%
import torch
from torch import nn
"""
    + TRAIN
    + """
x = torch.rand(300, 3, 8, 8)
y = x.mean((2, 3)).argmax(1)
def network():
    convolution = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AvgPool2d(8))
    return nn.Sequential(convolution, nn.Flatten(), nn.Linear(8, 3))

net, untrained = network(), network()
narrow = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
grey = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Flatten(), nn.Linear(288, 3))
train(net, [x * 4], y, nn.CrossEntropyLoss(), 250)
train(net, [x], y, nn.CrossEntropyLoss(), 250)
"""
)
IMAGE = '"network(image=f32[3, 8, 8])"'


def colours() -> dict[str, Any]:
    inputs = np.random.default_rng(5).random((400, 3, 8, 8)).astype(np.float32)
    return {"inputs": inputs, "answers": inputs.mean((2, 3)).argmax(1)}


def test_colour_images(tmp_path: Path) -> None:
    quiz = a_course(
        tmp_path,
        {"pictures": colours()},
        [
            (f"net: {IMAGE}", "expect.classifier(net, classes=3)"),
            (f"net: {IMAGE}, pictures", "expect.accuracy(net, pictures, at_least=0.7)"),
            (f"net: {IMAGE}", "expect.convolution_before_dense(net)"),
            (f"net: {IMAGE}", "expect.parameters(net, exactly=8 * 28 + 27)"),
            (f"untrained: {IMAGE}, pictures", "expect.accuracy(untrained, pictures, at_least=0.7)"),
            (f"narrow: {IMAGE}", "expect.classifier(narrow, classes=3)"),
            (f"grey: {IMAGE}", "expect.classifier(grey, classes=3)"),
        ],
    )
    grade = graded(quiz, COLOURS)
    results = said(grade)
    assert [status for status, _ in results] == ["passed"] * 4 + ["failed"] * 3, results
    assert "at least 70 % of the examples" in results[4][1]
    assert "scores of shape (N, 2)" in results[5][1]
    assert "3 outputs, one for each class" in results[5][1]
    assert "3x8x8  the input" in results[5][1]
    assert "made for 1 channel that gets 3" in results[6][1]
    assert grade.networks[0].name == "net"
    assert not any("28" in text or "digit" in text for _, text in results)


SEQUENCES = (
    """# %%
import torch
from torch import nn
"""
    + TRAIN
    + """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 12, batch_first=True)
        self.out = nn.Linear(12, 2)

    def forward(self, tokens):
        states, _ = self.lstm(self.words(tokens))
        return self.out(states[:, -1])

tokens = torch.randint(0, 20, (400, 6))
labels = (tokens[:, -1] >= 10).long()
net = Reader()
train(net, [tokens], labels, nn.CrossEntropyLoss())
fresh = Reader()
"""
)


def test_sequences(tmp_path: Path) -> None:
    tokens = np.random.default_rng(6).integers(0, 20, (300, 6))
    takes = '"network(tokens=i64[6] < 20)"'
    quiz = a_course(
        tmp_path,
        {"sentences": {"inputs": tokens, "answers": (tokens[:, -1] >= 10).astype(int)}},
        [
            (f"net: {takes}", "expect.classifier(net, classes=2)"),
            (f"net: {takes}, sentences", "expect.accuracy(net, sentences, at_least=0.9)"),
            (f"fresh: {takes}, sentences", "expect.accuracy(fresh, sentences, at_least=0.9)"),
            (f"net: {takes}", "expect.layers(net, 'LSTM')"),
            (f"net: {takes}", "expect.layers(net, 'convolution')"),
        ],
    )
    results = said(graded(quiz, SEQUENCES))
    wanted = ["passed", "passed", "failed", "passed", "failed"]
    assert [status for status, _ in results] == wanted, results


SEVERAL = """# %%
import torch
from torch import nn

class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.dense = nn.Embedding(5, 4), nn.Linear(4 + 3, 1)

    def forward(self, word, numbers):
        return self.dense(torch.cat([self.words(word), numbers], 1)).squeeze(1)

net = Both()
with torch.no_grad():
    net.words.weight.zero_()
    net.words.weight[:, 0] = torch.arange(5.0)
    net.dense.weight.copy_(torch.tensor([[1.0, 0, 0, 0, 2, 0, -1]]))
    net.dense.bias.zero_()
"""


def test_several_inputs_are_given_by_name(tmp_path: Path) -> None:
    generator = np.random.default_rng(7)
    word, numbers = generator.integers(0, 5, 200), generator.standard_normal((200, 3))
    answers = word + 2 * numbers[:, 0] - numbers[:, 2]
    takes = '"network(word=i64 < 5, numbers=f32[3])"'
    quiz = a_course(
        tmp_path,
        {"rows": {"numbers": numbers.astype("f4"), "word": word, "answers": answers}},
        [
            (f"net: {takes}, rows", "expect.r2(net, rows, at_least=0.999)"),
            (f"net: {takes}, rows", "expect.error(net, rows, absolute=1e-4)"),
            (f"net: {takes}, rows", "expect.error(net, rows, absolute=0)"),
        ],
    )
    results = said(graded(quiz, SEVERAL))
    assert [status for status, _ in results] == ["passed", "passed", "failed"], results


def test_two_signatures_for_one_network_are_refused(tmp_path: Path) -> None:
    quiz = a_course(
        tmp_path,
        {},
        [('net: "network(x=f32[2])"', "pass"), ('net: "network(x=f32[3])"', "pass")],
    )
    with pytest.raises(CourseError, match="its annotation of `net` is another"):
        quiz.check_data()


def test_a_network_that_nothing_describes_is_the_courses_fault(tmp_path: Path) -> None:
    quiz = a_course(tmp_path, {}, [("net", "expect.classifier(net)")])
    grade = graded(quiz, "# %%\nfrom torch import nn\nnet = nn.Linear(2, 2)\n")
    assert said(grade)[0][0] == "unjudged"
    assert any("annotate the parameter" in flag.text for flag in grade.flags)


def test_an_input_cannot_have_the_name_of_what_comes_out() -> None:
    source = HEAD + CASE.format(
        name="test_0", parameters='net: "network(scores=f32[2])"', body="pass"
    )
    with pytest.raises(CourseError, match="calls an input `scores`"):
        load_question(source, "q1")
