"""Words for texts: those of invariants, since the tables hold none, and of values.

`wording.json` has one row per text: the key, the fingerprints of the expressions that it is for, and the
text: what must hold and what to do, without a full stop. Guides use one key for different rules, so that a
text belongs to key and expression; a rule that is not there is said by its expression. Read when the first
breach is found.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import msgspec

# Said by the walk itself, about an object that holds an id only.
ONLY_AN_ID: Final = "An element with an id only says nothing: give it a value or extensions, or leave it out"


def fingerprint(expression: str) -> str:
    """What an expression is known by in wording.json; white space does not count."""
    return sha256(" ".join(expression.split()).encode()).hexdigest()[:12]


def sentence(key: str, expression: str, text: str | None = None) -> str:
    """What a breach of an invariant means and how to mend it; `text` are words of its own, if it has any."""
    text = text or own_words(key, expression)
    if text:
        return f"{text} (rule {key})."
    return f"The rule {key} does not hold. Make this true: {expression}"


def own_words(key: str, expression: str) -> str | None:
    """Our text for an invariant, or None."""
    return _texts().get((key, fingerprint(expression)))


def wanted(value: Any) -> str:
    """A value that a profile fixes, for a text, short."""
    if type(value) is dict:
        return "{" + ", ".join(f"{k}: {wanted(v)}" for k, v in value.items()) + "}"
    if type(value) is list:
        return "[" + ", ".join(map(wanted, value)) + "]"
    return f"'{value}'" if type(value) is str else str(value).lower() if type(value) is bool else str(value)


@cache
def _texts() -> Mapping[tuple[str, str], str]:
    rows = msgspec.json.decode(files("fhirpa.validation").joinpath("wording.json").read_bytes())["texts"]
    return MappingProxyType({(row["key"], of): row["text"] for row in rows for of in row["of"]})
