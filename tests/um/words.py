"""Words that no text of the engine holds: it asks and certifies, a person decides."""

import re
from collections.abc import Iterator
from typing import Any

_WORDS = re.compile(
    r"\bnot[ _]?met\b|\bden(y|ied|ies|ials?)\b|\bfail(s|ed|ures?)?\b|\breject|\brefus|\badverse\b"
    r"|\bnot medically necessary|\bunnecessary\b|\binappropriate|\binsufficient|\binadequate"
    r"|\blikelihood\b|\b(un)?likely\b|\bdoes not (meet|support|qualify)"
    r"|\bno cumpl|\bdeneg|\bnegad|\brechaz|\binsuficiente|\bimprobable|\bno es necesari",
    re.IGNORECASE,
)


def unfriendly(text: str) -> bool:
    """True if a text says, or hints at, a no."""
    return _WORDS.search(text) is not None


def spoken(value: Any) -> Iterator[str]:
    """Every string of an answer, but for what an attachment holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "data":
                yield from spoken(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from spoken(inner)


def unfriendly_in(value: Any) -> list[str]:
    """The strings of an answer that say, or hint at, a no."""
    return [x for x in spoken(value) if unfriendly(x)]
