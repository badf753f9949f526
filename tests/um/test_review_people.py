"""Who may act as what, and how long an offer stands."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.case import AdverseReason
from fhirpa.um.plain_words import leaning_lacks, necessity_lacks, rating_lacks, specific_lacks
from fhirpa.um.review_close import reason_lacks
from fhirpa.um.staff import MAY, Act, Licence, LicenceType, MedicalDirector, Staff, StaffRole, act_lacks
from fhirpa.um.terms import ActorRole, LineOfBusiness

RULES = load_rules()
AT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)  # Wednesday 10:00 in Texas, Thanksgiving follows
LICENCE = Licence(LicenceType.MD, "TX", "1", date(2026, 11, 25))
DIRECTOR = Staff("md", "Director", StaffRole.MEDICAL_DIRECTOR, licence=LICENCE)


def test_a_director_acts_until_the_last_day_of_the_licence() -> None:
    assert MedicalDirector(DIRECTOR, AT).staff is DIRECTOR
    with pytest.raises(ValueError, match="expired on 2026-11-25"):
        MedicalDirector(DIRECTOR, AT.replace(day=26, hour=0))


@pytest.mark.parametrize(
    "person",
    [
        Staff("in", "Intake", StaffRole.INTAKE),
        Staff("pt", "PT", StaffRole.THERAPIST, licence=replace(LICENCE, type=LicenceType.PT)),
        Staff("pt", "PT", StaffRole.THERAPIST, licence=LICENCE),
        replace(DIRECTOR, active=False),
        replace(DIRECTOR, licence=None),
        replace(DIRECTOR, licence=replace(LICENCE, state="OK")),
        replace(DIRECTOR, licence=replace(LICENCE, administrative=True)),
        replace(DIRECTOR, licence=replace(LICENCE, type=LicenceType.OT)),
    ],
)
def test_nobody_else_can_be_made_into_a_medical_director(person: Staff) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        MedicalDirector(person, AT)
    assert act_lacks(person, Act.DENY, AT)


def test_software_has_no_role_on_the_staff_and_every_act_has_its_people() -> None:
    assert set(MAY) == set(Act)
    assert MAY[Act.DENY] == {StaffRole.MEDICAL_DIRECTOR}
    others = {ActorRole.ENGINE, ActorRole.SYSTEM, ActorRole.PROVIDER, ActorRole.EXTERNAL}
    assert {ActorRole(x) for x in StaffRole} == set(ActorRole) - others


@pytest.mark.parametrize(
    ("lob", "afterwards", "earliest"),
    [
        (LineOfBusiness.COM, False, datetime(2026, 11, 27, 16, tzinfo=UTC)),
        (LineOfBusiness.MCD, False, datetime(2026, 11, 30, 16, tzinfo=UTC)),
        (LineOfBusiness.COM, True, datetime(2026, 12, 3, 16, tzinfo=UTC)),
        (LineOfBusiness.MCD, True, datetime(2026, 12, 3, 16, tzinfo=UTC)),
    ],
)
def test_an_offer_stands_longer_for_care_that_is_over(
    lob: LineOfBusiness, afterwards: bool, earliest: datetime
) -> None:
    clock = RULES.turnaround
    assert clock is not None
    assert clock.peer_to_peer_earliest(lob, AT, afterwards=afterwards) == earliest


@pytest.mark.parametrize(
    "text", ["Not medically necessary.", "Does not meet criteria", "Too many visits", ""]
)
def test_a_formula_is_no_reason(text: str) -> None:
    assert specific_lacks(text, "reason")


@pytest.mark.parametrize(
    "text", ["not clinically indicated", "a medical question", "no necessity for it", "experimental care"]
)
def test_administrative_texts_are_free_of_necessity(text: str) -> None:
    assert necessity_lacks(text)
    assert not necessity_lacks("The plan's visit limit for this benefit year has been used up.")


@pytest.mark.parametrize(
    "question", ["Should we deny it?", "Why was the goal not met?", "Is it unnecessary?"]
)
def test_a_question_that_suggests_its_answer_is_told(question: str) -> None:
    assert leaning_lacks(question)
    assert not leaning_lacks("Do eight further visits fit this member's course?")


@pytest.mark.parametrize(
    "text",
    [
        "The model score of this member is low and the goals are reached.",
        "The likelihood of further gain is small for this member now.",
        "An algorithm found that this member has reached the goals.",
        "The engine recommends that the course of this member ends now.",
    ],
)
def test_a_directors_grounds_rest_on_no_rating_of_software(text: str) -> None:
    assert [x.key for x in rating_lacks(text)] == ["rating"]
    assert rating_lacks("The ODI score fell from 44 to 12 and walking is independent.") == ()


def test_grounds_name_the_source_of_the_fact_and_what_would_change_the_decision() -> None:
    good = "The member has walked independently since March and reached the goals."
    full = AdverseReason(good, "C14", "Policy", good, "note of 2 November", good)
    assert reason_lacks(full) == ()
    for missing, key in (
        ({"source": " "}, "source-missing"),
        ({"would_change": ""}, "what-would-change-it-not-specific"),
        ({"citation": ""}, "citation-missing"),
        ({"reason": "does not meet criteria"}, "reason-not-specific"),
        ({"rationale": "no"}, "rationale-not-specific"),
    ):
        assert [x.key for x in reason_lacks(replace(full, **missing))] == [key]  # type: ignore[arg-type]
