"""Whether a resource meets a profile together with all that its references must lead to.

Resources refer to each other in circles, so this is asked of all that can be reached at once: everything
counts as fitting that nothing speaks against. The work is linear in the references and allowed profiles.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Demands:
    """What one profile says of one resource: whether it is kept there, and what else has to be met.

    Of each of `options` one must fit; an empty one cannot be met.
    """

    is_kept: bool
    options: Sequence[Sequence[Key]]


@dataclass(slots=True)
class _Search:
    """One search: what was reached, and which option of whom names each."""

    reached: dict[Key, Demands] = field(default_factory=dict)
    users: dict[Key, list[tuple[Key, int]]] = field(default_factory=dict)
    failed: deque[Key] = field(default_factory=deque)


class Fitness:
    """Remembers every answer. `demands` tells what a resource (by identity) needs to meet a profile."""

    def __init__(self, demands: Callable[[Key], Demands]) -> None:
        self._demands = demands
        self._known: dict[Key, bool] = {}

    def fits(self, key: Key) -> bool:
        """True if nothing speaks against the profile, here or in what the references lead to."""
        if key not in self._known:
            search = _Search()
            self._reach(key, search)
            self._spread(search)
            for reached in search.reached:
                self._known.setdefault(reached, True)
        return self._known[key]

    def _reach(self, start: Key, search: _Search) -> None:
        to_ask = [start]
        while to_ask:
            key = to_ask.pop()
            if key in search.reached:
                continue
            demands = Demands(self._known[key], ()) if key in self._known else self._demands(key)
            search.reached[key] = demands
            if not demands.is_kept or not all(demands.options):
                self._fail(key, search)
                continue
            for number, option in enumerate(demands.options):
                for needed in option:
                    search.users.setdefault(needed, []).append((key, number))
                to_ask += option

    def _spread(self, search: _Search) -> None:
        """From what does not fit to what needs it."""
        while search.failed:
            for user, number in search.users.get(search.failed.popleft(), ()):
                option = search.reached[user].options[number]
                if self._known.get(user, True) and not any(self._known.get(k, True) for k in option):
                    self._fail(user, search)

    def _fail(self, key: Key, search: _Search) -> None:
        self._known[key] = False
        search.failed.append(key)
