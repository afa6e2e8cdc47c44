"""Evaluates an expression of a test, once, after the last cell, in a fork of the kernel.

Whatever the student's code does there stays there: the fork has random generators of a fixed seed,
a folder of its own to write to, no output, and so many seconds of a processor. It writes the
observation into its folder. The process that it is a fork of neither sees what it computes nor what
it is given.
"""

import contextlib
import io
import json
import os
import select
import signal
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TypedDict

from autograder.kernel.observe import observe
from autograder.kernel.room import most_data
from autograder.kernel.watch import write_observation
from autograder.model import Missing, Observation, Raised, Unanswered, Unfinished

_MOST_BASES = 50
_STREAMS = 3
# Student code may put something else in its place.
_end = os._exit


class CallRequest(TypedDict):
    """What is to be done: evaluate `source`, which finds `names` outside of itself.

    `folder` receives the observation, and all that the code writes; `inputs` are hidden ones,
    arrays by name, each a file of NumPy's. `seconds` count a processor's time, `most_seconds` the
    time on the wall. `readable` are the folders of a workspace, which nothing but these and its own
    folder is left of where the call is `confined`; where there are none, it is no workspace.
    """

    source: str
    names: list[str]
    inputs: dict[str, str]
    folder: str
    seconds: float
    most_seconds: float
    seed: int
    readable: list[str]
    confined: bool


def answer(request: str) -> None:
    """Evaluate what a `CallRequest` in JSON asks for, in the namespace of the notebook."""
    from IPython.core.getipython import get_ipython

    call: CallRequest = json.loads(request)
    shell: Any = get_ipython()
    if _uses_a_gpu():
        _in_this_process(call, shell.user_ns)
    else:
        in_a_fork(call, shell.user_ns)


def _uses_a_gpu() -> bool:
    """Whether CUDA has begun its work here: what is on a GPU cannot be used in a fork."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_initialized())


def _in_this_process(call: CallRequest, namespace: Mapping[str, Any]) -> None:
    """Evaluate an expression in the notebook itself; who waits for it ends one without an end."""
    os.makedirs(call["folder"], mode=0o700, exist_ok=True)
    given = {name: _array(file) for name, file in call["inputs"].items()}
    seed_again(call["seed"])
    seen = evaluated(call["source"], call["names"], namespace, given)
    write_observation(seen, Path(call["folder"]))


def in_a_fork(call: CallRequest, namespace: Mapping[str, Any]) -> None:
    """Evaluate an expression in a fork of this process and wait for its end.

    The observation lies in the call's folder then: `Unfinished` where there is no other.
    """
    os.makedirs(call["folder"], mode=0o700, exist_ok=True)
    most = most_data()
    with warnings.catch_warnings():
        # Of Python's own, where a process has threads: the fork has the one that it needs.
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        _evaluate_and_end(call, namespace, most)
    handle = os.pidfd_open(child)
    try:
        poller = select.poll()
        poller.register(handle, select.POLLIN)
        ended = bool(poller.poll(call["most_seconds"] * 1_000))
    finally:
        os.close(handle)
        # The child leads a group of its own: what it has started ends with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if not ended or status != 0:
        out_of_time = not ended or os.WTERMSIG(status) == signal.SIGXCPU
        why: Any = "time" if out_of_time else "died"
        left = Unfinished(name=call["source"], why=why, seconds=call["seconds"])
        write_observation(left, Path(call["folder"]))


def evaluated(
    source: str, names: list[str], namespace: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Observation:
    """The observation of what an expression gives in this namespace, with these inputs.

    What a student's code raises is an observation, SystemExit and the like included.
    """
    for name in names:
        if name not in inputs and name not in namespace and not _is_builtin(name):
            return Missing(name=source, lacks=name[:100])
        if name not in inputs and namespace.get(name) is ...:
            return Unanswered(name=source, type_name="ellipsis", lacks=name[:100])
    try:
        code = compile(source, "<test>", "eval", dont_inherit=True)
        # A copy: what is hidden must not be found by functions that look around in theirs.
        value = eval(code, {**namespace, **inputs})
    except BaseException as error:
        return _raised(source, error)
    return observe(source, value)


def _is_builtin(name: str) -> bool:
    import builtins

    return hasattr(builtins, name)


def _raised(source: str, error: BaseException) -> Raised:
    kind = type(error)
    try:
        message = str(error)[:500]
    except BaseException:  # a student's own exception may raise another
        message = ""
    bases = [_name_of(base) for base in type.__dict__["__mro__"].__get__(kind)]
    return Raised(
        name=source, type_name=bases[0][:200], message=message, bases=tuple(bases[:_MOST_BASES])
    )


def _name_of(kind: type) -> str:
    return str(type.__dict__["__name__"].__get__(kind))[:100]


def _evaluate_and_end(
    call: CallRequest, namespace: Mapping[str, Any], most_data_bytes: int | None
) -> NoReturn:
    try:
        os.setsid()
        _be_quiet()
        given = {name: _array(file) for name, file in call["inputs"].items()}
        _enter(call)
        _limit(call["seconds"], most_data_bytes)
        seed_again(call["seed"])
        seen = evaluated(call["source"], call["names"], namespace, given)
        write_observation(seen, Path(call["folder"]))
        _end(0)
    finally:
        _end(1)


def _be_quiet() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(_STREAMS):
        os.dup2(nothing, stream)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), _Nowhere(), _Nowhere()
    for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGXCPU, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)


class _Nowhere(io.TextIOBase):
    """A stream that takes everything and keeps nothing."""

    def write(self, text: str, /) -> int:
        """Forget the text."""
        return len(text)


def _array(file: str) -> Any:
    import numpy as np

    return np.load(file, allow_pickle=False)


def _enter(call: CallRequest) -> None:
    """Work in the call's own folder, where the notebook's files are seen but cannot be changed."""
    own = call["folder"]
    if not call["readable"]:
        return
    for entry in os.scandir(os.getcwd()):
        with contextlib.suppress(OSError):
            os.symlink(entry.path, os.path.join(own, entry.name))
    os.chdir(own)
    os.environ["TMPDIR"], tempfile.tempdir = own, None
    if call["confined"]:
        from autograder.kernel.landlock import keep_from_writing

        keep_from_writing(readable=call["readable"], writable=own)


def _limit(seconds: float, most_data_bytes: int | None) -> None:
    """Limits on the processor's time and on memory, of which the kernel leaves so much."""
    import resource  # Windows has none, and nothing forks there

    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    if most_data_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (most_data_bytes, most_data_bytes))


def seed_again(seed: int) -> None:
    """Seed the random generators of Python and, where they are loaded, of NumPy and PyTorch."""
    import random

    random.seed(seed)
    numpy: Any = sys.modules.get("numpy")
    torch: Any = sys.modules.get("torch")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    if torch is not None:
        torch.manual_seed(seed)
        torch.set_num_threads(1)
