"""The history of exemptions: it only grows, and the database keeps a rescission without its review out."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from fhirpa.store import NewDetermination, NewExemptionEvent, ReadOnlyUnit, Refused, Store, schema
from fhirpa.um.gold_card import EventKind, Exemption, ExemptionEvent
from fhirpa.um.gold_card_history import LineOutcome
from fhirpa.um.gold_card_rescission import Reviewer, SampledClaim, SampleReview
from fhirpa.um.request import Span
from fhirpa.um.terms import ActorRole, DeterminationKind, LineState
from tests.store.adverse import hire
from tests.store.samples import (
    ENROLMENT,
    NOW,
    RENDERING,
    REQUESTER,
    certified_line,
    event,
    make_case,
    pended_line,
    submission_of,
)

GRANT = ExemptionEvent(REQUESTER, "pt-treatment", EventKind.GRANTED, date(2025, 12, 1), "jo", "9 of 10")
ENDS = date(2027, 2, 19)
RESCISSION = replace(GRANT, kind=EventKind.RESCINDED, told_on=date(2027, 1, 20), effective=ENDS)
REVIEW = SampleReview(
    Span(date(2026, 1, 1), date(2026, 12, 31)),
    40,
    "seed 7",
    tuple(SampledClaim(f"c{n}", n > 1) for n in range(5)),
    Reviewer("md-7", "K1234", "TX", True, False, "physical medicine", True),
    date(2027, 1, 18),
)


def add(store: Store, *entries: NewExemptionEvent) -> list[int]:
    with store.write() as unit:
        return [unit.add_exemption_event(x) for x in entries]


def test_what_was_written_is_read_in_its_order_with_who_and_why(store: Store) -> None:
    first = NewExemptionEvent(GRANT, NOW, {"requests": 10, "approved": 9})
    second = NewExemptionEvent(replace(GRANT, npi=RENDERING), NOW)
    numbers = add(store, first, second, NewExemptionEvent(RESCISSION, NOW, review=REVIEW))
    assert numbers == sorted(set(numbers))
    with store.read() as unit:
        kept = unit.exemption_history(REQUESTER)
        assert len(unit.exemption_history()) == 3
    assert [x.event for x in kept] == [GRANT, RESCISSION]
    assert [x.at for x in kept] == [NOW, NOW]
    assert kept[0].body == {"requests": 10, "approved": 9}
    assert kept[1].body["review"]["reviewer"]["license_number"] == "K1234"
    assert len(kept[1].body["review"]["claims"]) == 5


def test_the_exemptions_of_the_providers_asked_for_and_of_nobody_else(store: Store) -> None:
    add(store, NewExemptionEvent(GRANT, NOW), NewExemptionEvent(RESCISSION, NOW, review=REVIEW))
    add(store, NewExemptionEvent(replace(GRANT, npi=RENDERING), NOW))
    last = ENDS - timedelta(days=1)
    with store.read() as unit:
        assert unit.exemptions([]) == ()
        assert unit.exemptions([REQUESTER]) == (
            Exemption(REQUESTER, "pt-treatment", GRANT.told_on, last, last),
        )
        assert {x.npi for x in unit.exemptions([REQUESTER, RENDERING])} == {REQUESTER, RENDERING}


def test_a_reading_unit_writes_no_history(store: Store) -> None:
    with store.read() as unit, pytest.raises(ReadOnlyUnit):
        unit.add_exemption_event(NewExemptionEvent(GRANT, NOW))


@pytest.mark.parametrize(
    "review",
    [
        None,
        replace(REVIEW, claims=tuple(replace(x, met=True) for x in REVIEW.claims)),
        replace(REVIEW, claims=()),
        replace(REVIEW, reviewer=replace(REVIEW.reviewer, license_active=False)),
        replace(REVIEW, reviewer=replace(REVIEW.reviewer, id="")),
    ],
)
def test_no_rescission_without_a_licensed_reviewer_and_a_sample_that_speaks_for_it(
    store: Store, review: SampleReview | None
) -> None:
    with pytest.raises(Refused):
        add(store, NewExemptionEvent(RESCISSION, NOW, review=review))


def test_a_rescission_names_its_day(store: Store) -> None:
    with pytest.raises(Refused):
        add(store, NewExemptionEvent(replace(RESCISSION, effective=None), NOW, review=REVIEW))


def test_somebody_does_it(store: Store) -> None:
    with pytest.raises(Refused):
        add(store, NewExemptionEvent(replace(GRANT, by=""), NOW))


def test_nothing_but_these_kinds_happens(raw: Engine) -> None:
    row: dict[str, Any] = {
        "npi": REQUESTER,
        "service": "pt-treatment",
        "kind": "forgotten",
        "at": NOW,
        "told_on": NOW.date(),
        "actor_id": "jo",
        "reason": "",
        "body": "{}",
    }
    with pytest.raises(IntegrityError), raw.begin() as connection:
        connection.execute(insert(schema.exemption_event), row)


def test_history_is_never_rewritten(store: Store, raw: Engine) -> None:
    add(store, NewExemptionEvent(GRANT, NOW))
    for statement in (
        update(schema.exemption_event).values(npi=RENDERING),
        delete(schema.exemption_event),
    ):
        with pytest.raises(DBAPIError, match="insert-only"), raw.begin() as connection:
            connection.execute(statement)


def test_cases_are_found_by_when_they_were_decided_with_the_outcome_after_appeal(store: Store) -> None:
    case = make_case("c", certified_line("A1"))
    later = NOW + timedelta(days=400)
    over = NewDetermination(1, DeterminationKind.CERTIFIED, ActorRole.MEDICAL_DIRECTOR, "dr", later)
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        hire(unit)
        unit.save_case(case, submission_of(case), [event()])
        waiting = make_case("w", pended_line("R1"))
        unit.save_case(waiting, submission_of(waiting), [event()])
        unit.change_case(replace(case, version=2), 1, [event()], [over])
    day = timedelta(days=1)
    with store.read() as unit:
        found = list(unit.decided_cases(NOW - day, NOW + day))
        assert [(x.case_id, outcomes) for x, outcomes in found] == [
            ("c", {1: LineOutcome(True, case.updated_at)})
        ]
        assert found[0][0].lines[0].state is LineState.CERTIFIED
        assert list(unit.decided_cases(NOW - 2 * day, NOW - day)) == []
