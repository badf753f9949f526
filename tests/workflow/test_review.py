"""A pended case is decided by people, and an inquiry shows what they decided; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_terms import Given
from fhirpa.um.terms import LineState
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow.audit import verify
from fhirpa.workflow.review import ReviewRefused
from fhirpa.workflow.services import Services
from tests.workflow.reviewing import (
    BLOCK_FIRST,
    DIRECTOR,
    INTAKE,
    NO_BLOCK,
    OVER_LIMIT,
    PT,
    SAID,
    by,
    drawn,
    kinds,
    lacks,
    offered,
    on_the_wire,
    pended,
    queued,
    reason_for,
    referred,
    reload,
    review_actions,
)

VERSIONS = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])


# --- certifying ----------------------------------------------------------------------------------------


@VERSIONS
def test_a_therapist_certifies_what_was_asked(services: Services, version: str) -> None:
    bundle, case = pended(services, BLOCK_FIRST, version)
    acts.take(services, by(PT, case))
    acts.certify(services, by(PT, case), ())
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A1"}
    block = case.lines[0].authorization
    assert block is not None
    assert response["preAuthRef"] == block.number  # the block's number goes on
    after = reload(services, case)
    assert (after.due, after.assigned_to, drawn(services, case)) == (None, None, Decimal(20))
    assert kinds(services, case) == [("certified_in_part", "engine"), ("certified", "therapist")]
    assert verify(services) == []


@VERSIONS
def test_a_block_leaves_the_rest_in_review(services: Services, version: str) -> None:
    bundle, case = pended(services, BLOCK_FIRST, version)
    acts.certify(services, by(PT, case), (1,), Given(Decimal(12)), acts.Rest(open=True))
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A4"}
    assert ("addItem" in response) == (version == "2.2.1")
    assert drawn(services, case) == 12
    assert reload(services, case).due == case.due


@VERSIONS
def test_less_with_the_providers_agreement_closes_the_line(services: Services, version: str) -> None:
    bundle, case = pended(services, BLOCK_FIRST, version)
    with pytest.raises(ReviewRefused) as refused:
        acts.certify(services, by(PT, case), (1,), Given(Decimal(12)))
    assert lacks(refused) == {"rest"}
    acts.certify(services, by(PT, case), (1,), Given(Decimal(12)), acts.Rest(agreement="Dr Ito, by phone"))
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A6"}
    assert kinds(services, case)[-1] == ("certified_in_part", "therapist")
    assert drawn(services, case) == 12


# --- information ---------------------------------------------------------------------------------------


@VERSIONS
def test_what_is_asked_for_is_on_the_wire(services: Services, version: str) -> None:
    bundle, case = pended(services, NO_BLOCK, version)
    acts.ask(services, by(PT, case), (1,), ("plan-of-care",))
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A4"}
    assert response["communicationRequest"]
    after = reload(services, case)
    assert after.lines[0].state is LineState.PENDED_INFORMATION
    assert after.information_due is not None
    assert after.due is not None
    assert case.due is not None
    assert after.due.at >= case.due.at  # asking never makes a decision due earlier


# --- adverse determinations ----------------------------------------------------------------------------


@VERSIONS
def test_a_director_denies_after_peer_to_peer_was_offered(services: Services, version: str) -> None:
    bundle, case = pended(services, NO_BLOCK, version)
    referred(services, case)
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A4"}
    offered(services, case)
    services.clock.move(days=1, hours=1)
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A3"}
    assert "goals of the plan are reached" in str(response["processNote"])
    assert ("1999903101" in str(response)) == (version == "2.2.1")  # the reviewer's NPI
    assert kinds(services, case) == [("denied_medical", "medical_director")]
    assert verify(services) == []


def test_only_what_provider_and_member_must_know_is_written_to_them(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    before = len(queued(services, case))
    acts.take(services, by(PT, case))
    acts.release(services, by(PT, case))
    assert len(queued(services, case)) == before  # whose desk it is, nobody outside needs to know
    referred(services, case)
    assert [x[0] for x in queued(services, case)[before:]] == ["case-changed"]
    offered(services, case)
    acts.ask(services, by(DIRECTOR, case), (1,), ("plan-of-care",))
    told = [x[:2] for x in queued(services, case)[before + 1 :]]
    assert told[1:] == [("notice", "provider"), ("notice", "member")]


@VERSIONS
def test_denying_what_is_left_of_a_line_is_a_reduction(services: Services, version: str) -> None:
    bundle, case = pended(services, BLOCK_FIRST, version)
    referred(services, case)
    offered(services, case)
    services.clock.move(days=1, hours=1)
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A6"}
    assert kinds(services, case)[-1] == ("reduced", "medical_director")
    assert drawn(services, case) == 8  # the block stands


def test_a_director_certifies_less_under_the_same_guards(services: Services) -> None:
    bundle, case = pended(services, BLOCK_FIRST)
    referred(services, case)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case), Given(Decimal(14)))
    assert lacks(refused) == {"peer-to-peer-missing"}
    offered(services, case)
    acts.peer_to_peer(services, by(DIRECTOR, case), (), TalkEvent.HELD, "spoke with Dr Ito")
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case), Given(Decimal(14)))
    assert review_actions(on_the_wire(services, bundle)) == {1: "A6"}
    assert (kinds(services, case)[-1][0], drawn(services, case)) == ("reduced", 14)


def test_a_talk_may_convince_the_director(services: Services) -> None:
    bundle, case = pended(services, NO_BLOCK)
    referred(services, case)
    offered(services, case, by=PT)
    acts.peer_to_peer(services, by(DIRECTOR, case), (), TalkEvent.HELD, "spoke with Dr Ito")
    acts.certify(services, by(DIRECTOR, case), ())
    assert review_actions(on_the_wire(services, bundle)) == {1: "A1"}


def test_the_notices_are_queued_with_the_decision(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    referred(services, case)
    offered(services, case)
    services.clock.move(days=1, hours=1)
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    told = queued(services, case)[-3:]
    assert [x[0] for x in told] == ["case-changed", "notice", "notice"]
    assert {x[1] for x in told[1:]} == {"provider", "member"}
    assert all('"adverse":true' in x[2] and "denied_medical" in x[2] for x in told[1:])


# --- administrative, withdrawal, correction ------------------------------------------------------------


@VERSIONS
def test_a_person_closes_a_benefit_question_under_its_rule(services: Services, version: str) -> None:
    bundle, case = pended(services, OVER_LIMIT, version)
    acts.deny_administratively(services, by(INTAKE, case), (1,), "benefit-review", SAID)
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A3"}
    assert SAID in str(response["processNote"])
    assert kinds(services, case)[-1] == ("denied_administrative", "intake")
    assert drawn(services, case) == reload(services, case).draws[0].visits  # the block stands


@VERSIONS
def test_the_provider_withdraws_by_telephone(services: Services, version: str) -> None:
    bundle, case = pended(services, BLOCK_FIRST, version)
    acts.withdraw(services, by(INTAKE, case), (), "front desk of the clinic, by telephone")
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "C"}
    assert drawn(services, case) == 0


@VERSIONS
def test_a_clerical_error_is_taken_back_by_a_director(services: Services, version: str) -> None:
    bundle, case = pended(services, NO_BLOCK, version)
    referred(services, case)
    offered(services, case)
    services.clock.move(days=1, hours=1)
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    why = "The reason belongs to another case of the same day."
    with pytest.raises(ReviewRefused) as refused:
        acts.correct(services, by(INTAKE, case), (1,), why)
    assert lacks(refused) == {"role"}
    acts.correct(services, by(DIRECTOR, case), (1,), why)
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A4"}
    after = reload(services, case)
    assert (after.lines[0].state, after.due) == (LineState.PENDED_DIRECTOR, case.due)
    acts.certify(services, by(DIRECTOR, case), ())
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A1"}


# --- two at once ---------------------------------------------------------------------------------------


def test_two_reviewers_at_the_same_moment_decide_once(services: Services) -> None:
    _, case = pended(services, BLOCK_FIRST)

    def one(_: int) -> str:
        try:
            acts.certify(services, by(PT, case, case.version), ())
        except ReviewRefused as refused:
            return refused.lacks[0].key
        return "done"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(one, range(4)))
    assert outcomes == ["done", "stale", "stale", "stale"]
    assert kinds(services, case).count(("certified", "therapist")) == 1
    assert drawn(services, case) == 20


# --- looking -------------------------------------------------------------------------------------------
