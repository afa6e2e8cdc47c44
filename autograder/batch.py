"""Grades a class: many submissions at a time, the results in order."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed

from autograder.model import Grade, Submission, Unreadable

HandedIn = Submission | Unreadable
_Grader = Callable[[HandedIn], Grade]


def grade_all(
    submissions: Sequence[HandedIn],
    grade: _Grader,
    executor: Executor,
    on_grade: Callable[[Grade], None] = lambda _: None,
) -> list[Grade]:
    """The grades of all submissions, in their order.

    `grade` must not raise. `on_grade` is called in the caller's thread as each one is done.
    """
    futures = {executor.submit(grade, submission): i for i, submission in enumerate(submissions)}
    grades: dict[int, Grade] = {}
    try:
        for future in as_completed(futures):
            grades[futures[future]] = future.result()
            on_grade(future.result())
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    return [grades[index] for index in range(len(submissions))]
