"""Reading a request bundle into the authorization request."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from fhirpa.pas.codes import (
    CLAIM_ENCOUNTER,
    CPT,
    DATA_ABSENT,
    HCPCS,
    IDENTIFIER_TYPE,
    NPI,
    TEMP_CODES,
    X12,
    X12_CERTIFICATION_TYPE,
    X12_LEVEL_OF_SERVICE,
    X12_SERVICE_TYPE,
)
from fhirpa.pas.read import read_request, sender_of
from fhirpa.pas.versions import V201, V221
from fhirpa.um.request import AuthorizationRequest, ExternalId, Frequency, ServiceLine, Span
from fhirpa.um.terms import CodeKind, LevelOfService, QuantityUnit, ReviewType, UpdateSign
from tests.pas.request_builder import (
    CLINIC_NPI,
    THERAPIST_NPI,
    Json,
    bundle,
    cancelled,
    certification,
    claim,
    concept,
    ext,
    graph,
    item,
    ref,
)


def read(of: Json) -> AuthorizationRequest:
    request = read_request(graph(of), V221)
    assert _but_for_updates(read_request(graph(of), V201)) == _but_for_updates(request)
    return request


def _but_for_updates(request: AuthorizationRequest) -> AuthorizationRequest:
    """What both versions read alike; what makes a request an update differs (test_read_update)."""
    return replace(request, update=UpdateSign.NONE, related_claim=None)


def changed(**values: Any) -> AuthorizationRequest:
    return read(bundle(of={**claim(), **values}))


def line(**values: Any) -> ServiceLine:
    return changed(item=[item(**values)]).lines[0]


def ordered(**order: Any) -> ServiceLine:
    """The line of an item without quantity that refers to this ServiceRequest."""
    request = {"resourceType": "ServiceRequest", "id": "sr", "status": "active", "intent": "order", **order}
    asking = claim()
    asking["item"][0]["extension"].append(
        ext("extension-requestedService", valueReference=ref("ServiceRequest/sr"))
    )
    del asking["item"][0]["quantity"]
    return read(bundle(request, of=asking)).lines[0]


def repeat(**values: Any) -> Json:
    return {"occurrenceTiming": {"repeat": values}}


def test_a_complete_request_is_read_whole() -> None:
    request = read(bundle())
    assert request.bundle_identifier == ExternalId("urn:sub", "B1")
    assert request.trace_numbers == (ExternalId("urn:trace", "E1"),)
    assert request.created == datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=-6)))
    assert (request.requester.npi, request.requester.name, request.requester.state) == (
        CLINIC_NPI,
        "North Clinic",
        "TX",
    )
    assert request.requester.path == "Bundle.entry[1].resource"
    assert (request.insurer.name, request.insurer.npi, request.insurer.resolved) == (
        "Example Health Plan",
        None,
        True,
    )
    assert request.diagnoses == ("M5450",)
    assert request.service_start == date(2026, 3, 2)
    assert request.findings == ()
    (only,) = request.lines
    assert (only.sequence, only.service.kind, only.service.code) == (1, CodeKind.PROCEDURE, "97110")
    assert (only.modifiers, only.service_type, only.place_of_service) == (("GP",), "PT", "11")
    assert (only.quantity, only.unit) == (Decimal(12), QuantityUnit.VISITS)
    assert only.period == Span(date(2026, 3, 2), date(2026, 4, 24))
    assert only.diagnoses == ("M5450",)
    assert only.trace_numbers == (ExternalId("urn:t", "T1"),)
    assert only.path == "Bundle.entry[0].resource.item[0]"
    assert not only.cancelled


def test_the_member_is_read_with_all_identifiers() -> None:
    patient = read(bundle()).patient
    assert patient.member_id == "MEM1"  # the coverage's: the patient's own have no type MB
    assert patient.identifiers == (ExternalId("urn:ehr", "REC9"), ExternalId("urn:min", "PAT1"))
    assert (patient.family, patient.given, patient.gender) == ("Rivera", ("Ana",), "female")
    assert (patient.birth_date, patient.language) == (date(1980, 5, 6), "es")
    assert (patient.state, patient.postal_code) == ("TX", "75001")


def test_the_coverage_is_read() -> None:
    request = read(bundle())
    sent = request.coverage
    assert (sent.member_id, sent.subscriber_id) == ("MEM1", "SUB1")
    assert (sent.plan_code, sent.group_code) == ("SANDBOX-COM", "G7")
    assert sent.period == Span(date(2026, 1, 1), None)
    assert (sent.relationship, sent.payer_name, sent.active) == ("self", "Example Health Plan", True)
    assert request.subscriber is not None
    assert request.subscriber.family == "Rivera"


@pytest.mark.parametrize(
    ("patient", "coverage", "expected"),
    [
        ([{"type": concept(IDENTIFIER_TYPE, "MB"), "value": "P"}], {}, "P"),
        ([{"value": "P"}], {}, "MEM1"),
        ([{"value": "P"}], {"identifier": []}, "SUB1"),
        ([{"value": "P"}], {"identifier": [], "subscriberId": None}, "P"),
        (
            [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "P"}],
            {"identifier": [], "subscriberId": ""},
            None,
        ),
        (
            [{"type": concept(IDENTIFIER_TYPE, "MR"), "value": "P"}],
            {"identifier": [], "subscriberId": ""},
            None,
        ),
    ],
)
def test_the_member_id_comes_from_the_most_specific_place(
    patient: list[Json], coverage: Json, expected: str | None
) -> None:
    whole = bundle()
    whole["entry"][4]["resource"]["identifier"] = patient
    whole["entry"][3]["resource"].update(coverage)
    assert read(whole).patient.member_id == expected


@pytest.mark.parametrize(
    ("relationship", "expected"),
    [
        (concept(X12 + "1069", "19"), "child"),
        (concept(X12 + "1069", "01"), "spouse"),
        (concept(X12 + "1069", "G8"), "other"),
        (concept("http://terminology.hl7.org/CodeSystem/subscriber-relationship", "parent"), "parent"),
        (concept("urn:other", "child"), None),
    ],
)
def test_the_relationship_is_read_from_either_code_system(relationship: Json, expected: str | None) -> None:
    whole = bundle()
    whole["entry"][3]["resource"]["relationship"] = relationship
    assert read(whole).coverage.relationship == expected


def test_the_focal_insurance_counts() -> None:
    other = {"resourceType": "Coverage", "id": "old", "status": "cancelled", "subscriberId": "OLD"}
    insurances = [
        {"sequence": 1, "focal": False, "coverage": ref("Coverage/old")},
        {"sequence": 2, "focal": True, "coverage": ref("Coverage/cov")},
    ]
    sent = read(bundle(other, of={**claim(), "insurance": insurances})).coverage
    assert (sent.subscriber_id, sent.others) == ("SUB1", 0)
    insurances[0]["focal"], insurances[1]["focal"] = True, False
    sent = read(bundle(other, of={**claim(), "insurance": insurances})).coverage
    assert (sent.subscriber_id, sent.active, sent.others) == ("OLD", False, 1)


def test_the_rendering_provider_is_a_person_with_the_roles_specialty() -> None:
    request = read(bundle())
    rendering = request.lines[0].rendering
    assert rendering is not None
    assert (rendering.npi, rendering.name, rendering.is_person) == (THERAPIST_NPI, "Ben Okafor", True)
    assert rendering.taxonomies == ("2251X0800X",)
    assert ExternalId(NPI, CLINIC_NPI) in rendering.identifiers
    assert (rendering.state, rendering.path) == ("TX", "Bundle.entry[6].resource")
    assert request.providers == (rendering,)


def test_a_role_without_practitioner_npi_uses_the_organizations() -> None:
    whole = bundle()
    whole["entry"][6]["resource"]["identifier"] = []
    rendering = read(whole).lines[0].rendering
    assert rendering is not None
    assert rendering.npi == CLINIC_NPI


def test_a_dangling_care_team_member_is_not_resolved() -> None:
    whole = bundle()
    whole["entry"][5]["resource"].update(practitioner=ref("Practitioner/x"), organization=None)
    request = read(whole)
    assert request.lines[0].rendering is not None
    assert not request.lines[0].rendering.resolved
    assert request.findings == (
        "Bundle.entry[5].resource.practitioner: leads to no Practitioner in the Bundle",
    )


def team(*members: tuple[int, bool, str, str]) -> list[Json]:
    return [
        {
            "extension": [ext("extension-careTeamClaimScope", valueBoolean=scope)],
            "sequence": sequence,
            "provider": {"display": name},
            "role": concept(X12 + "98", role),
        }
        for sequence, scope, name, role in members
    ]


@pytest.mark.parametrize(
    ("pointers", "expected"),
    [
        ([2], "item"),
        ([1, 2], "item"),  # a member for single items is meant more than one for all
        ([1], "all"),
        ([], "all"),
        ([9], "all"),
        ([3], "all"),  # the ordering provider renders nothing
    ],
)
def test_who_renders_a_line(pointers: list[int], expected: str) -> None:
    members = team((1, True, "all", "SJ"), (2, False, "item", "SJ"), (3, False, "orders", "DK"))
    request = changed(careTeam=members, item=[item(careTeamSequence=pointers)])
    assert request.lines[0].rendering is not None
    assert request.lines[0].rendering.name == expected


def test_a_member_for_other_items_does_not_render_a_line() -> None:
    request = changed(careTeam=team((1, False, "other", "SJ")), item=[item(careTeamSequence=[])])
    assert request.lines[0].rendering is None
    assert request.providers == ()


@pytest.mark.parametrize(
    ("codings", "kind", "code"),
    [
        ([(CPT, "97530")], CodeKind.PROCEDURE, "97530"),
        ([("urn:local", "x"), (HCPCS, "s9131")], CodeKind.PROCEDURE, "S9131"),
        ([(X12_SERVICE_TYPE, "PT")], CodeKind.SERVICE_TYPE, "PT"),
        ([("http://hl7.org/fhir/sid/ndc", "0001")], CodeKind.OTHER, "0001"),
        ([(DATA_ABSENT, "not-applicable")], CodeKind.NONE, None),
        ([], CodeKind.NONE, None),
    ],
)
def test_the_service_is_read_by_code_set(
    codings: list[tuple[str, str]], kind: CodeKind, code: str | None
) -> None:
    coded = {"coding": [{"system": s, "code": c} for s, c in codings]}
    service = line(productOrService=coded).service
    assert (service.kind, service.code) == (kind, code)


@pytest.mark.parametrize(
    ("quantity", "value", "unit"),
    [
        ({"value": 8, "unit": "visit(s)"}, 8, QuantityUnit.VISITS),
        ({"value": 8, "unit": "Visits"}, 8, QuantityUnit.VISITS),
        (
            {"value": 8, "unit": "visit", "system": "http://unitsofmeasure.org", "code": "1"},
            8,
            QuantityUnit.VISITS,
        ),
        ({"value": 8, "system": "http://unitsofmeasure.org", "code": "{visit}"}, 8, QuantityUnit.VISITS),
        ({"value": 32, "system": X12 + "673", "code": "UN"}, 32, QuantityUnit.UNITS),
        ({"value": 32, "unit": "unit(s)"}, 32, QuantityUnit.UNITS),
        ({"value": 5, "system": X12 + "673", "code": "DY"}, 5, QuantityUnit.OTHER),
        ({"value": Decimal("2.5")}, Decimal("2.5"), None),
        ({"value": 0, "unit": "visit"}, None, None),
        ({"value": -1}, None, None),
        ({"value": True}, None, None),
        ("twelve", None, None),
    ],
)
def test_quantity_and_unit(quantity: Any, value: Any, unit: QuantityUnit | None) -> None:
    read_line = line(quantity=quantity)
    assert (read_line.quantity, read_line.unit) == (value, unit)


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        (repeat(frequency=2, period=1, periodUnit="wk"), Frequency(Decimal(2))),
        (repeat(frequency=1, frequencyMax=3, period=1, periodUnit="wk"), Frequency(Decimal(3))),
        (repeat(frequency=1, period=1, periodUnit="d"), Frequency(Decimal(7))),
        (repeat(frequency=1, period=2, periodUnit="wk"), Frequency(Decimal("0.5"))),
        (repeat(frequency=4, period=1, periodUnit="mo"), Frequency(Decimal("0.92"))),
        (
            repeat(frequency=2, period=1, periodUnit="wk", boundsDuration={"value": 6, "code": "wk"}),
            Frequency(Decimal(2), Decimal(6)),
        ),
        (
            repeat(
                frequency=2,
                period=1,
                periodUnit="wk",
                boundsPeriod={"start": "2026-03-02", "end": "2026-03-29"},
            ),
            Frequency(Decimal(2), Decimal(4)),
        ),
        (repeat(count=12, boundsDuration={"value": 42, "unit": "days"}), Frequency(Decimal(2), Decimal(6))),
        (repeat(frequency=2, period=0, periodUnit="wk"), None),
        (repeat(frequency=2, period=1, periodUnit="parsec"), None),
        ({}, None),
    ],
)
def test_frequency_of_the_requested_service(timing: Json, expected: Frequency | None) -> None:
    assert ordered(**timing).frequency == expected


def test_a_missing_quantity_comes_from_the_requested_service() -> None:
    by_quantity = ordered(quantityQuantity={"value": 10, "unit": "visits"}, **repeat(count=9))
    assert (by_quantity.quantity, by_quantity.unit) == (10, QuantityUnit.VISITS)
    by_count = ordered(**repeat(count=9))
    assert (by_count.quantity, by_count.unit) == (9, QuantityUnit.VISITS)


def test_the_items_own_quantity_wins_over_the_requested_services() -> None:
    asking = claim()
    asking["item"][0]["extension"].append(
        ext("extension-requestedService", valueReference=ref("ServiceRequest/sr"))
    )
    order = {"resourceType": "ServiceRequest", "id": "sr", "quantityQuantity": {"value": 99}}
    assert read(bundle(order, of=asking)).lines[0].quantity == 12


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("I", ReviewType.INITIAL),
        ("R", ReviewType.RENEWAL),
        ("S", ReviewType.REVISED),
        ("1", ReviewType.APPEAL),
        ("2", ReviewType.APPEAL),
        ("?", ReviewType.INITIAL),
    ],
)
def test_certification_type_of_line_and_request(code: str, expected: ReviewType) -> None:
    request = changed(item=[item(extension=[certification(code)])])
    assert (request.lines[0].review_type, request.review_type) == (expected, expected)
    assert not request.lines[0].cancelled


def test_the_nested_short_names_and_full_urls_of_extensions_are_both_read() -> None:
    short = {
        "url": "extension-certificationType",
        "valueCodeableConcept": concept(X12_CERTIFICATION_TYPE, "R"),
    }
    assert line(extension=[short]).review_type is ReviewType.RENEWAL


@pytest.mark.parametrize("more", [{"modifierExtension": [cancelled()]}, {"extension": [certification("3")]}])
def test_an_item_is_cancelled_by_flag_or_certification_type(more: Json) -> None:
    request = changed(item=[item(1), item(2, **more)])
    assert [x.cancelled for x in request.lines] == [False, True]
    assert request.review_type is ReviewType.INITIAL


def test_an_item_flagged_not_cancelled_stays() -> None:
    assert not line(modifierExtension=[cancelled(False)]).cancelled


def test_a_whole_request_is_cancelled_at_the_claim() -> None:
    request = changed(extension=[certification("3")], item=[item(1), item(2)])
    assert request.review_type is ReviewType.CANCEL
    assert all(x.cancelled and x.review_type is ReviewType.CANCEL for x in request.lines)


def test_an_update_names_its_predecessor() -> None:
    asking = {**claim(), "id": "c2", "related": [{"claim": ref("Claim/c1")}]}
    asking["identifier"] = [{"system": "urn:trace", "value": "E2"}]
    request = read(bundle(claim(), of=asking))
    assert request.related_claim == ExternalId("urn:trace", "E1")
    assert request.trace_numbers == (ExternalId("urn:trace", "E2"),)
    assert request.review_type is ReviewType.REVISED


def test_a_predecessor_may_be_named_by_identifier_alone() -> None:
    request = changed(related=[{"claim": {"identifier": {"system": "urn:trace", "value": "E0"}}}])
    assert request.related_claim == ExternalId("urn:trace", "E0")


def test_an_unknown_predecessor_is_remarked() -> None:
    request = changed(related=[{"claim": ref("Claim/gone")}])
    assert request.related_claim is None
    assert len(request.findings) == 1


@pytest.mark.parametrize(
    ("level", "priority", "expected"),
    [
        ("U", "normal", LevelOfService.EXPEDITED),
        ("03", "normal", LevelOfService.EXPEDITED),
        ("E", "normal", LevelOfService.STANDARD),  # elective
        (None, "stat", LevelOfService.EXPEDITED),
        (None, "normal", LevelOfService.STANDARD),
    ],
)
def test_level_of_service(level: str | None, priority: str, expected: LevelOfService) -> None:
    extension = [
        ext("extension-levelOfServiceCode", valueCodeableConcept=concept(X12_LEVEL_OF_SERVICE, level))
    ]
    request = changed(
        extension=extension if level else [],
        priority=concept("http://terminology.hl7.org/CodeSystem/processpriority", priority),
    )
    assert request.level_of_service is expected


def info(sequence: int, kind: str, **more: Any) -> Json:
    return {"sequence": sequence, "category": concept(TEMP_CODES, kind), **more}


ADMITTED = info(1, "admissionDates", timingDate="2026-03-03")
DISCHARGED = info(2, "dischargeDates", timingDate="2026-03-09")
EVENT = info(3, "patientEvent", timingPeriod={"start": "2026-03-02", "end": "2026-03-10"})


@pytest.mark.parametrize(
    ("infos", "expected"),
    [
        ([ADMITTED, DISCHARGED, EVENT], (2, 10)),
        ([ADMITTED, DISCHARGED], (3, 9)),
        ([ADMITTED], (3, 3)),
        ([{**EVENT, "modifierExtension": [cancelled()]}], (20, 25)),
        ([], (20, 25)),
    ],
)
def test_event_dates(infos: list[Json], expected: tuple[int, int]) -> None:
    request = changed(supportingInfo=infos, billablePeriod={"start": "2026-03-20", "end": "2026-03-25"})
    assert request.event_period == Span(date(2026, 3, expected[0]), date(2026, 3, expected[1]))


def test_the_encounter_gives_event_dates_when_nothing_else_does() -> None:
    encounter = {"resourceType": "Encounter", "id": "e", "period": {"start": "2026-03-05"}}
    asking = {**claim(), "extension": [ext(CLAIM_ENCOUNTER, valueReference=ref("Encounter/e"))]}
    assert read(bundle(encounter, of=asking)).event_period == Span(date(2026, 3, 5), None)


def test_dates_are_those_of_their_own_offset() -> None:
    period = {"start": "2026-03-01T23:30:00-06:00", "end": "2026-03-02T00:30:00+14:00"}
    assert line(servicedPeriod=period).period == Span(date(2026, 3, 1), date(2026, 3, 2))


def test_partial_dates_are_unknown() -> None:
    only = {**item(), "servicedDate": "2026-03"}
    del only["servicedPeriod"]
    assert changed(item=[only]).lines[0].period is None


def test_a_bare_created_day_is_midnight_utc() -> None:
    assert changed(created="2026-03-01").created == datetime(2026, 3, 1, tzinfo=UTC)


def test_item_extensions_are_read() -> None:
    only = line(
        extension=[
            ext("extension-authorizationNumber", valueString="A1"),
            ext("extension-administrationReferenceNumber", valueString="R1"),
            ext("extension-productOrServiceCodeEnd", valueCodeableConcept=concept(CPT, "97112")),
            ext("extension-epsdtIndicator", valueBoolean=True),
        ],
        revenue=concept("https://www.nubc.org/CodeSystem/RevenueCodes", "0420"),
    )
    assert (only.authorization_number, only.administrative_reference_number) == ("A1", "R1")
    assert only.service_end is not None
    assert (only.service_end.code, only.epsdt, only.revenue_code) == ("97112", True, "0420")


def test_numbers_at_the_claim_hold_for_all_lines() -> None:
    request = changed(extension=[ext("extension-authorizationNumber", valueString="A9")])
    assert request.lines[0].authorization_number == "A9"


def test_sender_messages_and_accident_are_read() -> None:
    parts = [
        {"url": "applicationSenderCode", "valueString": "APP"},
        {"url": "interchangeSenderID", "valueString": "ISA06"},
    ]
    request = changed(
        extension=[ext("extension-TransmissionIdentifiers", extension=parts)],
        supportingInfo=[info(1, "freeFormMessage", valueString="please call")],
        accident={"date": "2026-02-01"},
    )
    assert (request.sender_id, request.messages, request.accident) == ("ISA06", ("please call",), True)


def test_diagnoses_by_condition_are_read() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "d",
        "code": concept("http://hl7.org/fhir/sid/icd-10-cm", "m25.561"),
    }
    asking = {**claim(), "diagnosis": [{"sequence": 1, "diagnosisReference": ref("Condition/d")}]}
    request = read(bundle(condition, of=asking))
    assert (request.diagnoses, request.lines[0].diagnoses) == (("M25561",), ("M25561",))


def test_an_item_without_sequence_is_left_out_with_a_remark() -> None:
    request = changed(item=[item(), {**item(), "sequence": "2"}])
    assert [x.sequence for x in request.lines] == [1]
    assert request.findings == (
        "Bundle.entry[0].resource.item[1].sequence: not a positive integer; the item was not read",
    )


def test_findings_tell_no_value_of_the_sender() -> None:
    secret = "RIVERA-1980"
    request = changed(
        patient=ref(f"Patient/{secret}"),
        item=[item(quantity={"value": secret}, extension=[certification(secret)])],
        diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": {"text": secret}}],
    )
    assert len(request.findings) >= 3
    assert secret not in " ".join(request.findings)


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("Organization/clinic", CLINIC_NPI),
        ("PractitionerRole/role", THERAPIST_NPI),
        ("Organization/payer", "Example Health Plan"),
        ("Organization/none", ""),
    ],
)
def test_the_sender_is_known_by_the_requestor(provider: str, expected: str) -> None:
    assert sender_of(changed(provider=ref(provider))) == expected


def test_the_sender_is_known_by_an_identifier_without_npi() -> None:
    named = {"identifier": {"system": "urn:tin", "value": "12"}}
    assert sender_of(changed(provider=named)) == "urn:tin|12"
