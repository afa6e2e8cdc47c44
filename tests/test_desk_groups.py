"""Answers in groups: what says the same is together, and nothing else."""

import time

from autograder.desk.groups import groups

LONG = "The filters of a convolution share their weights so the network needs fewer parameters"


def keys(answers: dict[str, str]) -> list[set[str]]:
    return [set(group.keys) for group in groups(answers)]


def test_case_marks_and_layout_are_no_difference() -> None:
    assert keys({"a": "It is better.", "b": "it is\n  BETTER!", "c": "It is worse."}) == [
        {"a", "b"},
        {"c"},
    ]


def test_a_word_more_or_less_in_a_long_answer_is_nearly_equal() -> None:
    found = groups({"a": LONG, "b": f"{LONG} indeed", "c": LONG.replace("fewer", "more"), "d": ""})
    assert [set(group.keys) for group in found] == [{"a", "b", "c"}, {"d"}]
    assert [group.is_equal for group in found] == [False, True]


def test_a_word_more_in_a_short_answer_is_another() -> None:
    assert keys({"a": "It is", "b": "It is not", "c": "Not it"}) == [{"a"}, {"b"}, {"c"}]


def test_everybody_is_in_one_group_only() -> None:
    answers = {str(n): " ".join(f"w{(n * k) % 50}" for k in range(1, 40)) for n in range(300)}
    found = [key for group in groups(answers) for key in group.keys]
    assert sorted(found) == sorted(answers)


def test_a_thousand_long_answers_take_little() -> None:
    words = [f"word{n}" for n in range(400)]
    answers = {
        str(n): " ".join(words[(n * 37 + k * k) % 400] for k in range(120)) for n in range(1_000)
    }
    start = time.process_time()
    groups(answers)
    assert time.process_time() - start < 10
