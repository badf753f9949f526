"""How fast both validators are on the same Bundles, warm, in one run: by processor time."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.official.cases import Case
from tests.official.engine import Question, read_answers, run
from tests.official.verdicts import ours

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Speed:
    """Processor seconds for each resource in the last round, of ours and of the official validator."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    size: int

    def lines(self) -> list[str]:
        """The figures in words."""
        rates = [len(seconds) / sum(seconds) for seconds in (self.ours, self.theirs)]
        halves = [1000 * median(seconds) for seconds in (self.ours, self.theirs)]
        return [
            f"warm, {len(self.ours)} request Bundles of {self.size / 1000:.0f} kB on average, one thread",
            f"  ours   {rates[0]:7.1f} a second, median {halves[0]:7.1f} ms",
            f"  theirs {rates[1]:7.1f} a second, median {halves[1]:7.1f} ms",
            f"  ours is {rates[0] / rates[1]:.0f} times as fast",
        ]


def measure(cases: Sequence[Case], packages: Sequence[str], threads: int) -> Speed:
    """Three rounds over the same cases in one process of each; the last one counts.

    Raises subprocess.SubprocessError when Java fails.
    """
    rounds = {
        f"{number} {case.label}": Question(case.body, case.profile)
        for number in range(_ROUNDS)
        for case in cases
    }
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "answers"
        run(rounds, packages, out, threads)
        theirs = [answer.seconds for _, answer in read_answers(out)][-len(cases) :]
    for _ in range(_ROUNDS):
        mine = [ours(case).seconds for case in cases]
    return Speed(tuple(mine), tuple(theirs), sum(len(case.body) for case in cases) // len(cases))
