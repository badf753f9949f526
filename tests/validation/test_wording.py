"""The texts of invariants: one for each rule of the tables, about the rule that was broken."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Validator, available_sets, load_set
from fhirpa.validation.wording import fingerprint, own_words, sentence

TABLES = Path(__file__).parents[2] / "profiles" / "tables"
# Keys of the tables that need no words, with the reason. None at present.
WITHOUT_WORDS: dict[str, str] = {}


def constraints(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from inner if name == "constraints" else constraints(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from constraints(inner)


@cache
def invariants() -> frozenset[tuple[str, str]]:
    """Key and expression of every invariant that either set reaches."""
    names = {name for guide in available_sets() for name in json.loads(_set(guide))["tables"]}
    found: set[tuple[str, str]] = set()
    for file in (TABLES / f"{name}.json" for name in names):
        table = json.loads(file.read_bytes()) if file.exists() else {}
        found |= {(c["key"], c["expression"]) for c in constraints(table)}
    return frozenset(found)


def _set(name: str) -> bytes:
    return (TABLES.parent / "sets" / f"{name}.json").read_bytes()


def rows() -> list[dict[str, Any]]:
    text = files("fhirpa.validation").joinpath("wording.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["texts"]
    return found


def test_every_invariant_of_the_tables_has_words() -> None:
    assert len(invariants()) > 300
    missing = {
        f"{key} ({fingerprint(expression)}): {expression}"
        for key, expression in invariants()
        if key not in WITHOUT_WORDS and own_words(key, expression) is None
    }
    assert missing == set()


def test_no_words_are_left_of_a_rule_that_is_gone() -> None:
    known = {(key, fingerprint(expression)) for key, expression in invariants()}
    assert {(row["key"], of) for row in rows() for of in row["of"]} - known == set()


def test_each_rule_has_one_text() -> None:
    pairs = [(row["key"], of) for row in rows() for of in row["of"]]
    assert len(pairs) == len(set(pairs))


def test_texts_are_sentences_of_one_line() -> None:
    for row in rows():
        text = row["text"]
        assert ": " in text, text  # what to do stands behind what is wrong
        assert not text.endswith("."), text
        assert 20 < len(text) < 200, text
        assert "\n" not in text


@pytest.mark.parametrize(
    ("profile", "resource", "path", "words"),
    [
        (
            "http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference",
            {"resourceType": "DocumentReference", "content": [{"attachment": {"title": "x"}}]},
            "DocumentReference.content[0].attachment",
            "neither in the resource nor referred to",
        ),
        (
            "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient",
            {"resourceType": "Patient", "name": [{"text": "x"}]},
            "Patient.name[0]",
            "a family or a given name",
        ),
    ],
)
def test_a_key_that_means_different_things_is_said_by_its_meaning(
    profile: str, resource: dict[str, Any], path: str, words: str
) -> None:
    found = Validator(load_set("pas-2.2.1")).validate(resource, profile).issues
    (said,) = [f for f in found if f.key == "us-core-6" and f.expression == path]
    assert words in said.text
    assert "(rule us-core-6)" in said.text


def test_a_rule_without_words_is_said_by_its_expression() -> None:
    assert sentence("own-1", "name.exists()") == "The rule own-1 does not hold. Make this true: name.exists()"
    assert own_words("us-core-6", "name.exists()") is None


def test_words_of_its_own_come_first() -> None:
    assert sentence("per-1", "start <= end", "Other words") == "Other words (rule per-1)."


def test_white_space_does_not_make_another_rule() -> None:
    assert fingerprint("a  implies\r\n b") == fingerprint("a implies b")
