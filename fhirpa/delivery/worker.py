"""The loop of the worker: one duty after the other, then a pause; until it is told to stop.

What is to be done is read from the database each time, never kept in memory: a worker may be killed at any
moment, started anywhere, or run many times over.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from fhirpa.workflow.ports import Unavailable

_log = structlog.get_logger("fhirpa.delivery")


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is done again and again. `run` does what is due now and returns how much that was.

    `run` gets a function that is true once the worker shall stop; it ends soon after. `every_seconds`: not
    more often than that in one worker, for what is a matter of days and costs a search each time.
    """

    name: str
    run: Callable[[Callable[[], bool]], int]
    every_seconds: float = 0


class Worker:
    """Does its duties until `stop`; thread-safe to stop from anywhere, a signal handler too."""

    def __init__(
        self, duties: Sequence[Duty], pause_seconds: float, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._duties = tuple(duties)
        self._pause = pause_seconds
        self._seconds = seconds
        self._next: dict[str, float] = {}  # when a duty may run again; a new worker does all at once
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End after the transaction that runs."""
        self._stopping.set()

    def run(self) -> None:
        """Do all duties, pause, and again, until `stop` is called."""
        while not self._stopping.is_set():
            self.run_once()
            self._stopping.wait(self._pause)

    def run_once(self) -> dict[str, int]:
        """Do all that is due now; how much, by duty. A duty that breaks keeps no other from its turn."""
        done = {}
        for duty in self._duties:
            now = self._seconds()
            if self._stopping.is_set() or now < self._next.get(duty.name, now):
                continue
            self._next[duty.name] = now + duty.every_seconds
            done[duty.name] = self._do(duty)
        return done

    def _do(self, duty: Duty) -> int:
        try:
            done = duty.run(self._stopping.is_set)
        except Unavailable:
            _log.warning("duty put off", duty=duty.name)
            return 0
        except Exception as error:
            _log.error("duty broke", duty=duty.name, error=type(error).__name__)  # a message may hold PHI
            return 0
        if done:
            _log.info("duty done", duty=duty.name, done=done)
        return done
