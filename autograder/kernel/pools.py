"""Pools of processes as pools of threads.

Processes that share work need semaphores in shared memory outside the workspace, which no kernel
gets, and on the one core of a kernel they would only cost time.
"""

import threading
from collections.abc import Callable, Iterable
from multiprocessing.context import BaseContext
from typing import Any


class _InThreads(BaseContext):
    """Where a pool finds its locks: those of threads need no shared memory."""

    _name = "threads"

    def Lock(self) -> Any:
        """A lock of this process."""
        return threading.Lock()


def use_threads_in_pools() -> None:
    """Let `Pool` mean `ThreadPool`, which works; to be called once multiprocessing has them."""
    from multiprocessing import pool

    processes_pool, threads_pool = pool.Pool, pool.ThreadPool

    def new(kind: Any, *_args: Any, **_options: Any) -> Any:
        return object.__new__(threads_pool if kind is processes_pool else kind)

    def start(
        self: Any,
        processes: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
        *_of_processes: Any,
        **_options: Any,
    ) -> None:
        processes_pool.__init__(self, processes, initializer, initargs, context=_InThreads())

    any_pool: Any = pool
    any_pool.Pool.__new__ = new
    any_pool.ThreadPool.__init__ = start


def use_threads_in_executors() -> None:
    """Let `ProcessPoolExecutor` work in threads; to be called once it is there."""
    import concurrent.futures as futures
    from concurrent.futures import process

    class ProcessPoolExecutor(futures.ThreadPoolExecutor):
        def __init__(
            self,
            max_workers: int | None = None,
            mp_context: Any = None,
            initializer: Callable[..., object] | None = None,
            initargs: tuple[Any, ...] = (),
            *,
            max_tasks_per_child: int | None = None,
        ) -> None:
            super().__init__(max_workers, initializer=initializer, initargs=initargs)

    any_futures: Any = futures
    any_process: Any = process
    any_futures.ProcessPoolExecutor = any_process.ProcessPoolExecutor = ProcessPoolExecutor
