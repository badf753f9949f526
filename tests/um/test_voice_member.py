"""What members read: plain, in their language, about their own case, and nothing that nobody has decided."""

import re
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.case import AdverseReason, Case
from fhirpa.um.determination import CriterionResult
from fhirpa.um.explanation import Situation, explain_case, situation_of
from fhirpa.um.opening import open_case
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus, Discipline, LineState, ReviewKind
from fhirpa.um.voice_member import as_text, member_paragraphs
from tests.clinical.administration import ADMINISTRATION
from tests.clinical.adults import ADULTS
from tests.clinical.children import CHILDREN
from tests.clinical.distinctions import DISTINCTIONS
from tests.clinical.vignettes import Vignette, evidence, pt
from tests.um.reading import english_syllables, grade, huerta, spanish_syllables
from tests.um.requests import HERE, RECEIVED, FakeClock
from tests.um.words import unfriendly

ALL = [*ADULTS, *CHILDREN, *ADMINISTRATION, *DISTINCTIONS]
_COUNT = count(1)
LANGUAGES = ("en", "es")


@cache
def rules() -> RuleSet:
    return replace(load_rules(), turnaround=FakeClock())


def opened(vignette: Vignette) -> Case | None:
    decision = vignette.decided(rules())
    if decision.errors:
        return None
    return open_case(
        vignette.sent(),
        decision,
        case_id="1",
        received_at=RECEIVED,
        now=RECEIVED,
        number=lambda prefix: f"{prefix}{next(_COUNT):010}",
    )


def letter(case: Case, language: str = "en") -> str:
    whole = explain_case(case, rules())
    return as_text(member_paragraphs(whole, rules().member_texts[language], rules().programme.zone))


def case(*lines: Any, **more: Any) -> Case:
    made = opened(Vignette("", "", (), lines or (pt(),), **more))
    assert made is not None
    return made


def in_state(state: LineState, **more: Any) -> Case:
    waiting = case(dx=("I890",))
    return replace(waiting, lines=(replace(waiting.lines[0], state=state, **more),))


LETTERS = [x for x in map(opened, ALL) if x is not None]


def test_every_letter_reads_at_eighth_grade_or_below() -> None:
    """Domain §3: at most sixth grade for Medicaid and CHIP, eighth for the others."""
    assert max(grade(letter(x)) for x in LETTERS) <= 6


def test_every_letter_in_spanish_is_easy_to_read() -> None:
    assert min(huerta(letter(x, "es")) for x in LETTERS) >= 70


def test_every_sentence_for_members_is_readable_by_itself() -> None:
    voices = rules().member_texts
    sentences = {k: t for k, t in voices["en"].texts.items() if len(t.split()) > 5 and k != "months"}
    assert [k for k, t in sentences.items() if grade(_filled(t)) > 8] == []
    assert [k for k, t in voices["en"].tips.items() if grade(t) > 8] == []
    assert [k for k, t in voices["es"].tips.items() if huerta(t) < 60] == []


def _filled(text: str) -> str:
    return re.sub(r"\{(visits|therapy|start|end|day)\}", "three", text).replace("{number}", "seven")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_speaks_in_codes_or_jargon(language: str) -> None:
    ours = re.compile(
        r"\b(criteri\w*|ICD|CPT|LOINC|FHIR|Bundle|QuestionnaireResponse|necess\w*|adverse|9\d{4}|C\d\d|None)\b|[{}]"
    )
    for kept in LETTERS:
        found = ours.search(letter(kept, language))
        assert found is None, found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_of_the_engine_says_or_hints_at_a_no(language: str) -> None:
    for kept in LETTERS:
        assert not unfriendly(letter(kept, language))


def test_both_languages_say_the_same_things() -> None:
    english, spanish = (rules().member_texts[x] for x in LANGUAGES)
    assert english.texts.keys() == spanish.texts.keys()
    assert english.tips.keys() == spanish.tips.keys()
    for key, text in english.texts.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", spanish.texts[key])), key


def test_every_criterion_item_and_kind_of_paper_has_a_name_for_members() -> None:
    known = rules().member_texts["en"].texts
    criteria = {c.id for p in rules().policies.values() for c in p.criteria}
    assert {f"criterion.{x}" for x in criteria} <= known.keys()
    assert {f"item.{x}" for x in rules().information} <= known.keys()


# --- what a letter says --------------------------------------------------------------------------------


def test_an_approval_names_visits_days_and_number() -> None:
    kept = case()
    said = letter(kept)
    given = kept.lines[0].authorization
    assert given is not None
    assert "The plan approved 8 visits of physical therapy for you." in said
    assert "from December 1, 2026 to January 11, 2027" in said
    assert given.number in said
    assert "8 visitas de terapia física" in letter(kept, "es")
    assert "del 1 de diciembre de 2026 al 11 de enero de 2027" in letter(kept, "es")
    assert "hear from us" not in said


def test_a_block_says_that_the_rest_is_open_and_by_when_it_is_decided() -> None:
    said = letter(case(pt("97110", 20)))
    assert "8 visits of physical therapy for you now" in said
    assert "The rest of what was asked is still open." in said
    assert "You will hear from us by December 3, 2026." in said


def test_who_is_asked_for_papers_reads_which_and_by_when() -> None:
    said = letter(case(facts=evidence(plans_of_care=())))
    assert "We asked your therapist to send them by December 2, 2026." in said
    assert "- your goals, and how often and how long you will go" in said
    assert "You do not need to do anything now." in said


def test_the_papers_in_which_something_was_found_are_named_in_plain_words() -> None:
    assert "your therapist's answers" in letter(case())
    assert "las respuestas de su terapeuta" in letter(case(), "es")


def test_two_lines_of_one_therapy_are_told_once() -> None:
    said = letter(case(pt(at=1), pt("97140", at=2)))
    assert said.count("The plan approved") == 1


@pytest.mark.parametrize("state", list(LineState))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_its_words(state: LineState, language: str) -> None:
    said = letter(in_state(state), language)
    assert len(said.splitlines()) >= 3
    assert "{" not in said


def test_only_a_person_s_decision_is_told_as_one() -> None:
    sentence = rules().member_texts["en"].texts["not-certified"].split(" {")[0]
    for state in LineState:
        assert (sentence in letter(in_state(state))) is (state is LineState.DENIED_MEDICAL)


def test_a_decision_against_gives_the_reason_the_rule_and_the_way_to_object() -> None:
    why = AdverseReason("You walk without help since May.", "C07", "Low back policy, version 1", "Same.")
    said = letter(in_state(LineState.DENIED_MEDICAL, adverse=why))
    for part in ("A doctor at the plan made this choice", why.reason, why.citation, "appeal"):
        assert part in said


def test_a_question_of_benefit_is_not_one_of_care() -> None:
    waiting = in_state(LineState.PENDED_CLINICAL, review=ReviewKind.ADMINISTRATIVE)
    assert situation_of(waiting.lines[0]) is Situation.BENEFIT
    assert "what your plan pays for physical therapy" in letter(waiting)


def test_an_unknown_criterion_and_discipline_have_general_words() -> None:
    found = CriterionResult("OWN-1", CriterionStatus.MET, "Is it?", sources=(HERE,))
    kept = in_state(LineState.PENDED_CLINICAL, criteria=(found,), discipline=None)
    assert "Other facts that your therapist sent." in letter(kept)
    assert "about your therapy." in letter(kept)
    assert Discipline.PT not in letter(kept)


ENGLISH = [("therapy", 3), ("made", 1), ("asked", 1), ("goals", 1), ("sees", 1)]
SPANISH = [("terapia", 3), ("día", 2), ("cuidado", 3), ("leer", 2), ("que", 1)]


@pytest.mark.parametrize(("word", "many"), ENGLISH)
def test_english_syllables(word: str, many: int) -> None:
    assert english_syllables(word) == many


@pytest.mark.parametrize(("word", "many"), SPANISH)
def test_spanish_syllables(word: str, many: int) -> None:
    assert spanish_syllables(word) == many


def test_a_hard_text_would_be_seen() -> None:
    assert grade("Utilization management necessitates comprehensive clinical documentation.") > 12
    assert huerta("La documentación administrativa fundamenta la determinación correspondiente.") < 40
