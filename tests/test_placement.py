"""Slots of workers and shares of GPUs: what can be seen of leases without a GPU.

That a kernel computes on the card that it was given, and what a full card does to PyTorch, takes a
machine with several of them; here the bookkeeping is tested, and what the kernel is told.
"""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import assignment, chosen_layers, fork_server, grades_of, notebook_of

from autograder.grading.cards import CardShares, on_card, was_full
from autograder.grading.ledger import Ledger
from autograder.grading.pipeline import Grader, entry_of, job_of
from autograder.grading.placement import Card, Lease, Placement
from autograder.judging.scoring import Scorer
from autograder.model import Execution, Numbers, Settings, Submission
from autograder.running.job import Job
from autograder.running.machine import cards_of

CUDA = Settings(device="cuda", layers=chosen_layers())


def test_the_least_busy_worker_is_chosen_and_no_slot_twice() -> None:
    placement = Placement(jobs=2)
    placement.add("a", "one")
    placement.add("b", "two")
    leases = [placement.take() for _ in range(4)]
    assert [lease and lease.worker for lease in leases] == ["a", "b", "a", "b"]
    assert placement.take() is None
    assert (placement.slots, placement.running()) == (4, {"one": 2, "two": 2})
    assert leases[1] is not None
    placement.give_back(leases[1])
    assert placement.take() == Lease("b")


def test_all_cards_of_a_machine_are_used_and_shared_by_its_workers() -> None:
    placement = Placement(jobs=8, per_gpu=2)
    placement.add("a", "one", ["0", "1"])
    placement.add("b", "one", ["0", "1"])
    assert placement.slots == 4
    found = [placement.take() for _ in range(5)]
    cards = Counter(lease.card for lease in found if lease is not None)
    assert cards == {Card("one", "0"): 2, Card("one", "1"): 2}
    assert found[4] is None


def test_cards_of_two_machines_have_one_name_and_are_two() -> None:
    placement = Placement(jobs=1, per_gpu=1)
    for worker, host in (("a", "one"), ("b", "two")):
        placement.add(worker, host, ["0"])
    assert placement.slots == 2
    assert {lease.card for _ in range(2) if (lease := placement.take())} == {
        Card("one", "0"),
        Card("two", "0"),
    }


def test_whoever_wants_to_be_alone_keeps_newcomers_out_until_it_is() -> None:
    placement = Placement(jobs=2, per_gpu=2)
    placement.add("a", "one", ["0"])
    first = placement.take()
    assert first is not None
    assert placement.take(alone=True) is None
    assert placement.take() is None, "the place is kept free"
    placement.give_back(first)
    alone = placement.take(alone=True)
    assert alone == Lease("a", Card("one", "0"), alone=True)
    assert placement.take() is None
    placement.give_back(alone)
    assert placement.take() is not None


def test_a_worker_that_is_gone_leaves_its_share_of_a_card() -> None:
    placement = Placement(jobs=1, per_gpu=1)
    placement.add("a", "one", ["0"])
    lease = placement.take()
    assert lease is not None
    placement.remove("a")
    placement.add("a2", "one", ["0"])
    assert placement.take() is None, "the run that was lost may still have the card"
    placement.give_back(lease)
    assert placement.take() == Lease("a2", Card("one", "0"))


def test_a_worker_that_was_lost_is_avoided_where_there_is_another() -> None:
    placement = Placement(jobs=2)
    placement.add("a", "one")
    assert placement.take(avoid=["a"]) == Lease("a")
    placement.add("b", "two")
    assert placement.take(avoid=["a"]) == Lease("b")


@pytest.mark.parametrize("seed", range(20))
def test_no_share_is_given_twice_and_none_is_lost(seed: int) -> None:
    """Workers come and go, runs begin and end, some of them alone, in any order."""
    chance = random.Random(seed)
    placement = Placement(jobs=chance.randint(1, 3), per_gpu=chance.randint(0, 3))
    held: list[Lease] = []
    there: list[str] = []
    for number in range(400):
        match chance.randrange(5):
            case 0 if len(there) < 4:
                there.append(f"w{number}")
                placement.add(there[-1], f"host{chance.randrange(2)}", ["0", "1"])
            case 1 if there and chance.random() < 0.3:
                placement.remove(there.pop(chance.randrange(len(there))))
            case 2 | 3:
                if (lease := placement.take(alone=chance.random() < 0.2)) is not None:
                    assert lease.worker in there
                    held.append(lease)
            case _ if held:
                placement.give_back(held.pop(chance.randrange(len(held))))
        for worker in there:
            mine = [lease for lease in held if lease.worker == worker]
            assert len(mine) <= placement.jobs
            assert len(mine) == 1 or not any(lease.alone for lease in mine)
        shares = Counter(lease.card for lease in held if lease.card is not None)
        assert all(count <= placement.per_gpu for count in shares.values())
    for lease in held:
        placement.give_back(lease)
    placement.add("last", "host0", ["0", "1"])
    lone = placement.take(alone=True)
    assert lone is not None, "everything was given back"
    placement.give_back(lone)
    taken = sum(placement.take() is not None for _ in range(100))
    assert taken == placement.slots


def test_cards_have_the_names_that_the_grader_was_given() -> None:
    assert cards_of(None, 2) == ("0", "1")
    assert cards_of("3, GPU-5a", 2) == ("3", "GPU-5a")
    assert cards_of("", 0) == ()


def job(script: str) -> Job:
    """A run that asks for a GPU."""
    return job_of(notebook_of(f"# %%\n{script}\n"), assignment("assignment1"), CUDA)


def test_a_kernel_sees_the_card_of_its_lease_alone() -> None:
    shares = CardShares(jobs=2, per_gpu=1, cards=["4", "7"])
    asks = job("import os, time\npooled_features = int(os.environ['CUDA_VISIBLE_DEVICES'])\n"
               "time.sleep(1)")  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda one: shares.run(one, fork_server()), [asks, asks]))
    seen = [execution.observations["pooled_features"] for execution in found]
    assert sorted(one.value for one in seen if isinstance(one, Numbers)) == [4, 7]
    assert sorted(execution.card for execution in found) == ["4", "7"]


def test_a_full_card_is_tried_again_alone() -> None:
    """The words are PyTorch's; the card is none."""
    leases: list[Lease] = []

    class Noting(CardShares):
        @contextmanager
        def leased(self, *, alone: bool) -> Iterator[Lease]:
            with super().leased(alone=alone) as lease:
                leases.append(lease)
                yield lease

    shares = Noting(jobs=2, per_gpu=2, cards=["0"])
    full = job("pooled_features = 25\n"
               "raise RuntimeError('CUDA out of memory. Tried to allocate 20.00 MiB')")  # fmt: skip
    execution = shares.run(full, fork_server())
    assert was_full(execution)
    assert [lease.alone for lease in leases] == [False, True, True]
    assert not was_full(shares.run(job("raise RuntimeError('out of paper')"), fork_server()))
    assert len(leases) == 4


def test_a_card_is_recorded_and_changes_no_fingerprint(tmp_path: Path) -> None:
    whole = assignment("assignment1")
    content = notebook_of("# %%\npooled_features = 25\n")
    entry = entry_of(Submission(path="ana.ipynb", student="ana", content=content))
    started: list[str] = []
    with Ledger(tmp_path) as ledger, ThreadPoolExecutor(1) as pool:
        for card in ("0", "1"):
            settings = CUDA.model_copy(update={"card": card})
            ledger.begin([entry])
            grader = Grader(whole, settings, Scorer(whole, ledger), ledger)

            def start(one: Job, card: str = card) -> "Future[Execution]":
                started.append(card)
                return pool.submit(on_card(one, Card("here", card)).run, fork_server())

            (grade,) = grades_of([entry], grader, start, 1)
            assert grade.score == 1.0
        assert started == ["0"], "the second card found the execution of the first"
        key = grader.prepare(entry).key
        assert ledger.fact(f"GPU of {key}") == "0"
