"""Words that no text of the engine holds: it asks and certifies, a person decides."""

import re

_WORDS = re.compile(
    r"\bnot[ _]met\b|\bden(y|ied|ies|ial)|\bfail|\bnot medically necessary|\binappropriate|"
    r"\breject|\brefus|\bunnecessary\b|\badverse\b|\bscore of likelihood\b",
    re.IGNORECASE,
)


def unfriendly(text: str) -> bool:
    """True if a text says, or hints at, a no."""
    return _WORDS.search(text) is not None
