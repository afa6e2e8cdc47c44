"""What is asked of a student's file: a description of it, and its scores."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.errors import ModelError
from autograder.networks.description import Description
from autograder.networks.made_up import feed
from autograder.networks.runtime.onnx_file import SCORES, lend_weights, read
from autograder.networks.runtime.probe import describe, without_dropout
from autograder.networks.runtime.session import Session
from autograder.observables import InputSignature


def description(files: Sequence[bytes], takes: Sequence[InputSignature]) -> Description:
    """What the network in the last file computes; weights that it only names are the first one's.

    Raises ModelError for whatever goes wrong: the file is a student's.
    """
    with _at_the_files_cost():
        model = read(files[-1])
        if len(files) > 1:
            lend_weights(model.graph, read(files[0]).graph, {one.name for one in takes})
        return describe(model, takes)


def scores(
    file: bytes,
    inputs: Sequence[NDArray[Any]],
    takes: Sequence[InputSignature],
    *,
    chunk: int,
    quiet: bool,
) -> NDArray[np.float32]:
    """The scores of each example, in batches of `chunk`, with dropout switched off where `quiet`.

    Raises ModelError for whatever goes wrong.
    """
    with _at_the_files_cost():
        model = read(file)
        content = (without_dropout(model) if quiet else model).SerializeToString()
        given = Session(content, exact=False).run_in_chunks(SCORES, feed(takes, inputs), chunk)
        return given.astype(np.float32)


@contextmanager
def _at_the_files_cost() -> Iterator[None]:
    try:
        yield
    except ModelError:
        raise
    except MemoryError as error:
        raise ModelError("the network takes too much memory") from error
    except Exception as error:  # whatever a forged file makes of the libraries or of this code
        raise ModelError(f"the network cannot be followed ({type(error).__name__})") from error
