"""Where the time of a validation goes: samples of the stack, by the innermost part of the validator."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

# File and, if only that counts, function; the first that fits a frame names its part.
PHASES: Final = (
    ("structure.py", "", "form (R4 structure)"),
    ("session.py", "Session.rules", "invariants"),
    ("session.py", "Session.binding", "bindings"),
    ("session.py", "Session.scope", "scopes"),
    ("resource_walk.py", "ResourceWalk._coding", "codes and displays"),
    ("slice_walk.py", "_slice_of", "which slice an item is of"),
    ("slice_walk.py", "", "slices"),
    ("scope.py", "", "references"),
    ("bundle.py", "", "references"),
    ("links.py", "", "references"),
    ("finding.py", "", "findings"),
    ("extension_check.py", "", "extensions"),
    ("contexts.py", "", "extensions"),
    ("profile_walk.py", "", "profiles"),
    ("resource_walk.py", "", "R4 walk"),
    ("conformance.py", "", "which profiles"),
    ("validator.py", "", "validator"),
)
SECONDS: Final = 3.0
INTERVAL: Final = 0.001


def shares(work: Callable[[], Any]) -> list[tuple[str, float]]:
    """The parts and their shares of the CPU time of `work`, largest first. In the main thread only."""
    seen: Counter[str] = Counter()

    def sample(number: int, frame: FrameType | None) -> None:
        seen[_phase(frame)] += 1

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        while seen.total() < SECONDS / INTERVAL:
            work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return [(phase, count / seen.total()) for phase, count in seen.most_common()]


def _phase(frame: FrameType | None) -> str:
    while frame is not None:
        code = frame.f_code
        for file, function, phase in PHASES:
            if Path(code.co_filename).name == file and function in ("", code.co_qualname):
                return phase
        frame = frame.f_back
    return "else"
