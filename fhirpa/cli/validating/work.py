"""Many documents over the cores, the results in the order of the documents."""

import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent import futures
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import Final

from fhirpa.cli.validating.check import Checked, check
from fhirpa.cli.validating.options import Options
from fhirpa.cli.validating.sources import Document

FEW: Final = 48  # below, starting processes takes longer than they save
_CHUNK: Final = 8
_AHEAD: Final = 4  # chunks per process that wait, so that a long list is never in memory as a whole


def check_all(
    documents: Iterable[Document], options: Options, jobs: int | None = None
) -> Generator[Checked, None, None]:
    """Validate documents with `jobs` processes (as many as there are cores, where there are many documents).

    Raises what `check` raises. Closing the iterator ends the processes after what they are at.
    """
    waiting = iter(documents)
    first = list(islice(waiting, FEW))
    jobs = jobs or (cores() if len(first) == FEW else 1)
    if jobs == 1:
        yield from (check(document, options) for document in first)
        yield from (check(document, options) for document in waiting)
        return
    chunks = _chunks(first, waiting)
    pool = _pool(jobs, options)
    running: deque[futures.Future[list[Checked]]] = deque()
    try:
        while True:
            while len(running) < jobs * _AHEAD and (chunk := next(chunks, None)):
                running.append(pool.submit(_check_chunk, chunk, options))
            if not running:
                return
            yield from running.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(jobs: int, options: Options) -> futures.ProcessPoolExecutor:
    """Processes, all started. Fresh ones: a forked one may inherit a lock that a thread of this one held.

    They ignore Ctrl-C from their first instruction on, since it is for this one to act; one starts with each
    of the first tasks.
    """
    pool = futures.ProcessPoolExecutor(jobs, get_context("spawn"))
    with _interrupt_ignored():
        for _ in range(jobs):
            pool.submit(_check_chunk, [], options)
    return pool


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_chunk(chunk: list[Document], options: Options) -> list[Checked]:
    return [check(document, options) for document in chunk]


def _chunks(first: list[Document], rest: Iterator[Document]) -> Iterator[list[Document]]:
    for start in range(0, len(first), _CHUNK):
        yield first[start : start + _CHUNK]
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


@contextmanager
def _interrupt_ignored() -> Iterator[None]:
    """What starts in here inherits that Ctrl-C is ignored."""
    if threading.current_thread() is not threading.main_thread():  # which alone may set signals
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
