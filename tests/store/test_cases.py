"""A case is written whole, comes back equal, and changes one version at a time."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fhirpa.store import (
    DuplicateSubmission,
    NotFound,
    NumberTaken,
    ReadOnlyUnit,
    Refused,
    StaleCase,
    Store,
    schema,
)
from fhirpa.um.case import Case
from fhirpa.um.context import BenefitUse
from fhirpa.um.terms import ActorRole, LineState
from tests.store.adverse import step
from tests.store.samples import (
    ENROLMENT,
    NOW,
    PERIOD,
    certified_line,
    draw,
    event,
    make_case,
    pended_line,
    submission_of,
)


@pytest.fixture
def store(store: Store) -> Store:
    with store.write() as unit:
        unit.enrol(ENROLMENT)
    return store


def save(store: Store, case: Case, content: str = "0") -> None:
    with store.write() as unit:
        unit.save_case(case, submission_of(case, content=content), [event()])


def fail_after_saving(store: Store, case: Case) -> None:
    with store.write() as unit:
        unit.save_case(case, submission_of(case), [event()])
        raise RuntimeError("the answer could not be written")


def test_a_saved_case_comes_back_equal(store: Store) -> None:
    case = make_case("c1", certified_line("A1", 1), pended_line("R1", 2), draws=(draw("8"),))
    save(store, case)
    with store.read() as unit:
        assert unit.load_case("c1") == case


def test_a_case_that_is_not_there_is_not_found(store: Store) -> None:
    with store.read() as unit, pytest.raises(NotFound):
        unit.load_case("nobody")


def test_nothing_is_kept_of_a_unit_that_failed(store: Store) -> None:
    case = make_case("c1")
    with pytest.raises(RuntimeError):
        fail_after_saving(store, case)
    with store.read() as unit:
        assert unit.find_submission(submission_of(case)) is None
        assert not unit.number_taken("A-c1")
        assert not unit.number_taken("C-c1")


def test_a_reading_unit_writes_nothing(store: Store) -> None:
    case = make_case("c1")
    with store.read() as unit, pytest.raises(ReadOnlyUnit):
        unit.save_case(case, submission_of(case), [event()])


def test_a_case_needs_an_event(store: Store) -> None:
    case = make_case("c1")
    with pytest.raises(ValueError, match="event"), store.write() as unit:
        unit.save_case(case, submission_of(case), [])


# --- numbers -------------------------------------------------------------------------------------------


def test_one_number_may_cover_several_lines_of_its_case(store: Store) -> None:
    save(store, make_case("c1", certified_line("A1", 1), certified_line("A1", 2)))
    with store.read() as unit:
        assert [x.authorization_number for x in unit.prior_lines("m")] == ["A1", "A1"]


@pytest.mark.parametrize("number", ["A1", "R1", "C-c1"])
def test_every_number_of_a_case_is_taken(store: Store, number: str) -> None:
    save(store, make_case("c1", certified_line("A1", 1), pended_line("R1", 2)))
    with store.read() as unit:
        assert unit.number_taken(number)
        assert not unit.number_taken(number + "0")


@pytest.mark.parametrize("line", [certified_line("A1"), pended_line("R1")])
def test_a_number_is_never_given_to_a_second_case(store: Store, line: object) -> None:
    save(store, make_case("c1", certified_line("A1", 1), pended_line("R1", 2)))
    with pytest.raises(NumberTaken):
        save(store, make_case("c2", line))  # type: ignore[arg-type]


def test_a_case_number_is_never_given_twice(store: Store) -> None:
    save(store, make_case("c1"))
    with pytest.raises(NumberTaken):
        save(store, replace(make_case("c2"), case_number="C-c1"))


def test_a_number_stays_taken_when_the_line_has_lost_it(store: Store) -> None:
    case = make_case("c1", certified_line("A1"))
    save(store, case)
    cancelled = replace(case.lines[0], state=LineState.CANCELLED, authorization=None)
    with store.write() as unit:
        unit.change_case(
            replace(case, lines=(cancelled,), version=2), 1, [step("line-cancelled", ActorRole.PROVIDER)]
        )
    with store.read() as unit:
        assert unit.number_taken("A1")


# --- the same bundle again -----------------------------------------------------------------------------


def test_the_same_bundle_of_the_same_sender_is_found(store: Store) -> None:
    case = make_case("c1")
    save(store, case)
    with store.read() as unit:
        assert unit.find_submission(submission_of(case)) == "c1"


@pytest.mark.parametrize(
    "other",
    [
        {"sender": "somebody"},
        {"content_hash": "1" * 64},
        {"identifier": replace(make_case("c1").request.bundle_identifier, value="b2")},
        {"identifier": replace(make_case("c1").request.bundle_identifier, system=None)},
    ],
)
def test_another_sender_identifier_or_content_is_another_submission(
    store: Store, other: dict[str, object]
) -> None:
    case = make_case("c1")
    save(store, case)
    with store.read() as unit:
        assert unit.find_submission(replace(submission_of(case), **other)) is None  # type: ignore[arg-type]


def test_a_bundle_is_not_decided_twice(store: Store) -> None:
    case = make_case("c1")
    save(store, case)
    again = replace(make_case("c2"), request=case.request)
    with pytest.raises(DuplicateSubmission) as caught:
        save(store, again)
    assert caught.value.case_id == "c1"
    with store.read() as unit, pytest.raises(NotFound):
        unit.load_case("c2")


def test_identifiers_and_senders_may_be_of_any_length(store: Store) -> None:
    case = make_case("c1")
    long = "x" * 5000
    trace = replace(case.request.trace_numbers[0], value=long)
    identifier = replace(case.request.bundle_identifier, value=long)
    request = replace(case.request, trace_numbers=(trace,), bundle_identifier=identifier)
    case = replace(case, request=request)
    submission = replace(submission_of(case), sender=long)
    with store.write() as unit:
        unit.enrol(replace(ENROLMENT, member_key="m2", member_id=long, subscriber_id=long, plan_code=long))
        unit.save_case(case, submission, [event()])
        unit.enqueue("notice", topic=long, case_id="c1", payload={"a": 1}, at=NOW)
    with store.read() as unit:
        assert unit.find_submission(submission) == "c1"
        assert unit.find_enrolments([long], None)[0].plan_code == long


# --- changes -------------------------------------------------------------------------------------------


def test_a_changed_case_is_the_current_one(store: Store) -> None:
    case = make_case("c1", pended_line("R1"))
    save(store, case)
    certified = replace(case, lines=(certified_line("A1"),), version=2)
    with store.write() as unit:
        unit.change_case(certified, 1, [step("line-changed", ActorRole.ENGINE)])
    with store.read() as unit:
        assert unit.load_case("c1") == certified
        assert [x.state for x in unit.prior_lines("m")] == [LineState.CERTIFIED]


def test_a_change_on_an_old_version_is_stale(store: Store) -> None:
    case = make_case("c1", pended_line("R1"))
    save(store, case)
    second = replace(case, version=2)
    with store.write() as unit:
        unit.change_case(second, 1, [event("looked-at")])
    with pytest.raises(StaleCase), store.write() as unit:
        unit.change_case(second, 1, [event("looked-at")])


def test_a_change_must_carry_the_next_version(store: Store) -> None:
    case = make_case("c1")
    save(store, case)
    with pytest.raises(ValueError, match="version"), store.write() as unit:
        unit.change_case(case, 1, [event("looked-at")])


def test_a_case_that_is_not_there_cannot_change(store: Store) -> None:
    with pytest.raises(NotFound), store.write() as unit:
        unit.change_case(replace(make_case("c1"), version=2), 1, [event("changed")])


def test_a_repeat_of_an_update_is_found_as_its_case(store: Store) -> None:
    case = make_case("c1", pended_line("R1"))
    save(store, case)
    update = submission_of(case, content="1", exchange_id="x2")
    with store.write() as unit:
        unit.change_case(replace(case, version=2), 1, [event("updated")], submission=update)
    with store.read() as unit:
        assert unit.find_submission(update) == "c1"
    with pytest.raises(DuplicateSubmission), store.write() as unit:
        unit.change_case(replace(case, version=3), 2, [event("updated")], submission=update)


# --- what a later decision sees ------------------------------------------------------------------------


def test_what_is_taken_is_told_by_bucket_year_and_case(store: Store) -> None:
    save(store, make_case("c1", draws=(draw("8"), draw("0.50", year=2027))))
    save(store, make_case("c2", draws=(draw("4"), draw("3", bucket="OT"))))
    with store.read() as unit:
        assert unit.benefit_use("m") == (
            BenefitUse("OT", 2026, Decimal(3), "C-c2"),
            BenefitUse("PT", 2026, Decimal(8), "C-c1"),
            BenefitUse("PT", 2027, Decimal("0.50"), "C-c1"),
            BenefitUse("PT", 2026, Decimal(4), "C-c2"),
        )
        assert unit.benefit_use("somebody") == ()


def test_a_change_gives_visits_back_and_draws_others(store: Store) -> None:
    case = make_case("c1", draws=(draw("8"), draw("2", bucket="OT")))
    save(store, case)
    with store.write() as unit:
        unit.change_case(replace(case, draws=(draw("5"),), version=2), 1, [event("cut-short")])
    with store.read() as unit:
        assert unit.benefit_use("m") == (
            BenefitUse("OT", 2026, Decimal(0), "C-c1"),
            BenefitUse("PT", 2026, Decimal(5), "C-c1"),
        )


def test_a_change_that_draws_the_same_books_nothing(store: Store) -> None:
    case = make_case("c1", draws=(draw("8"),))
    save(store, case)
    with store.write() as unit:
        unit.change_case(replace(case, version=2), 1, [event("looked-at")])
    with store.read() as unit:
        assert len(unit.reader.execute(schema.benefit_draw.select()).all()) == 1


def test_prior_lines_are_those_certified_or_pended(store: Store) -> None:
    closed = replace(
        pended_line("R9", 3), state=LineState.CONTACT_PAYER, administrative_reference_number=None
    )
    save(store, make_case("c1", certified_line("A1", 1), pended_line("R1", 2), closed))
    with store.read() as unit:
        certified, pended = unit.prior_lines("m")
    assert (certified.state, certified.certified_visits) == (LineState.CERTIFIED, Decimal("8.0"))
    assert (certified.case_number, certified.authorization_number) == ("C-c1", "A1")
    assert certified.period == PERIOD
    assert (pended.state, pended.certified_visits) == (LineState.PENDED_CLINICAL, None)
    assert pended.period.end != PERIOD.end  # what was asked for
    assert (pended.received_at, pended.service_code) == (NOW, "97110")


def test_a_case_without_a_known_member_is_refused_without_saying_who(store: Store) -> None:
    case = replace(make_case("c1", member_key="m-secret"))
    with pytest.raises(Refused) as caught:
        save(store, case)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__
