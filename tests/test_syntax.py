"""Parsing in several threads at once, as judging does."""

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ROOT

from autograder.syntax import parsed, parsed_expression

SOURCE = (ROOT / "solutions" / "tests" / "assignment2" / "q2_1.py").read_text("utf-8")
EXPRESSION = "model.predict(x, [1, (2, 3)])['name'](4 + 5)"
SECONDS = 2


class Cycle:
    """Garbage that only the collector frees; then another thread has its turn."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        time.sleep(0)


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns, and garbage is collected, in the middle of everything."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


def raised_in_threads(*ways: tuple[Callable[[str], Any], str]) -> list[Exception]:
    errors: list[Exception] = []
    end = time.monotonic() + SECONDS

    def work(parse: Callable[[str], Any], source: str) -> None:
        while time.monotonic() < end and not errors:
            Cycle()
            try:
                parse(source)
            except SystemError as error:
                errors.append(error)

    threads = [threading.Thread(target=work, args=way) for way in ways * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.usefixtures("restless")
def test_threads_that_parse_at_once_do_not_disturb_each_other() -> None:
    assert raised_in_threads((parsed, SOURCE), (parsed_expression, EXPRESSION)) == []
