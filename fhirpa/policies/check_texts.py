"""Checks of the texts: none is missing, none is idle, and every {placeholder} is one that is filled."""

import string
from collections.abc import Collection, Iterator
from typing import Any

from fhirpa.um import text_keys

_MOST_WORDS = 120  # of an education text


def voice_faults(single: dict[str, Any]) -> Iterator[str]:
    """Faults of texts.yaml and education.yaml, in every voice and language."""
    voices = single["texts"]
    wanted = (
        ("provider", text_keys.TEXTS),
        ("member", text_keys.MEMBER),
        ("reviewer", text_keys.REVIEWER),
    )
    for voice, needed in wanted:
        for language, texts in voices[voice].items():
            named = {k for k in texts if voice == "member" and k.startswith(text_keys.NAMED)}
            yield from key_faults(f"texts.yaml: {voice}.{language}", texts.keys() - named, needed)
            for key, text in texts.items():
                allowed = needed.get(key, frozenset())
                yield from placeholder_faults(f"texts.yaml: {voice}.{language}.{key}", text, allowed)
    for language, texts in voices["member"].items():
        if len(texts.get("months", "").split()) != 12:
            yield f"texts.yaml: member.{language}.months: not the names of twelve months"
    for key, education in single["education"].items():
        for language in voices["member"]:
            if language not in education:
                yield f"education.yaml: {key}: no text in the language '{language}'"
        for language, text in education.items():
            if len(text.split()) > _MOST_WORDS:
                yield f"education.yaml: {key}.{language}: more than {_MOST_WORDS} words"


def key_faults(file: str, found: Collection[str], needed: Collection[str]) -> Iterator[str]:
    """Texts that are missing, and those that nothing uses."""
    for key in sorted(set(needed) - set(found)):
        yield f"{file}: the text '{key}' is missing"
    for key in sorted(set(found) - set(needed)):
        yield f"{file}: nothing uses the text '{key}'"


def placeholder_faults(where: str, text: str, allowed: frozenset[str]) -> Iterator[str]:
    """Braces that nobody fills."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError as error:
        yield f"{where}: {error}"
        return
    for name in sorted(names - allowed):
        yield f"{where}: {{{name}}} is not one of {sorted(allowed)}"
