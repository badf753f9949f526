"""Words in the sender's own texts that call for a clinician's eye. They are found, shown, and nothing more.

A word that is said not to be so ("no infection") does not count. The list is attention.yaml.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from fhirpa.um.evidence import Evidence, Source
from fhirpa.um.request import AuthorizationRequest

_SENTENCES: Final = re.compile(r"[.;!?]\s+|[\n\r]+|\b(?:but|however|although)\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z0-9]+")
_BETWEEN: Final = 3  # words that may stand between two words of a phrase
_REACH: Final = 5  # words over which a "no" before a phrase reaches
_AFTER: Final = 2  # the same behind it ("infection: none")
_SHOWN: Final = 8  # words that are shown on either side
_LEANING: Final = re.compile(r"\b(?:den(?:y|ied|ies|ial)|not met|fail(?:s|ed)?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AttentionWord:
    """A group of phrases under one name, and the policies in which they count (empty: all)."""

    id: str
    phrases: tuple[tuple[str, ...], ...]  # words in their order, small letters
    policies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AttentionList:
    """All groups of phrases, and the words that say that something is not so."""

    words: tuple[AttentionWord, ...] = ()
    before: frozenset[str] = frozenset()  # no, not, without, ...
    after: frozenset[str] = frozenset()  # none, absent, ...
    firsts: frozenset[str] = frozenset()  # words with which a phrase begins, to pass by a text quickly


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that was found: the name of its group and the words around it."""

    id: str
    quote: str
    source: Source | None


def find_attention(
    request: AuthorizationRequest, evidence: Evidence, policy: str | None, listed: AttentionList
) -> tuple[Hit, ...]:
    """The first hit of each group that counts in a policy."""
    found: dict[str, Hit] = {}
    for text, source in _texts(request, evidence):
        if text and not listed.firsts.isdisjoint(_WORD.findall(text.lower())):
            _search(text, source, policy, listed, found)
    return tuple(found.values())


def _search(
    text: str, source: Source | None, policy: str | None, listed: AttentionList, found: dict[str, Hit]
) -> None:
    wanted = [w for w in listed.words if w.id not in found and (not w.policies or policy in w.policies)]
    for sentence in _SENTENCES.split(text):
        spans = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(sentence.lower())]
        said = [word for word, _, _ in spans]
        for word in wanted:
            place = None if word.id in found else _place(word, said, listed)
            if place is not None:
                found[word.id] = Hit(word.id, _quote(sentence, spans, *place), source)


def _texts(request: AuthorizationRequest, evidence: Evidence) -> Iterator[tuple[str, Source | None]]:
    """Every text that was sent in free words."""
    for message in request.messages:
        yield message, None
    for surgery in evidence.surgeries:
        yield from ((text, surgery.source) for text in (surgery.text or "", *surgery.complications))
    for protocol in evidence.protocols:
        yield from (
            (text, protocol.source) for text in (protocol.precautions, protocol.weight_bearing) if text
        )
    for plan in evidence.plans_of_care:
        for goal in plan.goals:
            yield goal.text or "", goal.source or plan.source
        yield from ((text, plan.source) for text in plan.interventions)
    for earlier in evidence.prior_therapy:
        yield earlier.text or "", earlier.source
    for document in evidence.documents:
        yield document.title or "", document.source
    for fact in ("setting_reason", "attendance_reason", "maintenance_reason", "functional_description"):
        yield getattr(evidence, fact) or "", evidence.source_of(fact)


def _place(word: AttentionWord, said: list[str], listed: AttentionList) -> tuple[int, int] | None:
    """(first, last) word of a phrase that is not said not to be so."""
    for phrase in word.phrases:
        for start, first in enumerate(said):
            if first != phrase[0]:
                continue
            end = _end(phrase, said, start)
            if end is not None and not _negated(said, start, end, listed):
                return start, end
    return None


def _end(phrase: tuple[str, ...], said: list[str], start: int) -> int | None:
    """The place of the last word of a phrase that begins at `start`; None if it does not go on."""
    at = start
    for _, following in pairwise(phrase):
        ahead = said[at + 1 : at + 2 + _BETWEEN]
        if following not in ahead:
            return None
        at += 1 + ahead.index(following)
    return at


def _negated(said: list[str], start: int, end: int, listed: AttentionList) -> bool:
    before, after = said[max(0, start - _REACH) : start], said[end + 1 : end + 1 + _AFTER]
    return bool(listed.before.intersection(before)) or bool(listed.after.intersection(after))


def _quote(sentence: str, spans: list[tuple[str, int, int]], start: int, end: int) -> str:
    """The phrase with some words around it; alone where those words would sound like a decision."""
    first, last = max(0, start - _SHOWN), min(len(spans) - 1, end + _SHOWN)
    around = " ".join(sentence[spans[first][1] : spans[last][2]].split())
    if _LEANING.search(around):
        return " ".join(sentence[spans[start][1] : spans[end][2]].split())
    return around
