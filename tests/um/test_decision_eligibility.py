"""Business errors: member, coverage, providers. All of them are reported, each once."""

from dataclasses import replace
from datetime import date

import pytest

from fhirpa.um.context import DecisionContext
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision
from fhirpa.um.request import AuthorizationRequest, CoverageSent, Party, Person, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult
from tests.um.requests import CLINIC, START, THERAPIST, context, day, enrolment, line, request, service

NOBODY = replace(context(), enrolments=())
UNKNOWN_NPI = "1932102084"


def errors(decision: Decision) -> list[tuple[str, str]]:
    assert decision.lines == ()
    return [(e.code, e.key) for e in decision.errors]


def with_coverage(**more: object) -> AuthorizationRequest:
    return request(coverage=replace(request().coverage, **more))  # type: ignore[arg-type]


CASES: list[tuple[AuthorizationRequest, DecisionContext, list[tuple[str, str]]]] = [
    (request(), NOBODY, [("75", "member-unknown")]),
    (request(), replace(NOBODY, subscriber_known=True), [("67", "patient-not-found")]),
    (request(patient=Person(), coverage=CoverageSent()), NOBODY, [("72", "member-id-missing")]),
    (
        request(patient=replace(request().patient, birth_date=date(1999, 1, 1))),
        context(),
        [("71", "birth-date-mismatch")],
    ),
    (
        request(),
        replace(context(), enrolments=(enrolment(period=Span(date(2020, 1, 1), day(-1))),)),
        [("95", "coverage-inactive")],
    ),
    (
        request(),
        replace(context(), enrolments=(enrolment(period=Span(day(1), None)),)),
        [("95", "coverage-inactive")],
    ),
    (with_coverage(period=Span(None, day(-1))), context(), [("95", "coverage-sent-inactive")]),
    (with_coverage(active=False), context(), [("95", "coverage-sent-inactive")]),
    (request(), context("NO-SUCH-PLAN"), [("42", "plan-unknown")]),
    (request(line(period=Span(day(9), day(2)))), context(), [("57", "service-dates")]),
    (request(requester=Party()), context(), [("43", "requester-npi-missing")]),
    (request(requester=Party(npi="1234567890")), context(), [("43", "requester-npi-invalid")]),
    (request(requester=Party(npi=UNKNOWN_NPI)), context(), [("51", "requester-unknown")]),
    (request(line(rendering=Party())), context(), [("43", "rendering-npi-missing")]),
    (request(line(rendering=Party(npi="1234567890"))), context(), [("43", "rendering-npi-invalid")]),
    (request(line(rendering=Party(npi=UNKNOWN_NPI))), context(), [("51", "rendering-unknown")]),
]


@pytest.mark.parametrize(("sent", "known", "expected"), CASES)
def test_each_fault_has_its_code_and_key(
    rules: RuleSet, sent: AuthorizationRequest, known: DecisionContext, expected: list[tuple[str, str]]
) -> None:
    decision = decide(sent, known, rules)
    assert errors(decision) == expected
    assert all(e.text and e.element and e.follow_up for e in decision.errors)


def test_every_fault_is_reported(rules: RuleSet) -> None:
    sent = request(line(rendering=Party(npi="1234567890")), requester=Party())
    assert len(decide(sent, NOBODY, rules).errors) == 3


def test_one_faulty_provider_of_several_lines_is_reported_once(rules: RuleSet) -> None:
    bad = Party(npi="1234567890", path="Bundle.entry[5].resource")
    sent = request(line(rendering=bad), line("97140", 8, 2, rendering=bad))
    assert len(decide(sent, context(), rules).errors) == 1


def test_an_error_points_at_what_was_sent(rules: RuleSet) -> None:
    sent = request(requester=Party(npi="1234567890", path="Bundle.entry[3].resource"))
    assert decide(sent, context(), rules).errors[0].path == "Bundle.entry[3].resource.identifier"


def test_no_coverage_period_means_from_the_service_date(rules: RuleSet) -> None:
    assert decide(with_coverage(period=None), context(), rules).errors == ()


def test_a_line_that_starts_after_the_coverage_is_an_error(rules: RuleSet) -> None:
    ends = replace(context(), enrolments=(enrolment(period=Span(date(2020, 1, 1), day(20))),))
    sent = request(line(), line("97140", 4, 2, period=Span(day(30), day(41))))
    assert errors(decide(sent, ends, rules)) == [("95", "coverage-inactive")]


def test_coverage_that_ends_within_the_course_is_remarked(rules: RuleSet) -> None:
    ends = replace(context(), enrolments=(enrolment(period=Span(date(2020, 1, 1), day(20))),))
    decision = decide(request(), ends, rules)
    assert decision.lines[0].result is EngineResult.CERTIFY
    assert any(day(20).isoformat() in note for note in decision.notes)


def test_the_enrolment_that_holds_on_the_service_date_gives_the_plan(rules: RuleSet) -> None:
    spans = (
        enrolment("SANDBOX-QHP", period=Span(date(2020, 1, 1), day(-1))),
        enrolment("SANDBOX-COM", period=Span(START, None)),
    )
    assert decide(request(), replace(context(), enrolments=spans), rules).plan_code == "SANDBOX-COM"


def test_of_a_family_with_one_id_the_person_with_the_birth_date_is_meant(rules: RuleSet) -> None:
    family = (
        enrolment(member_key="parent", birth_date=date(1950, 1, 1)),
        enrolment(member_key="patient"),
    )
    assert decide(request(), replace(context(), enrolments=family), rules).member_key == "patient"


def test_an_unknown_provider_outside_the_programme_is_not_an_error(rules: RuleSet) -> None:
    scan = line(service=service("70450"), rendering=Party(npi=UNKNOWN_NPI))
    decision = decide(request(scan), context(), rules)
    assert [x.result for x in decision.lines] == [EngineResult.CONTACT_PAYER]


def test_a_requester_without_a_rendering_provider_renders(rules: RuleSet) -> None:
    known = replace(context(), providers={CLINIC: context().providers[CLINIC]})
    assert decide(request(), known, rules).errors == ()
    assert THERAPIST not in known.providers
