"""Predictions against the right answers: classes of an estimator, and numbers of a regression."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.expect.networks import Subject, finite_scores, require_network
from autograder.expect.numbers import as_array
from autograder.expect.values import value_of
from autograder.expect.verdict import Failure, note
from autograder.model import Observation
from autograder.networks.evaluation_set import EvaluationSet
from autograder.networks.network import Network

Answers = EvaluationSet | NDArray[Any]

_COMPARE = "compare some predictions with the right values: are all too large, or in another unit?"


def r2(subject: Subject, right: Answers, *, at_least: float, advice: str = "") -> float:
    """The predictions explain at least this share of the answers' variance.

    The same number as scikit-learn's `r2_score`: 1 less the squared errors over those of the mean.
    `subject` is a network, run on the inputs of the set `right`, or what an expression predicted
    for them. Gives the number.
    """
    found, goal = predicted(subject, right)
    spread = float(((goal - goal.mean(axis=0)) ** 2).sum())
    if spread == 0:
        raise ValueError("these answers are all the same: r2 is not defined for them")
    reached = 1 - float(((goal - found) ** 2).sum()) / spread
    name, said = _name(subject), f"R² is {reached:.3f}"
    if not reached >= at_least:
        raise Failure(
            expected=f"`{name}` to predict with an R² of at least {at_least:g}",
            found=f"{said} on {len(goal):,} rows",
            advice=advice
            or ("that is no better than always giving the mean. " if reached <= 0 else "")
            + _COMPARE,
            mistake=f"R² below {at_least:g}",
            unquoted="predictions that are not near enough",
        )
    note(f"For `{name}` {said}.")
    return reached


def predicted(subject: Subject, right: Answers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Predictions and answers as arrays of one shape; raises Failure where there are not as many.

    A network is run on the inputs of the set. Raises ValueError where there is none.
    """
    answers = right.answers if isinstance(right, EvaluationSet) else np.asarray(right)
    goal = answers.astype(np.float64)
    if isinstance(subject, Network) or subject.kind == "network":
        net = require_network(subject)
        if not isinstance(right, EvaluationSet):
            raise ValueError("a network is measured on an evaluation set, not on answers alone")
        scores = net.scores(right)
        finite_scores(net, scores)
        found = scores.astype(np.float64)
    else:
        found = as_array(subject, "numbers")
    if found.size != goal.size:
        many = f"{found.size:,} numbers for {len(goal):,} rows"
        raise Failure(
            expected=f"`{_name(subject)}` to give {goal.size:,} numbers for {len(goal):,} rows",
            found=many,
            advice="give one prediction for each row that comes in, in the same order.",
            unquoted="another number of values",
        )
    return found.reshape(goal.shape), goal


def predicted_accuracy(answer: Observation, right: Answers, at_least: float | None) -> float:
    """The share of predicted classes that are right is at least this; gives it."""
    answers = right.answers if isinstance(right, EvaluationSet) else np.asarray(right)
    if at_least is None:
        assert isinstance(right, EvaluationSet), "answers alone have no threshold"
        at_least = right.thresholds[answer.name]
    found = value_of(answer, "a list of classes, one for each row")
    found = found if isinstance(found, list) else [found]
    if len(found) != len(answers):
        many = f"{len(found):,} classes for {len(answers):,} rows"
        raise Failure(
            expected=f"`{answer.name}` to be a class for each of {len(answers):,} rows",
            found=many,
            advice="give one class for each row that comes in, in the same order.",
            unquoted="another number of values",
        )
    reached = float(np.mean([_is(one, goal) for one, goal in zip(found, answers, strict=True)]))
    said = f"{100 * reached:.1f} % of {len(answers):,} rows"
    if reached < at_least:
        raise Failure(
            expected=f"`{answer.name}` to be right for at least {100 * at_least:g} % of the rows",
            found=f"it is right for {said}",
            advice="measure it on rows that it was not trained with. Is it better there than "
            "always saying the most frequent class?",
            mistake=f"accuracy below {100 * at_least:g} %",
            unquoted="too few right classes",
        )
    note(f"`{answer.name}` is right for {said}.")
    return reached


def _is(found: Any, goal: Any) -> bool:
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return not isinstance(found, list) and bool(found == goal)


def _name(subject: Subject) -> str:
    return subject.name
