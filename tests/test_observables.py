"""Annotations of a test's parameters, and what they make a test look at."""

import pytest

from autograder.course.observables import observables
from autograder.course.questions import load_question
from autograder.errors import CourseError
from autograder.observables import (
    Call,
    InputSignature,
    Name,
    NetworkSignature,
    Observable,
    elided,
    students_names,
)

QUESTION = '''
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = None

@test_case(points=1, hidden=False)
def test_value(pooled, error: "mae([0, 0],\\n [1, -3])", public_images, net: "network(x=f32[4])"):
    """Right?"""
'''


def read(annotation: object) -> Observable:
    (found,) = observables(["seen"], {"seen": annotation}, "q1.py, test_value")
    return found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("mean_absolute_error([0, 0], [1, -3])", ("mean_absolute_error",)),
        ("model.predict(hidden_x)", ("hidden_x", "model")),
        ("by_city.loc['Oslo', 'price']", ("by_city",)),
        ("[line.get_ydata() for line in ax.lines]", ("ax",)),
        ("(lambda number: number + offset)(3)", ("offset",)),
        ("{k: v for k, v in prices.items() if k in known}", ("known", "prices")),
    ],
)
def test_an_expression_is_a_call_with_the_names_that_it_needs(
    source: str, names: tuple[str, ...]
) -> None:
    assert read(source) == Call("seen", source, names)


def test_one_expression_has_one_key_however_it_is_written() -> None:
    assert read(" f( 'a',2 ) ").key == read('f("a", 2)').key == "f('a', 2)"


def test_signatures_have_inputs_of_any_number_and_shape() -> None:
    image = InputSignature("image", "f32", (3, 32, 32))
    tokens, scale = InputSignature("tokens", "i64", (12,), 50), InputSignature("scale", "f64", ())
    assert read("network(image=f32[3, 32, 32])") == NetworkSignature("seen", (image,))
    assert read("network(tokens=i64[12] < 50, scale=f64)") == NetworkSignature(
        "seen", (tokens, scale)
    )


def test_a_function_may_be_called_estimator() -> None:
    assert read("estimator(x=6)") == Call("seen", "estimator(x=6)", ("estimator",))


def test_types_and_no_annotation_leave_a_name() -> None:
    assert read(None) == read(float) == Name("seen", "seen")
    assert read("other") == Name("seen", "other")


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        ("f(1", "no Python expression"),
        ("x = 3", "no Python expression"),
        ("int", "the type 'int'"),
        ("1 + 1", "nothing of the student's"),
        ("f('" + "x" * 1_000 + "')", "longer than 1,000"),
        ("network(3)", "name each input"),
        ("network()", "name each input"),
        ("network(**inputs)", "name each input"),
        ("network(x=f16[3])", "no known type"),
        ("estimator(x=f32[6])", 'call it instead, as in `predicted: "seen.predict(hidden_x)"`'),
        ("network(x=f32[0])", "whole numbers above 0"),
        ("network(x=f32[N, 3])", "whole numbers above 0"),
        ("network(x=f32[3] < 4)", "only whole numbers"),
        ("network(x=i64[3] < most)", "no whole number above 0"),
        ("network(x=i64[3] > 4)", "no known type"),
        ("(" * 500, "no Python expression"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_place(annotation: str, said: str) -> None:
    with pytest.raises(CourseError, match=r"^q1.py, test_value: the annotation of `seen`") as error:
        read(annotation)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_test_file_says_what_its_cases_look_at() -> None:
    question = load_question(QUESTION, "q1.py", {"public_images": "public_images"})
    assert question.variables == ("pooled", "net", "mae([0, 0], [1, -3])")
    assert students_names(question.variables) == ("pooled", "net", "mae")
    broken = QUESTION.replace("f32", "f8")
    with pytest.raises(CourseError, match=r"q1.py, test_value: the annotation of `net`"):
        load_question(broken, "q1.py")


def test_what_is_said_of_a_hidden_call_has_no_inputs_in_it() -> None:
    assert elided("model.predict(hidden_x)") == "model.predict(…)"
    assert elided("by_city.loc['Oslo', 'price']") == "by_city.loc[…]"
    assert elided("ax.get_xlabel()") == "ax.get_xlabel()"
    assert elided("f(3)(secret).mean()") == "f(…)(…).mean()"
    assert elided("[f(x) for x in (2, 3)]") == "an expression of a hidden test"
