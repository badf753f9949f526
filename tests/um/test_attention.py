"""Words in the sender's texts that a clinician should read: found, unless they are said not to be so."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.attention import AttentionList, find_attention
from fhirpa.um.decision import decide
from fhirpa.um.evidence import Evidence, Protocol, Surgery
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult
from tests.um.requests import HERE, context, evidence, line, request


def hits(text: str, rules: RuleSet, policy: str = "POSTOP-RC") -> list[tuple[str, str]]:
    sent = Evidence(surgeries=(Surgery(HERE, text=text),))
    return [(h.id, h.quote) for h in find_attention(request(), sent, policy, rules.attention)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Repair of a massive rotator cuff tear, right", ["MASSIVE-TEAR"]),
        ("MASSIVE TEAR", ["MASSIVE-TEAR"]),
        ("Small tear; massive effort of the team and then some tear", []),
        ("Sling 4 weeks, no therapy before week 5", ["PROTOCOL-WEEK"]),
        ("no active lifting before week 8", []),
        ("Re-tear after fall. Wound infected.", ["RE-TEAR", "INFECTION"]),
        ("Wound clean, no sign of infection", []),
        ("without fever, drainage or infection", []),
        ("Infection: none", []),
        ("Infection ruled out", []),
        ("no fever but infection of the wound", ["INFECTION"]),
        ("No fever.\nInfection of the wound", ["INFECTION"]),
        ("provision of care", []),
        ("", []),
    ],
)
def test_a_phrase_is_found_unless_it_is_said_not_to_be_so(
    rules: RuleSet, text: str, found: list[str]
) -> None:
    assert {name for name, _ in hits(text, rules)} == set(found)


def test_the_words_around_a_hit_are_shown(rules: RuleSet) -> None:
    assert hits("Day 9 after repair of a massive rotator cuff tear, right side, three tendons", rules) == [
        ("MASSIVE-TEAR", "Day 9 after repair of a massive rotator cuff tear, right side, three tendons")
    ]


def test_words_that_sound_like_a_decision_are_not_passed_on(rules: RuleSet) -> None:
    assert hits("Surgeon denies nothing; claim denied before, wound infected", rules) == [
        ("INFECTION", "infected")
    ]


def test_a_word_counts_in_its_policies_only(rules: RuleSet) -> None:
    assert hits("massive tear", rules, policy="LBP") == []


def test_protocols_and_messages_are_read_too(rules: RuleSet) -> None:
    sent = Evidence(protocols=(Protocol(HERE, precautions="No therapy before week five"),))
    asked = replace(request(), messages=("Maintenance therapy",))
    found = find_attention(asked, sent, "POSTOP-RC", rules.attention)
    assert {h.id for h in found} == {"PROTOCOL-WEEK", "MAINTENANCE"}


def test_a_hit_leads_to_a_clinician_who_reads_the_words(rules: RuleSet) -> None:
    asked = request(line(visits=8), messages=("Patient reports saddle numbness since Monday",))
    answered = decide(asked, context(), rules).lines[0]
    assert answered.result is EngineResult.PEND_CLINICAL
    assert any("saddle numbness since Monday" in note for note in answered.notes)
    plain = decide(request(line(visits=8)), context(), rules).lines[0]
    assert plain.result is EngineResult.CERTIFY


@given(st.text(max_size=80), st.sampled_from(["infection", "massive tear", "no therapy before"]))
def test_any_text_is_read_without_a_fault(before: str, phrase: str) -> None:
    listed = AttentionList()
    sent = Evidence(surgeries=(Surgery(HERE, text=before + phrase),), visits_used=Decimal(1))
    assert find_attention(request(), sent, "POSTOP-RC", listed) == ()


def test_the_builder_of_requests_has_no_such_words(rules: RuleSet) -> None:
    assert find_attention(request(), evidence(), "LBP", rules.attention) == ()
