"""Asking a terminology service without waiting for it: what is not known yet is asked in the background.

A validation uses the answers that are there. A question that nobody has answered goes to a queue; one thread
works it off, and the next validation knows. When the service fails, it is left alone for a while.
"""

import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from fhirpa.validation.terminology.answers import Answers, seconds_kept
from fhirpa.validation.terminology.service import Client, Question, ServiceError

MOST_WAITING: Final = 1_000
MOST_IN_MEMORY: Final = 20_000
# Failures in a row until the service is left alone, and for how long (seconds, doubled each time).
FAILURES: Final = 3
FIRST_PAUSE: Final = 30.0
LONGEST_PAUSE: Final = 600.0
# How often a question that waits, or could not be asked, is looked for in the shared file.
_LOOK_AGAIN: Final = 5.0
_PRUNE_EVERY: Final = 500


@dataclass(slots=True)
class _State:
    """What the threads of one process share, under `changed`."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    waiting: deque[Question] = field(default_factory=deque)
    pending: set[Question] = field(default_factory=set)
    answered: int = 0
    failures: int = 0
    pause: float = FIRST_PAUSE
    paused_until: float = 0.0
    thread: threading.Thread | None = None
    process: int = field(default_factory=os.getpid)


class Asker:
    """The answers of one service, as far as they are known. Any thread may use it, also after a fork."""

    def __init__(self, client: Client, answers: Answers | None) -> None:
        self._client = client
        self._answers = answers
        self._known: dict[Question, tuple[bool | None, float]] = {}
        self._state = _State()
        self._settled = 0

    def answer(self, question: Question) -> bool | None:
        """The answer if it is known; else None, and the question is asked in the background."""
        known = self._known.get(question)
        if known is not None and known[1] > time.time():
            return known[0]
        return self._look_up(question)

    def settle(self, seconds: float) -> bool:
        """Wait until nothing is waiting, the service fails, or time is up; True if new answers have come."""
        state = self._own_state()
        deadline = time.monotonic() + seconds
        with state.changed:
            while state.pending and not _is_paused(state):
                left = deadline - time.monotonic()
                if left <= 0 or not state.changed.wait(left):
                    break
            is_news = state.answered > self._settled
            self._settled = state.answered
        return is_news

    def _look_up(self, question: Question) -> bool | None:
        """From the shared file; if it is not there either, queue it, and look again after a while."""
        kept = self._answers.get(question) if self._answers else None
        if kept is not None:
            self._remember(question, *kept)
            return kept[0]
        self._remember(question, None, time.time() + _LOOK_AGAIN)
        state = self._own_state()
        with state.changed:
            if question in state.pending or len(state.waiting) >= MOST_WAITING or _is_paused(state):
                return None
            state.pending.add(question)
            state.waiting.append(question)
            if state.thread is None:
                state.thread = threading.Thread(
                    target=self._work, args=(state,), name="terminology-service", daemon=True
                )
                state.thread.start()
            state.changed.notify_all()
        return None

    def _own_state(self) -> _State:
        """The state of this process: a fork has neither the thread nor a lock that can be trusted."""
        if self._state.process != os.getpid():
            self._state = _State()
            self._settled = 0
        return self._state

    def _work(self, state: _State) -> None:
        """Work off the queue for as long as the process lives."""
        while True:
            with state.changed:
                while not state.waiting:
                    state.changed.wait()
                question = state.waiting.popleft()
            try:
                verdict = self._client.ask(question)
            except ServiceError:
                self._failed(state, question)
            else:
                self._answered(state, question, verdict)

    def _answered(self, state: _State, question: Question, verdict: bool | None) -> None:
        self._remember(question, verdict, time.time() + seconds_kept(verdict))
        if self._answers:
            self._answers.put(question, verdict)
            if state.answered % _PRUNE_EVERY == 0:
                self._answers.prune()
        with state.changed:
            state.failures, state.pause = 0, FIRST_PAUSE
            state.answered += 1
            state.pending.discard(question)
            state.changed.notify_all()

    def _failed(self, state: _State, question: Question) -> None:
        """After some failures in a row drop what waits: whoever still wants to know asks again."""
        with state.changed:
            state.failures += 1
            state.pending.discard(question)
            if state.failures >= FAILURES:
                state.paused_until = time.monotonic() + state.pause
                state.pause = min(state.pause * 2, LONGEST_PAUSE)
                state.waiting.clear()
                state.pending.clear()
            state.changed.notify_all()

    def _remember(self, question: Question, verdict: bool | None, until: float) -> None:
        if len(self._known) >= MOST_IN_MEMORY:
            self._known.clear()
        self._known[question] = (verdict, until)


def _is_paused(state: _State) -> bool:
    return time.monotonic() < state.paused_until
