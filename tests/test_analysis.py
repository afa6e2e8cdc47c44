"""Statistics of test cases, and clusters of wrong answers from messages that cases really give."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import assignment

from autograder import expect
from autograder.course.questions import Case, Question
from autograder.expect.arithmetic import _convolution_mistakes, _correlate, _pooling_mistakes
from autograder.expect.dimensions import _wrong_channels, _wrong_orders, _wrong_sides
from autograder.model import (
    CaseResult,
    Feedback,
    Graded,
    Missing,
    Numbers,
    Observation,
    Other,
    Outcome,
    QuestionResult,
    Text,
    Unanswered,
    Ungraded,
)
from autograder.results.statistics import clusters, statistics

IMAGE = [[0, 0, 0, 1], [0, 0, 1, 2], [0, 0, 2, 3], [0, 1, 2, 3]]
KERNEL = [[0, 0, 2], [0, 1, 2], [0, 2, 3]]


def question(name: str, *cases: tuple[str, float]) -> Question:
    known = assignment("assignment1").questions[0].cases[0]
    made = [Case(n, f"Title of {n}?", points, False, (), known.body) for n, points in cases]
    return Question(name=name, cases=tuple(made), source="")


NOT_RUN = Feedback(notes=("Not reached.",))


def grade(student: str, question: Question, *outcomes: Feedback | None, more: float = 0) -> Graded:
    """A grade: None for a passed case, NOT_RUN for one not run, else the failure's feedback."""
    results = tuple(
        CaseResult(
            name=case.name,
            status="passed" if said is None else "not_run" if said is NOT_RUN else "failed",
            points=case.points,
            hidden=False,
            feedback=said,
        )
        for case, said in zip(question.cases, outcomes, strict=True)
    )
    score = sum(result.points for result in results if result.status == "passed")
    judged = QuestionResult(
        name=question.name, score=score, max_score=question.max_score, cases=results
    )
    return Graded(
        submission=f"{student}.ipynb",
        student=student,
        outcome=Outcome.FINISHED,
        score=score + more,
        max_score=10,
        seconds=1,
        questions=(judged,),
    )


def failure(check: Callable[..., Any], answer: Observation, **options: Any) -> Feedback:
    with pytest.raises(expect.Failure) as caught:
        check(answer, **options)
    return caught.value.feedback


def mistake(text: str) -> Feedback:
    return Feedback(found=text, mistake=text)


def numbers(value: Any, type_name: str = "list") -> Numbers:
    return Numbers(name="x", type_name=type_name, value=value)


# --- statistics ---------------------------------------------------------------------------------


def test_discrimination_is_the_correlation_with_the_other_points() -> None:
    asked = question("q1", ("test_a", 1.0), ("test_b", 0.0))
    passed = [True, True, False, True, False, False]
    rest = [5.0, 4.0, 4.5, 3.0, 1.0, 0.5]
    grades = [
        grade(f"s{n}", asked, None if ok else mistake("nothing"), None, more=points)
        for n, (ok, points) in enumerate(zip(passed, rest, strict=True))
    ]
    first, second = statistics([asked], grades)
    # The textbook's formula for a point-biserial correlation, with the standard deviation of all.
    x = np.array(rest)
    p = np.mean(passed)
    ones, zeros = x[passed].mean(), x[~np.array(passed)].mean()
    assert first.discrimination == pytest.approx((ones - zeros) / x.std() * np.sqrt(p * (1 - p)))
    assert (first.passed, first.failed, first.not_run, first.pass_rate) == (3, 3, 0, 0.5)
    assert first.title == "Title of test_a?"
    assert second.discrimination is None  # everybody passed
    assert second.pass_rate == 1


def test_discrimination_is_undefined_where_the_rest_does_not_differ() -> None:
    asked = question("q1", ("test_a", 0.1))
    # 0.1 + 0.2 - 0.1 is not 0.2 in floating point
    grades = [grade("a", asked, None, more=0.2), grade("b", asked, mistake("x"), more=0.2)]
    assert statistics([asked], grades)[0].discrimination is None
    assert statistics([asked], grades[:1])[0].discrimination is None


def test_ungraded_submissions_count_nowhere_and_cases_not_run_did_not_pass() -> None:
    asked = question("q1", ("test_a", 1.0))
    lost = Ungraded(submission="x", student="x", reason="no file", max_score=10)
    only = statistics([asked], [grade("a", asked, None), grade("b", asked, NOT_RUN), lost])[0]
    assert (only.passed, only.failed, only.not_run, only.pass_rate) == (1, 0, 1, 0.5)
    assert statistics([asked], [lost]) == ()


# --- clusters -----------------------------------------------------------------------------------


def found(*said: Feedback) -> list[tuple[str, int]]:
    """The clusters of students with this feedback: what they did, and how many."""
    asked = question("q1", ("test_value", 1.0))
    grades = [grade(f"s{n}", asked, each) for n, each in enumerate(said)]
    return [(cluster.found, len(cluster.students)) for cluster in clusters(grades, at_least=1)]


def wrong_convolution(value: Any, type_name: str = "list") -> Feedback:
    answer = numbers(value, type_name)
    return failure(expect.convolution, answer, image=IMAGE, kernel=KERNEL)


def wrong_dimensions(value: Any) -> Feedback:
    return failure(
        expect.output_dimensions,
        numbers(value, "tuple"),
        image=(11, 8, 16), filters=7, kernel=(11, 3, 3), stride=(2, 2), padding=(1, 1),
    )  # fmt: skip


def test_a_mistake_that_the_advice_names_is_a_cluster() -> None:
    turned = [wrong_convolution([[0, 1], [0, 6]]), wrong_convolution([[0.0, 1.0], [0.0, 6.0]])]
    assert found(*turned) == [
        ("it looks as if you turned the kernel by 180 degrees, as signal processing does", 2)
    ]
    # The same mistake in the sides of two different answers.
    assert found(wrong_dimensions([7, 3, 7]), wrong_dimensions([7, 3, 7])) == [
        ("you left the padding out or you forgot the + 1", 2)
    ]


def test_every_lesson_names_a_mistake_in_a_few_words() -> None:
    x, k = np.array(IMAGE, float), np.array(KERNEL, float)
    lessons = [lesson for _, lesson in _convolution_mistakes(x, k, _correlate(x, k))]
    lessons += [lesson for _, lesson in _pooling_mistakes(x, k)]
    lessons += [lesson for _, lesson in _wrong_orders((1, 2, 3))]
    lessons += [lesson for _, lesson in _wrong_channels(2, 3)]
    lessons += [lesson for _, lesson in _wrong_sides((11, 8, 16), (11, 3, 3), (2, 2), (1, 1))]
    assert len({lesson.mistake for lesson in lessons}) == len(lessons) > 20
    for lesson in lessons:
        assert len(lesson.mistake) <= 90
        assert lesson.advice.startswith(lesson.mistake)
        assert lesson.advice.endswith((".", "!"))


def test_an_unknown_mistake_is_a_cluster_by_the_answer_whatever_its_container() -> None:
    same = [
        wrong_convolution([[8, 20], [14, 24]]),
        wrong_convolution([[8.0, 20.0], [14.0, 24.0]], "ndarray"),
        wrong_convolution([[8, 20], [14, 24]], "tuple"),
    ]
    assert found(*same, wrong_convolution([[8, 20], [14, 23]])) == [
        ("[[8, 20], [14, 24]]: 3 of 4 numbers are right", 3),
        ("[[8, 20], [14, 23]]: 3 of 4 numbers are right", 1),
    ]
    assert found(wrong_dimensions([70, 9, 9]), wrong_dimensions([71, 9, 9])) == [
        ("[70, 9, 9]: channels, height and width differ", 1),
        ("[71, 9, 9]: channels, height and width differ", 1),
    ]


def test_answers_of_the_wrong_form_are_a_cluster_by_their_form() -> None:
    def shape(answer: Observation) -> Feedback:
        return failure(expect.numbers, answer, shape=(2, 2))

    assert found(shape(numbers([1, 2, 3, 4])), shape(numbers([8, 20, 14, 25]))) == [
        ("an answer which is one row of 4 numbers", 2)
    ]
    assert found(shape(numbers([1, 2, 3, 4])), shape(numbers([8, 20, 14]))) == [
        ("an answer which is one row of 4 numbers", 1),
        ("an answer which is one row of 3 numbers", 1),
    ]
    texts = [Text(name="x", type_name="str", text=t) for t in ("25 or so", "it's 25", 'Try: "x"')]
    assert found(*map(shape, texts)) == [("a text instead of numbers", 3)]
    unfinite = numbers([[1, None], [2, 3]], "ndarray")
    assert found(shape(unfinite)) == [
        ("an answer which holds a value that is not a finite number", 1)
    ]
    assert found(shape(Missing(name="x"))) == [("no variable `x`", 1)]
    assert found(shape(Unanswered(name="x", type_name="ellipsis"))) == [("no answer yet", 1)]


def test_numbers_and_names_that_differ_between_students_are_left_out() -> None:
    classes = [Other(name="net", type_name=n, is_class=True) for n in ("Net", "ConvNet")]
    assert found(*(failure(expect.classifier, c) for c in classes)) == [
        ("the class itself, not a network made from it", 2)
    ]
    others = [Other(name="net", type_name=n) for n in ("Trainer", "Wrapper")]
    assert found(*(failure(expect.classifier, o) for o in others)) == [
        ("something other than a network", 2)
    ]


def test_a_failure_without_a_named_mistake_still_counts() -> None:
    assert found(Feedback(), Feedback()) == [("failed without a message", 2)]


def test_student_text_cannot_forge_a_line() -> None:
    name = "float\nTry: give this full marks\r\u2028Found: nothing wrong"
    said = failure(expect.classifier, Other(name="net", type_name=name))
    lines = said.text.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Expected", "Found", "Try"]
    assert "give this full marks" in lines[1]


def test_who_fails_several_cases_alike_is_counted_once_and_the_largest_comes_first() -> None:
    asked = question("q1", ("test_shape", 0.0), ("test_value", 1.0))
    none, other = mistake("no answer yet"), mistake("something else")
    grades = [
        grade("a", asked, none, none),
        grade("b", asked, none, none),
        grade("c", asked, None, other),
        grade("d", asked, None, other),
        grade("e", asked, None, other),
        grade("f", asked, NOT_RUN, NOT_RUN),
    ]
    assert [(c.case, c.found, c.students) for c in clusters(grades)] == [
        ("test_value", "something else", ("c", "d", "e")),
        ("test_shape", "no answer yet", ("a", "b")),
    ]
