"""Invariants that ask for what nobody here can know: whether their outcome depends on it."""

from collections.abc import Callable
from typing import Any, Final

_MOST: Final = 32


class Guesses:
    """Answers for questions that have none, the same for the same question.

    The first questions get the answers of `chosen`, in the order in which they come; later ones yes.
    """

    def __init__(self, chosen: tuple[bool, ...]) -> None:
        self._chosen = chosen
        self._given: dict[Any, bool] = {}

    def answer(self, question: Any) -> bool:
        """Yes or no to a question (anything hashable)."""
        if question not in self._given:
            number = len(self._given)
            self._given[question] = number >= len(self._chosen) or self._chosen[number]
        return self._given[question]

    def others(self) -> list[tuple[bool, ...]]:
        """What else could be chosen, for the questions that came after the chosen ones."""
        given = tuple(self._given.values())
        return [(*given[:n], not given[n]) for n in range(len(self._chosen), len(given))]


def is_broken_anyway(holds: Callable[[Guesses], bool]) -> bool:
    """True if a rule is broken whatever the answers to the unknown questions are.

    `holds` evaluates it with one set of guesses. Where there are too many to try, nobody knows: False.
    """
    to_try: list[tuple[bool, ...]] = [()]
    for _ in range(_MOST):
        if not to_try:
            return True
        guesses = Guesses(to_try.pop())
        if holds(guesses):
            return False
        to_try += guesses.others()
    return False
