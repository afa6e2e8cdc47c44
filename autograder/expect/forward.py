"""Why a forward pass gives no scores, with the numbers for one example."""

import re
from math import prod

from autograder.expect.verdict import Failure
from autograder.model import NO_HASH, ForwardStop, NetworkData
from autograder.networks.task import Task, with_batch

_NO_ATTRIBUTE = re.compile(r"^AttributeError: '(\w+)' object has no attribute '(\w+)'")
_ROW = re.compile(r"^a tensor of shape \((\d+), (\d+)\) for (\d+) (?:example|image)s$")


def failure_of_forward(data: NetworkData, task: Task, expected: str) -> Failure:
    """The failure of a network whose forward pass raises or returns something else than scores."""
    if data.gives is not None and not data.output:
        batch = (2, *data.gives)
        data = data.model_copy(update={"output": f"a tensor of shape {batch} for 2 examples"})
    found, advice = _found(data, task)
    return Failure(
        expected=expected,
        found=found,
        advice=advice,
        detail=_so_far(data.stop, task) if data.stop else "",
        mistake=found if data.stop is None or data.stop.wanted is None else _mistake(data.stop),
    )


def _found(data: NetworkData, task: Task) -> tuple[str, str]:
    stop = data.stop
    if data.problem.startswith(NO_HASH):
        return (
            f"a network that PyTorch cannot train: {data.problem}",
            "a class with `__eq__` needs a `__hash__`, too. `@dataclass(eq=False)` leaves both as "
            "they are in `nn.Module`.",
        )
    if stop is not None and stop.batch is not None:
        return (
            f"a forward pass that works for batches of {stop.batch} only",
            "flatten from axis 1, as `x.flatten(1)` does: one row for each "
            f"{task.one}, however many.",
        )
    if data.takes_flat_input:
        return (
            f"a forward pass that only takes flat input of shape {_flat(task)}",
            f"let forward take the {task.one} as it is and convolve it. Flatten the result just "
            "before the first dense layer.",
        )
    if missing := _NO_ATTRIBUTE.match(data.problem):
        return _without_attribute(missing[1], missing[2], data)
    if stop is not None and stop.wanted is not None and stop.given is not None:
        return _disagreement(stop, stop.given, stop.wanted, task)
    if data.output:
        return _other_output(data.output, task)
    return (
        f"a forward pass that stops with {data.problem}",
        f"run `{data.name}({task.as_call})` in a cell of its own. Which line raises?",
    )


def _without_attribute(owner: str, name: str, data: NetworkData) -> tuple[str, str]:
    if owner != data.type_name:
        return f"a forward pass that stops with {data.problem}", "look at the line that raises."
    near = data.stop.near if data.stop else ""
    return (
        f"a forward pass that uses `self.{name}`, which `__init__` does not make",
        f"`__init__` makes `self.{near}`: is it that one?"
        if near
        else f"set `self.{name}` in `__init__`, or leave it out of `forward`.",
    )


def _disagreement(stop: ForwardStop, given: int, wanted: int, task: Task) -> tuple[str, str]:
    """Two numbers per example, or of channels, that do not go together."""
    if stop.unit == "channels":
        return (
            f"a {stop.at} made for {_count(wanted, 'channel')} that gets {given:,}",
            "a layer reads as many channels as the one before it has filters.",
        )
    if stop.at.startswith("reshaped"):
        return (
            f"a map {stop.at} into {wanted:,} numbers for each {task.one}, which has {given:,} "
            "there",
            "multiply channels, height and width in the last line below: does your number agree?",
        )
    if given == wanted:
        return (
            f"a {stop.at} made for {wanted:,} numbers that gets a map",
            f"flatten the map before it: `x.flatten(1)` makes a row of each {task.one}.",
        )
    return (
        f"a {stop.at} made for {wanted:,} numbers for each {task.one} that gets {given:,}",
        "multiply channels, height and width of what comes before it: that is its `in_features`.",
    )


def _other_output(output: str, task: Task) -> tuple[str, str]:
    if output == "a NoneType":
        return "a forward pass that returns nothing", "is `return` missing at its end?"
    if output.startswith(("tuple", "list", "dict")):
        return (
            f"a forward pass that returns a {output}",
            "return only the scores. Keep anything else in an attribute of the network.",
        )
    if (row := _ROW.match(output)) and int(row[1]) % int(row[3]) == 0 and row[1] != row[3]:
        return (
            f"{int(row[1]) // int(row[3])} rows of scores for each {task.one}",
            f"flatten from axis 1, as `x.flatten(1)` does: one row for each {task.one}.",
        )
    return (
        f"a forward pass that returns {output.replace('examples', task.many)}",
        f"end with a dense layer{_outputs(task)} and return one row for each {task.one}.",
    )


def _mistake(stop: ForwardStop) -> str:
    return f"{stop.at}: {stop.unit} that do not agree"


def _outputs(task: Task) -> str:
    return f" of {task.gives} outputs" if task.gives is not None else ""


def _flat(task: Task) -> str:
    return " and ".join(with_batch((prod(taken.shape),)) for taken in task.takes)


def _so_far(stop: ForwardStop, task: Task) -> str:
    """The shapes of one example up to where forward stops."""
    if not stop.steps:
        return ""
    lines = ["Shapes, layer by layer, as far as it comes:"]
    inputs = [(task.input_in_words(n), taken.shape) for n, taken in enumerate(task.takes)]
    for words, shape in (*inputs, *stop.steps):
        lines.append(f"  {'x'.join(map(str, shape)) or 'one number':>14}  {words}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("s" if number != 1 else "")
