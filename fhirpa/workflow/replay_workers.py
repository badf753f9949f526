"""Spreading batches of work over processes, with the results in the order of the batches.

Each process gets the work itself once and then one batch at a time, so memory stays that of a few batches.
"""

from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

_Batch = TypeVar("_Batch")
_Result = TypeVar("_Result")


def spread(work: Callable[[_Batch], _Result], batches: Iterable[_Batch], processes: int) -> Iterator[_Result]:
    """The result of every batch, in order. One process: in this one. What `work` raises is raised here."""
    if processes <= 1:
        yield from map(work, batches)
        return
    workers = [_Worker(work) for _ in range(processes)]
    try:
        sent = 0
        for batch in batches:
            worker = workers[sent % processes]
            if sent >= processes:
                yield worker.result()
            worker.give(batch)
            sent += 1
        for number in range(max(sent - processes, 0), sent):
            yield workers[number % processes].result()
    finally:
        for worker in workers:
            worker.stop()


class _Worker:
    """One process and the pipe to it. It has one batch at a time, so neither side waits for the other."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()

    def give(self, batch: Any) -> None:
        self._pipe.send(batch)

    def result(self) -> Any:
        try:
            is_good, value = self._pipe.recv()
        except EOFError:
            raise RuntimeError("a worker process ended before its work") from None
        if not is_good:
            raise value
        return value

    def stop(self) -> None:
        self._pipe.close()  # the end of its input
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.terminate()


def _run(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """The life of a worker: batches in, results out, until the pipe is closed."""
    while True:
        try:
            batch = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, work(batch))
        except Exception as error:
            answer = (False, error)
        pipe.send(answer)
