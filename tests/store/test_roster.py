"""Members are told apart, providers are known by NPI."""

from dataclasses import replace
from datetime import date
from itertools import count

import pytest

from fhirpa.store import RosterMember, Store
from fhirpa.um.context import Enrolment, Provider
from fhirpa.um.request import Span
from tests.store.samples import ENROLMENT

BORN, OTHER_DAY = date(1980, 2, 3), date(2015, 6, 7)
ANNA = RosterMember(
    line=2,
    member_id="F1",
    subscriber_id="S1",
    family="Sample",
    given="Anna",
    birth_date=BORN,
    gender="female",
    language="en",
    plan_code="PLAN",
    start=date(2026, 1, 1),
    end=date(2026, 12, 31),
)
BERT = replace(ANNA, line=3, given="Bert", birth_date=OTHER_DAY)


def load(store: Store, *members: RosterMember) -> None:
    numbers = count(1)
    with store.write() as unit:
        unit.upsert_members(members, lambda: f"key-{members[0].given}-{next(numbers)}")


def spans(store: Store, *ids: str, born: date | None = BORN) -> tuple[Enrolment, ...]:
    with store.read() as unit:
        return unit.find_enrolments(ids, born)


def test_a_member_is_found_with_all_spans(store: Store) -> None:
    next_year = replace(ANNA, plan_code="OTHER", start=date(2027, 1, 1), end=None)
    load(store, ANNA, next_year)
    first, second = spans(store, "F1")
    assert first.member_key == second.member_key
    assert (first.period, second.period) == (
        Span(date(2026, 1, 1), date(2026, 12, 31)),
        Span(date(2027, 1, 1), None),
    )
    assert (first.birth_date, first.subscriber_id, first.plan_code) == (BORN, "S1", "PLAN")


def test_loading_the_same_file_twice_changes_nothing(store: Store) -> None:
    load(store, ANNA, BERT)
    before = spans(store, "F1"), spans(store, "F1", born=OTHER_DAY)
    load(store, ANNA, BERT)
    assert (spans(store, "F1"), spans(store, "F1", born=OTHER_DAY)) == before


def test_a_later_file_moves_the_end_of_a_span(store: Store) -> None:
    load(store, ANNA)
    load(store, replace(ANNA, end=date(2026, 6, 30)))
    assert [x.period.end for x in spans(store, "F1")] == [date(2026, 6, 30)]


def test_a_span_without_a_first_day_is_one_span(store: Store) -> None:
    for _ in range(2):
        load(store, replace(ANNA, start=None))
    assert [x.period.start for x in spans(store, "F1")] == [None]


def test_an_unknown_member_has_no_spans(store: Store) -> None:
    load(store, ANNA)
    assert spans(store, "F2") == ()
    assert spans(store) == ()


def test_a_single_owner_of_an_id_is_found_whatever_the_birth_date(store: Store) -> None:
    load(store, ANNA)
    assert spans(store, "F1", born=OTHER_DAY)[0].birth_date == BORN
    assert len(spans(store, "F1", born=None)) == 1


def test_a_family_with_one_id_is_told_apart_by_birth_date(store: Store) -> None:
    load(store, ANNA, BERT)
    anna, bert = spans(store, "F1"), spans(store, "F1", born=OTHER_DAY)
    assert anna[0].member_key != bert[0].member_key
    assert (anna[0].birth_date, bert[0].birth_date) == (BORN, OTHER_DAY)


@pytest.mark.parametrize("born", [None, date(1999, 9, 9)])
def test_a_family_id_without_a_fitting_birth_date_means_nobody(store: Store, born: date | None) -> None:
    load(store, ANNA, BERT)
    assert spans(store, "F1", born=born) == ()


def test_twins_with_one_id_are_two_people_and_the_id_means_neither(store: Store) -> None:
    load(store, ANNA, replace(ANNA, given="Zoe"))
    assert spans(store, "F1") == ()


def test_the_first_known_id_decides(store: Store) -> None:
    load(store, ANNA, replace(BERT, member_id="F2"))
    assert spans(store, "F2", "F1")[0].birth_date == OTHER_DAY
    assert spans(store, "unknown", "F1")[0].birth_date == BORN


def test_spans_under_a_former_id_belong_to_the_member(store: Store) -> None:
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.enrol(replace(ENROLMENT, member_id="M2", period=Span(date(2027, 1, 1), None)))
    assert [x.member_id for x in spans(store, "M2")] == ["M1", "M2"]


def test_enrolling_again_from_the_same_day_moves_the_end(store: Store) -> None:
    shorter = replace(ENROLMENT, period=Span(date(2026, 1, 1), date(2026, 3, 31)))
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.enrol(shorter)
    assert spans(store, "M1") == (shorter,)


def test_a_subscriber_is_known_by_those_enrolled_below(store: Store) -> None:
    load(store, ANNA)
    with store.read() as unit:
        assert unit.subscriber_known("S1")
        assert not unit.subscriber_known("F1")


def test_providers_are_found_by_npi_and_overwritten(store: Store) -> None:
    first = Provider("1234567893", "Clinic", True, ("225100000X", "225X00000X"))
    second = Provider("1245319599", None, False)
    with store.write() as unit:
        unit.upsert_providers([first, second])
        unit.upsert_providers([replace(second, name="Therapist")])
    with store.read() as unit:
        found = unit.find_providers(["1234567893", "1245319599", "1679576722"])
    assert found == {first.npi: first, second.npi: replace(second, name="Therapist")}


def test_no_npis_find_no_providers(store: Store) -> None:
    with store.read() as unit:
        assert unit.find_providers([]) == {}
