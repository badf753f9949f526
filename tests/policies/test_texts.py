"""The texts of the rules: plain, neutral, short, and none that says no."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.policies.yaml_file import read_yaml
from tests.um.words import unfriendly

FOLDER = Path(str(files("fhirpa.policies")))
# The clock files name the letters of the law in its own terms, attention.yaml the words of senders;
# none of their text stands in an answer.
INSIDE = ("turnaround", "holidays", "attention")
FILES = sorted(p for p in FOLDER.glob("**/*.yaml") if p.stem not in INSIDE)
# What is said once a person has decided so: the lawful wording of it.
OF_A_PERSON = ("closed-denied-medical", "closed-denied-administrative")


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("when_not_met", *OF_A_PERSON):
                yield str(key)
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_no_text_says_or_hints_at_a_no(path: Path) -> None:
    assert [t for t in texts(read_yaml(path)) if unfriendly(t)] == []


@pytest.mark.parametrize(
    "text", ["Criteria not met", "We deny this", "denied", "It fails", "inappropriate", "a denial"]
)
def test_the_check_of_words_would_see_a_no(text: str) -> None:
    assert unfriendly(text)


_SPANISH = re.compile(r"\bneg(ad|ar|am)|\bdeneg|\brechaz|\bno cumpl|\binadecuad|\binnecesari", re.IGNORECASE)


@pytest.mark.parametrize("text", ["Negamos la solicitud", "denegado", "no cumple los criterios"])
def test_the_spanish_check_of_words_would_see_a_no(text: str) -> None:
    assert _SPANISH.search(text)


def test_education_is_short_in_every_language_and_holds_no_decision() -> None:
    for language, voice in load_rules().member_texts.items():
        assert all(len(text.split()) <= 120 for text in voice.tips.values()), language
    spanish = load_rules().member_texts["es"].tips.values()
    assert [text for text in spanish if _SPANISH.search(text)] == []


def test_every_information_item_says_what_and_why() -> None:
    for item in load_rules().information.values():
        assert item.text.startswith("Please"), item.key
        assert ":" in item.text or "," in item.text or "whether" in item.text, item.key


def test_every_reason_is_a_plain_sentence() -> None:
    for reason in load_rules().reasons.values():
        assert reason.text[-1] in ".?", reason.key
