"""Shared unusual code is found, whatever names it has; the lab's code and honest work are not."""

import json
import random
import re
import time
from typing import Any

from conftest import ROOT

from autograder.results.similarity import similar

TEMPLATE = (ROOT / "assignments" / "assignment2.ipynb").read_text("utf-8")

RESIDUAL = """class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.narrow = nn.Conv2d(width, width // 2, 1)
        self.wide = nn.Conv2d(width // 2, width, 3, padding=1)
        self.norm = nn.GroupNorm(4, width)

    def forward(self, x):
        kept = x
        x = F.gelu(self.narrow(x))
        x = self.norm(self.wide(x)) + 0.5 * kept
        return torch.clamp(F.gelu(x), min=-3)


blocks = [ResidualBlock(24) for _ in range(3)]
net_stacked = nn.Sequential(nn.Conv2d(1, 24, 5, stride=2), *blocks, nn.Flatten(), nn.LazyLinear(10))
"""
RENAMED = """class Skip( nn.Module ):  # my own block
    def __init__( self, n ):
        super().__init__()
        # first make it thin
        self.a = nn.Conv2d( n, n//2, 1 )
        self.b = nn.Conv2d(n // 2, n,
                           3, padding=1)
        self.c = nn.GroupNorm(4, n)

    def forward(self, inp):
        old = inp
        inp = F.gelu(self.a(inp))

        inp = self.c(self.b(inp)) + 0.5*old
        return torch.clamp(F.gelu(inp), min=-3)

layers = [Skip(24) for i in range(3)]
net_stacked = nn.Sequential(nn.Conv2d(1, 24, 5, stride=2), *layers, nn.Flatten(), nn.LazyLinear(10))
"""
BROKEN = "def broken(:\n    x = 'no end\n%%$ ]]]"


def with_code(*codes: str) -> str:
    """The handed-out notebook with these code cells added."""
    parsed = json.loads(TEMPLATE)
    parsed["cells"] += [{"cell_type": "code", "metadata": {}, "source": code} for code in codes]
    return json.dumps(parsed)


def drawn(seed: int) -> str:
    """Code in the lab's words that nobody else has."""
    draw = random.Random(seed)
    words = ["relu", "Conv2d", "view", "flatten", "pool", "torch", "nn", "shape", "Linear", "mean"]

    def line() -> str:
        name, *calls = (draw.choice(words) for _ in range(4))
        return (
            f"{name}_{draw.randrange(9)} = {calls[0]}.{calls[1]}({draw.randrange(99)}, {calls[2]})"
        )

    return "\n".join(line() for _ in range(60))


def honest_class() -> list[tuple[str, str]]:
    """The example class, for assignment 2."""
    files = sorted((ROOT / "examples" / "class").glob("*/assignment2.ipynb"))
    return [(file.parent.name, file.read_text("utf-8")) for file in files]


def test_a_copy_with_other_names_and_layout_is_found_first() -> None:
    class_ = [
        *honest_class(),
        ("vera", with_code(RESIDUAL, drawn(1))),
        ("untouched", TEMPLATE),
        ("zoe", with_code(RENAMED)),
        *((f"s{seed}", with_code(drawn(seed))) for seed in range(2, 9)),
    ]
    (pair,) = similar(class_, TEMPLATE)
    assert (pair.first, pair.second) == ("vera", "zoe")
    assert pair.share > 0.9
    (passage,) = pair.passages
    assert passage.first.startswith("class ResidualBlock(nn.Module):")
    assert "self.norm(self.wide(x)) + 0.5 * kept" in passage.first
    assert passage.second.startswith("class Skip( nn.Module ):  # my own block")
    assert "self.c(self.b(inp)) + 0.5*old" in passage.second


def test_the_example_class_gives_no_pair() -> None:
    for name in ("assignment1", "assignment2", "assignment3"):
        template = (ROOT / "assignments" / f"{name}.ipynb").read_text("utf-8")
        files = sorted((ROOT / "examples" / "class").glob(f"*/{name}.ipynb"))
        class_ = [(file.parent.name, file.read_text("utf-8", "replace")) for file in files]
        assert similar(class_, template) == ()


def test_what_was_handed_out_is_no_lead() -> None:
    moved = json.loads(TEMPLATE)
    for cell in moved["cells"]:
        cell["source"] = "# mine\n" + "".join(cell["source"]).replace("channels", "planes")
    class_ = [("a", TEMPLATE), ("b", TEMPLATE), ("c", json.dumps(moved)), ("d", json.dumps(moved))]
    assert similar(class_, TEMPLATE) == ()


def test_what_many_share_is_no_lead() -> None:
    four = [(f"s{seed}", with_code(drawn(seed), RESIDUAL)) for seed in range(4)]
    assert similar(four, TEMPLATE) == ()
    assert len(similar(four[:3], TEMPLATE)) == 3


def test_what_cannot_be_read_shares_nothing() -> None:
    odd: list[Any] = [7, None, {"cell_type": "code"}, {"cell_type": "code", "source": {"a": 1}}]
    class_ = [
        ("broken", with_code(BROKEN)),
        ("broken too", with_code(BROKEN, RESIDUAL)),
        ("text", "no notebook"),
        ("deep", "[" * 100_000),
        ("list", "[]"),
        ("cells", json.dumps({"cells": odd})),
        ("long", with_code("(" * 30_000)),
    ]
    assert similar(class_, TEMPLATE) == ()
    assert similar([], TEMPLATE) == ()
    similar(class_, "no notebook")


def test_a_student_is_no_pair_with_themselves() -> None:
    assert similar([("ana", with_code(RESIDUAL)), ("ana", with_code(RESIDUAL))], TEMPLATE) == ()


def test_a_large_class_takes_seconds() -> None:
    reference = json.loads((ROOT / "solutions/reference/assignment2.ipynb").read_text("utf-8"))

    given = {"".join(cell["source"]) for cell in json.loads(TEMPLATE)["cells"]}

    def varied(seed: int) -> str:
        draw = random.Random(seed)
        cells = [
            cell | {"source": re.sub(r"\b\d+", lambda _: str(draw.randrange(99)), text)}
            for cell in reference["cells"]
            if (text := "".join(cell["source"])) not in given
        ]
        return json.dumps({"cells": [*cells, {"cell_type": "code", "source": drawn(seed)}]})

    class_ = [(f"s{seed}", varied(seed)) for seed in range(300)]
    class_[200] = ("copy", class_[100][1].replace("relu_", "renamed_"))
    start = time.process_time()
    pairs = similar(class_, TEMPLATE)
    assert time.process_time() - start < 60
    assert {pairs[0].first, pairs[0].second} == {"s100", "copy"}
    some = class_[90:130]
    assert similar(some, TEMPLATE) == similar(some, TEMPLATE)


def test_hostile_code_is_compared_in_linear_time() -> None:
    run = "((((((((((((((((" + "\n"
    class_ = [
        ("assigned", "a=" * 99_990 + "1"),
        ("assigned lines", "a\n=" * 60_000),
        ("stretches", "".join(f"{run}a{n}\n" for n in range(8_000))),
        ("the same stretches", "".join(f"{run}b{n}.b{n}\n" for n in range(7_000))),
        ("blank", "x\n" + " \n" * 90_000),
        ("halves", RESIDUAL + "s = '\ud800'"),
        ("halves too", RESIDUAL + "s = '\ud800'"),
        ("long names", "\n".join(letter * 40_000 for letter in "abcd")),
    ]
    start = time.process_time()
    pairs = similar([(name, with_code(code)) for name, code in class_], TEMPLATE)
    assert time.process_time() - start < 60
    shown = [text for pair in pairs for p in pair.passages for text in (p.first, p.second)]
    assert all(len(text) <= 10_001 for text in shown)
    assert "".join(shown).encode()
