"""Parameters: the names of a function's, and how many numbers a network has learned."""

from autograder.expect.networks import Subject, require_network, trace
from autograder.expect.numbers import describe, require_answer
from autograder.expect.verdict import Failure
from autograder.model import Observation, Other
from autograder.networks.network import Network


def parameters(
    subject: Subject,
    names: tuple[str, ...] | None = None,
    *,
    exactly: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
) -> None:
    """A function has the parameters of these names, or a network this many numbers to learn."""
    if names is not None:
        assert not isinstance(subject, Network), "a network has no names of parameters"
        _of_function(subject, names)
        return
    net = require_network(subject)
    count = net.parameters
    low = exactly if exactly is not None else at_least
    high = exactly if exactly is not None else at_most
    if (low is not None and count < low) or (high is not None and count > high):
        raise Failure(
            expected=f"`{net.name}` to have {_in_words(exactly, at_least, at_most)} parameters",
            found=f"{count:,} parameters",
            mistake="another number of parameters",
            advice="a dense layer has inputs times outputs weights and as many biases as outputs: "
            "which layer has others than you mean?",
            detail=trace(net),
        )


def _in_words(exactly: int | None, at_least: int | None, at_most: int | None) -> str:
    if exactly is not None:
        return f"{exactly:,}"
    least = f"at least {at_least:,}" if at_least is not None else ""
    most = f"at most {at_most:,}" if at_most is not None else ""
    return " and ".join(filter(None, (least, most)))


def _of_function(answer: Observation, names: tuple[str, ...]) -> None:
    require_answer(answer, "a function")
    if not isinstance(answer, Other) or answer.parameters is None:
        raise Failure(
            expected=f"`{answer.name}` to be a function",
            found=describe(answer),
            advice=f"begin it with `def {answer.name}({', '.join(names)}):`.",
            mistake="something that is no function",
        )
    if answer.parameters != tuple(names):
        raise Failure(
            expected=f"`{answer.name}` to have the parameters ({', '.join(names)})",
            found=f"the parameters ({', '.join(answer.parameters)})",
            mistake="other parameters",
            advice="the first line of the function names them, in this order.",
        )
