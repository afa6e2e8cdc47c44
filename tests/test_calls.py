"""Expressions of tests, evaluated in real kernels after the last cell."""

import json

import numpy as np
import pytest
from conftest import chosen_layers, fork_server, notebook_of

from autograder.model import (
    WITHOUT_SIGNATURE,
    Execution,
    FigureData,
    Limits,
    Missing,
    NetworkData,
    Numbers,
    Observation,
    Other,
    Outcome,
    Raised,
    Settings,
    Structure,
    TableData,
    Text,
    Unanswered,
    Unfinished,
)
from autograder.running.calls import Inputs
from autograder.running.job import run_job

LIMITS = Limits(call_seconds=2, busy_factor=1.5, memory_bytes=1_500_000_000, disk_bytes=100_000_000)
SETTINGS = Settings(layers=chosen_layers())


def executed(
    script: str, *keys: str, inputs: Inputs | None = None, limits: Limits = LIMITS
) -> Execution:
    """A run of a script in cells, in which these are observed."""
    content = notebook_of(script)
    return run_job(content, keys, (), limits, SETTINGS, server=fork_server(), inputs=inputs or {})


def seen(
    script: str, *keys: str, inputs: Inputs | None = None, limits: Limits = LIMITS
) -> list[Observation]:
    """What the keys came to in a run that finished."""
    execution = executed(script, *keys, inputs=inputs, limits=limits)
    assert execution.outcome is Outcome.FINISHED, execution.detail
    return [execution.observations[key] for key in keys]


FUNCTIONS = """
# %%
calls = 0
def mean_absolute_error(a, b):
    global calls
    calls += 1
    return sum(abs(x - y) for x, y in zip(a, b)) / len(a)
def words(text):
    return {word: len(word) for word in text.split()}
def unlike(text):
    return set(text)
class TooSmall(ValueError):
    pass
def root(x):
    if x < 0:
        raise TooSmall(f"{x} has no root")
    return x**0.5
def nothing(x):
    print(x)
"""


def test_functions_are_called_with_what_the_test_says() -> None:
    error, counted, letters, raised, none = seen(
        FUNCTIONS,
        "mean_absolute_error([0, 0], [1, -3])",
        "words('a new day')",
        "unlike('hello')",
        "root(-4)",
        "nothing(3)",
    )
    assert isinstance(error, Numbers)
    assert error.value == 2.0
    assert isinstance(counted, Structure)
    assert counted.value == {"pairs": [["a", 1], ["new", 3], ["day", 3]]}
    assert isinstance(letters, Structure)
    assert letters.value == {"set": ["e", "h", "l", "o"]}
    assert isinstance(raised, Raised)
    assert (raised.type_name, raised.message) == ("TooSmall", "-4 has no root")
    assert "ValueError" in raised.bases
    assert isinstance(none, Unanswered)


def test_a_call_leaves_no_trace_in_another_and_none_in_the_notebook() -> None:
    execution = executed(
        FUNCTIONS, "mean_absolute_error([1], [2])", "(nothing(0), calls)[1]", "calls"
    )
    inside = execution.observations["(nothing(0), calls)[1]"]
    assert isinstance(inside, Numbers)
    assert inside.value == 0
    cells = json.loads(execution.notebook)["cells"]
    assert [cell["outputs"] for cell in cells] == [[]]


def test_what_is_missing_is_named() -> None:
    absent, left = seen("# %%\nmean = ...\n", "error([1])", "mean([1])")
    assert isinstance(absent, Missing)
    assert absent.lacks == "error"
    assert isinstance(left, Unanswered)
    assert left.lacks == "mean"


def test_the_expression_sees_what_the_notebook_sees() -> None:
    (rounded,) = seen("# %%\ndef round(x):\n    return 'mine'\n", "round(2.5)")
    assert isinstance(rounded, Text)
    assert rounded.text == "mine"


def test_random_numbers_have_a_fixed_seed() -> None:
    script = """
# %%
import random, numpy as np, torch
random.random(), np.random.rand(), torch.rand(1)
def drawn():
    return [random.random(), float(np.random.rand()), float(torch.rand(1))]
"""
    once, again = seen(script, "drawn()", "list(drawn())")
    (other,) = seen(script + "[random.random() for _ in range(9)]", "drawn()")
    assert isinstance(once, Numbers)
    assert isinstance(again, Numbers)
    assert isinstance(other, Numbers)
    assert once.value == again.value == other.value


def test_one_without_an_end_costs_itself_alone() -> None:
    script = """
# %%
import os, time
def endless():
    while True: pass
def asleep():
    time.sleep(1000)
def dies():
    os.kill(os.getpid(), 9)
def greedy():
    return len(bytearray(10**10))
def forks():
    for _ in range(3):
        os.fork()
    time.sleep(1000)
def swarms():
    for _ in range(1000):
        if os.fork() == 0:
            os.setsid()
            while True: pass
    time.sleep(1000)
def fine():
    return 3
"""
    names = ("endless", "asleep", "dies", "greedy", "forks", "swarms", "fine")
    endless, asleep, dies, greedy, forks, swarms, fine = seen(
        script, *(f"{name}()" for name in names)
    )
    assert isinstance(endless, Unfinished)
    assert endless.why == "time"
    assert isinstance(asleep, Unfinished)
    assert asleep.why == "time"
    assert isinstance(dies, Unfinished)
    assert dies.why == "died"
    assert isinstance(greedy, Raised)
    assert greedy.type_name == "MemoryError"
    assert isinstance(forks, Unfinished)
    assert isinstance(swarms, Unfinished)
    assert isinstance(fine, Numbers)
    assert fine.value == 3


def test_one_that_takes_too_much_room_costs_itself_alone() -> None:
    script = """
# %%
import mmap, time
def shares():
    for kept in [mmap.mmap(-1, 10**8) for _ in range(20)]:
        kept.write(b"x" * 10**8)
    time.sleep(1000)
def fills():
    for number in range(4):
        with open(f"much-{number}", "wb") as file:
            file.write(b"x" * 6 * 10**7)
    time.sleep(1000)
def fine():
    return 3
"""
    # Far more time than any machine needs: only the room that they take ends these.
    patient = LIMITS.model_copy(update={"call_seconds": 120})
    shares, fills, fine = seen(script, "shares()", "fills()", "fine()", limits=patient)
    for lot in (shares, fills):
        assert isinstance(lot, Unfinished)
        assert lot.why == "died", lot
    assert isinstance(fine, Numbers)
    assert fine.value == 3


def test_hidden_inputs_are_there_for_the_call_that_names_them_alone() -> None:
    script = """
# %%
kept = []
class Model:
    def predict(self, x):
        kept.append(x)
        globals()["hidden"] = x
        open("copy.txt", "w").write("x")
        return x.sum(axis=1)
model = Model()
def look():
    import glob, os
    return [len(kept), "hidden" in globals(), "hidden_x" in globals(), os.listdir("."),
            glob.glob("../*/*.npy") + glob.glob("../*.npy") + glob.glob("../call-1/*")]
"""
    hidden = np.arange(6, dtype=np.float32).reshape(3, 2)
    predicted, found = seen(
        script, "model.predict(hidden_x)", "look()", inputs={"hidden_x": hidden}
    )
    assert isinstance(predicted, Numbers)
    assert predicted.value == [1, 5, 9]
    assert isinstance(found, Numbers)
    assert found.value == [0, 0, 0, [], []]


def test_tables_and_figures_are_data() -> None:
    script = """
# %%
import pandas as pd
import matplotlib.pyplot as plt
prices = pd.DataFrame({"city": ["Oslo", "Bergen", "Oslo"], "price": [3.5, None, 2.5]})
by_city = prices.groupby("city").mean()
figure, ax = plt.subplots()
ax.plot([1, 2, 3], [1, 4, 9], label="squares")
ax.bar([1, 2], [3, 4])
ax.set_xlabel("number")
ax.legend()
"""
    table, cell, series, plot, label, ys = seen(
        script,
        "prices",
        "by_city.loc['Oslo', 'price']",
        "prices['city']",
        "figure",
        "ax.get_xlabel()",
        "[line.get_ydata() for line in ax.lines]",
    )
    assert isinstance(table, TableData)
    assert table.columns == ["city", "price"]
    assert table.rows == [["Oslo", 3.5], ["Bergen", {"float": "nan"}], ["Oslo", 2.5]]
    assert isinstance(cell, Numbers)
    assert cell.value == 3.0
    assert isinstance(series, TableData)
    assert series.is_series
    assert isinstance(plot, FigureData)
    assert plot.axes[0].x_label == "number"
    assert plot.axes[0].lines[0].y == (1.0, 4.0, 9.0)
    assert plot.axes[0].bars[0].y == (3.0, 4.0)
    assert plot.axes[0].legend == ("squares",)
    assert isinstance(label, Text)
    assert label.text == "number"
    assert isinstance(ys, Numbers)
    assert ys.value == [[1, 4, 9]]


def test_a_network_that_a_call_gives_has_layers_and_no_graph_without_a_signature() -> None:
    script = """
# %%
import torch
from torch import nn
def make(width):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Linear(width, 10))
"""
    made, inside = seen(script, "make(5)", "make(5)[1].out_features")
    assert isinstance(made, NetworkData)
    assert "Linear" in made.declared
    assert made.problem == WITHOUT_SIGNATURE
    assert isinstance(inside, Numbers)
    assert inside.value == 5


def test_nothing_is_called_just_because_it_can_be() -> None:
    script = """
# %%
import torch
called, layer = [], torch.nn.Linear(3, 2)
def plain(x):
    called.append(x)
    return x
def with_layers(x):
    called.append(x)
    return layer(x)
"""
    plain, with_layers, called = seen(script, "plain", "with_layers", "len(called)")
    assert isinstance(plain, Other)
    assert isinstance(with_layers, Other)
    assert plain.parameters == with_layers.parameters == ("x",)
    assert isinstance(called, Numbers)
    assert called.value == 0


def test_a_float_that_is_equal_to_everything_is_the_number_that_it_is() -> None:
    script = """
# %%
class Liar(float):
    def __eq__(self, other): return True
    __hash__ = float.__hash__
def f(x):
    return Liar(7)
"""
    (value,) = seen(script, "f(1)")
    assert isinstance(value, Numbers)
    assert value.value == 7.0


@pytest.mark.parametrize("raises", ["SystemExit(3)", "KeyboardInterrupt()", "Unprintable()"])
def test_whatever_is_raised_is_an_observation(raises: str) -> None:
    script = f"""
# %%
class Unprintable(BaseException):
    def __str__(self): raise SystemExit
def f():
    raise {raises}
"""
    (raised,) = seen(script, "f()")
    assert isinstance(raised, Raised)
    assert raised.type_name == raises.split("(")[0]


def test_after_an_early_end_nothing_is_called() -> None:
    execution = executed("# %%\ndef f(): return 1\n# %%\nimport os; os._exit(1)\n", "f()")
    assert execution.outcome is Outcome.KERNEL_DIED
    assert execution.observations == {}


def test_a_call_in_a_large_kernel_is_not_taken_for_twice_as_much() -> None:
    script = """
# %%
import numpy as np
large = np.ones(110_000_000)
def mean(): return float(large[::1000].mean())
"""
    (mean,) = seen(script, "mean()")
    assert isinstance(mean, Numbers)
    assert mean.value == 1.0


def test_what_a_call_writes_to_counts() -> None:
    script = """
# %%
import numpy as np
large = np.ones(110_000_000)
def doubled():
    large[:] = 2
    import time
    time.sleep(1.5)
    return float(large[0])
def fine(): return 1
"""
    execution = executed(script, "doubled()", "fine()")
    assert execution.observations["doubled()"].kind == "unfinished"


FORGED = """
# %%
answer = 3
import autograder.kernel.calls as calls
honest = calls.in_a_fork
def forged(call, namespace):
    honest(call, namespace)
    text = '{"kind": "text", "name": "answer", "type_name": "str", "text": "forged"}'
    with open("../observations/answer.json", "w") as file:
        file.write(text)
calls.in_a_fork = forged
"""


def test_what_cells_left_is_read_before_the_calls() -> None:
    answer, plus = seen(FORGED, "answer", "answer + 1")
    assert isinstance(answer, Numbers)
    assert answer.value == 3
    assert isinstance(plus, Numbers)
    assert plus.value == 4


def test_where_a_gpu_is_in_use_the_notebook_itself_is_asked() -> None:
    script = """
# %%
import torch
torch.cuda.is_initialized = lambda: True
kept = []
def keep(x):
    kept.append(x)
    return x + 1
"""
    first, then = seen(script, "keep(1)", "kept + []")
    assert isinstance(first, Numbers)
    assert first.value == 2
    assert isinstance(then, Numbers)
    assert then.value == [1]
