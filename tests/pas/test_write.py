"""The response Bundle of a case: every result, both versions."""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fhirpa.pas.versions import V201, V221, PasVersion
from fhirpa.pas.write import write_response
from fhirpa.um.case import Case
from fhirpa.um.terms import LineState, QuantityUnit, ReviewKind
from tests.pas.case_builder import (
    CHICAGO,
    EVALUATION,
    NOW,
    PAYER_URL,
    PLAN_OF_CARE,
    QUESTIONS,
    REASONS,
    TEXTS,
    action_of,
    case_of,
    ids,
    in_state,
    notes_of,
    number_of,
    pas_extensions,
    resources,
    response_of,
    sent,
    with_notes,
)
from tests.pas.request_builder import BASE, concept, ext, graph, item
from tests.pas.response_checker import problems, resolved

Json = dict[str, Any]
BOTH = pytest.mark.parametrize("version", [V201, V221], ids=lambda v: v.label)


def written(case: Case, body: Json | None, version: PasVersion) -> Json:
    return write_response(
        case,
        graph(body) if body else None,
        version,
        now=NOW,
        new_id=ids(),
        reason_codes=REASONS,
        texts=TEXTS,
        payer_url=PAYER_URL,
        zone=CHICAGO,
    )


@BOTH
@pytest.mark.parametrize("block", [False, True])
@pytest.mark.parametrize("state", list(LineState))
def test_every_state_gives_a_sound_response(state: LineState, block: bool, version: PasVersion) -> None:
    body = sent(item(3), item(1))
    information = (PLAN_OF_CARE, QUESTIONS) if state.is_pended else ()
    case = case_of(body, in_state(state, block=block, information=information))
    response = written(case, body, version)
    assert problems(response, version.label) == []
    assert [i["itemSequence"] for i in response_of(response)["item"]] == [3, 1]


@BOTH
def test_a_certified_line_carries_number_period_issue_date_and_quantity(version: PasVersion) -> None:
    body = sent()
    response = response_of(written(case_of(body, in_state(LineState.CERTIFIED)), body, version))
    (line,) = response["item"]
    assert (action_of(line), number_of(line)) == ("A1", "A0000000018")
    assert response["preAuthRef"] == "A0000000018"
    assert response["preAuthPeriod"] == {"start": "2026-03-02", "end": "2026-03-27"}
    (valid,) = pas_extensions(line, "extension-itemPreAuthPeriod")
    assert valid["valuePeriod"] == {"start": "2026-03-02", "end": "2026-03-27"}
    (issued,) = pas_extensions(line, "extension-itemPreAuthIssueDate")
    assert issued["valueDate"] == "2026-03-02"
    (trace,) = pas_extensions(line, "extension-itemTraceNumber")
    assert trace["valueIdentifier"] == {"system": "urn:t", "value": "T1"}
    assert not pas_extensions(line, "extension-administrationReferenceNumber")
    assert "addItem" not in response
    assert notes_of(response, line) == [
        "Certified: 6 visits from 2026-03-02 through 2026-03-27. Authorization number A0000000018."
    ]


@BOTH
def test_the_header_echoes_what_the_claim_said(version: PasVersion) -> None:
    body = sent()
    bundle = written(case_of(body, in_state(LineState.CERTIFIED)), body, version)
    response = response_of(bundle)
    assert bundle["identifier"] == {"system": "urn:sub", "value": "B1"}
    assert response["identifier"] == [{"system": "urn:trace", "value": "E1"}]
    assert response["type"]["coding"][0]["code"] == "professional"
    assert response["request"]["reference"] == BASE + "Claim/c1"
    assert response["patient"] == {"reference": BASE + "Patient/p1"}
    assert response["created"] == "2026-03-02T16:30:00.000+00:00"
    assert response["outcome"] == "complete"


@BOTH
def test_a_pended_line_has_a_reference_number_but_no_authorization_number(version: PasVersion) -> None:
    body = sent()
    case = case_of(body, in_state(LineState.PENDED_CLINICAL, reasons=("benefit", "unknown")))
    response = response_of(written(case, body, version))
    (line,) = response["item"]
    assert (action_of(line), number_of(line)) == ("A4", None)
    (reference,) = pas_extensions(line, "extension-administrationReferenceNumber")
    assert reference["valueString"] == "R0000000021"
    assert "preAuthRef" not in response
    (review,) = pas_extensions(line["adjudication"][0], "extension-reviewAction")
    reasons = [p["valueCodeableConcept"] for p in review["extension"] if p["url"] == "reasonCode"]
    assert reasons == [concept("https://codesystem.x12.org/external/886", "22")]


@pytest.mark.parametrize(
    ("state", "who"),
    [
        (LineState.PENDED_INFORMATION, "waits for information from the provider"),
        (LineState.PENDED_CLINICAL, "is in clinical review"),
        (LineState.PENDED_DIRECTOR, "is in review by a medical director"),
    ],
)
def test_a_pended_line_says_who_has_it_and_by_when_in_local_time(state: LineState, who: str) -> None:
    body = sent()
    response = response_of(written(case_of(body, in_state(state)), body, V221))
    (note,) = notes_of(response, response["item"][0])
    assert note == f"This service {who}. A decision is due by 2026-03-05 17:00 CST."


def test_a_block_stands_in_add_item_in_2_2_1_and_the_line_stays_open() -> None:
    body = sent(item(7))
    case = case_of(body, in_state(LineState.PENDED_INFORMATION, block=True, information=(PLAN_OF_CARE,)))
    response = response_of(written(case, body, V221))
    (line,), (added,) = response["item"], response["addItem"]
    assert (action_of(line), number_of(line)) == ("A4", None)
    assert not pas_extensions(line, "extension-itemPreAuthPeriod")
    assert _detail(line)["quantity"] == {**VISITS, "value": Decimal(12)}  # what was requested
    assert (action_of(added), number_of(added)) == ("A1", "A0000000018")
    assert added["itemSequence"] == [7]
    assert added["quantity"] == {**VISITS, "value": Decimal(6)}
    assert added["servicedPeriod"] == {"start": "2026-03-02", "end": "2026-03-27"}
    assert added["productOrService"]["coding"][0]["code"] == "97110"
    assert added["modifier"][0]["coding"][0]["code"] == "GP"
    assert added["provider"] == [{"reference": BASE + "Practitioner/pt"}]
    assert response["disposition"].startswith("Certified in part")


def test_a_block_stands_on_the_line_in_2_0_1() -> None:
    body = sent()
    case = case_of(body, in_state(LineState.PENDED_CLINICAL, block=True))
    response = response_of(written(case, body, V201))
    (line,) = response["item"]
    assert (action_of(line), number_of(line)) == ("A4", "A0000000018")
    assert _detail(line)["quantity"] == {**VISITS, "value": Decimal(6)}  # what is authorized
    assert pas_extensions(line, "extension-itemPreAuthPeriod")


@BOTH
def test_a_modified_line_is_a6_with_the_number(version: PasVersion) -> None:
    body = sent()
    response = response_of(written(case_of(body, in_state(LineState.MODIFIED)), body, version))
    (line,) = response["item"]
    assert (action_of(line), number_of(line)) == ("A6", "A0000000018")
    assert [action_of(a) for a in response.get("addItem", [])] == (["A1"] if version is V221 else [])
    expected = Decimal(12) if version is V221 else Decimal(6)
    assert _detail(line)["quantity"]["value"] == expected


def test_the_event_has_a_result_of_its_own_in_2_2_1_only() -> None:
    body = sent(item(1), item(2))
    case = case_of(body, in_state(LineState.CERTIFIED), in_state(LineState.DENIED_MEDICAL))
    (event,) = response_of(written(case, body, V221))["adjudication"]
    assert event["reason"]["coding"] == [{"system": "https://codesystem.x12.org/005010/306", "code": "A2"}]
    (review,) = pas_extensions(event, "extension-reviewAction")
    assert review["extension"] == [{"url": "number", "valueString": "A0000000018"}]
    assert "adjudication" not in response_of(written(case, body, V201))


@BOTH
def test_identical_notes_are_there_once_and_case_notes_last(version: PasVersion) -> None:
    body = sent(item(1), item(2))
    case = with_notes(
        case_of(body, in_state(LineState.CANCELLED, notes=("Benefit remark.",))), "For the whole case."
    )
    response = response_of(written(case, body, version))
    assert [n["text"] for n in response["processNote"]] == [
        "Cancelled.",
        "Benefit remark.",
        "For the whole case.",
    ]
    assert [i["noteNumber"] for i in response["item"]] == [[1, 2], [1, 2]]


@BOTH
def test_what_the_decision_says_of_a_service_without_authorization_stands_alone(version: PasVersion) -> None:
    body = sent(item(1), item(2))
    for state in (LineState.NOT_REQUIRED, LineState.CONTACT_PAYER):
        told = response_of(
            written(case_of(body, in_state(state, notes=("The plan says why.",))), body, version)
        )
        assert [n["text"] for n in told["processNote"]] == ["The plan says why."]
        silent = response_of(written(case_of(body, in_state(state)), body, version))
        assert len(silent["processNote"]) == 1


@BOTH
def test_a_benefit_question_is_not_told_as_a_clinical_one(version: PasVersion) -> None:
    body = sent(item(1), item(2))
    line = in_state(LineState.PENDED_CLINICAL, review=ReviewKind.ADMINISTRATIVE)
    (note,) = response_of(written(case_of(body, line), body, version))["processNote"]
    assert "benefit and coverage" in note["text"]
    assert "clinical" not in note["text"]


@BOTH
def test_each_missing_thing_is_asked_for_by_line(version: PasVersion) -> None:
    body = sent(item(1), item(2))
    both = (PLAN_OF_CARE, EVALUATION)
    case = case_of(
        body,
        in_state(LineState.PENDED_INFORMATION, information=both),
        in_state(LineState.PENDED_INFORMATION, information=(PLAN_OF_CARE,)),
    )
    bundle = written(case, body, version)
    asked = resources(bundle, "CommunicationRequest")
    assert [a["identifier"][0]["value"] for a in asked] == [
        "C0000000033-1-plan-of-care",
        "C0000000033-1-evaluation",
        "C0000000033-2-plan-of-care",
    ]
    contents = [a["payload"][0]["contentString"] for a in asked]
    texts = [a["note"][0]["text"] if version is V221 else None for a in asked]
    if version is V221:
        assert contents == ["18776-5", "28636-9", "18776-5"]
        assert texts[0] == "The signed plan of care"
    else:
        assert contents[0] == "The signed plan of care"
    references = [r["reference"] for r in response_of(bundle)["communicationRequest"]]
    urls = {e["fullUrl"]: e["resource"]["resourceType"] for e in bundle["entry"]}
    assert [urls[r] for r in references] == ["CommunicationRequest"] * 3
    assert asked[0]["sender"] == {"reference": BASE + "Organization/clinic"}
    assert asked[0]["requester"] == {"reference": BASE + "Organization/payer"}


@BOTH
def test_a_task_holds_the_address_the_codes_and_the_time(version: PasVersion) -> None:
    body = sent(item(4))
    case = case_of(body, in_state(LineState.PENDED_INFORMATION, information=(PLAN_OF_CARE,)))
    (task,) = resources(written(case, body, version), "Task")
    address, document = task["input"]
    assert address["valueUrl"] == PAYER_URL
    assert document["valueCodeableConcept"]["coding"][0]["code"] == "18776-5"
    (line,) = document["extension"]
    assert line.get("valueInteger", line.get("valuePositiveInt")) == 4
    assert task["restriction"]["period"] == {"end": "2026-03-04T17:00:00.000-06:00"}
    assert task["owner"]["identifier"]["value"] == "1245319599"
    assert task["identifier"] == [{"system": "urn:trace", "value": "E1"}]


@BOTH
def test_documents_and_questions_are_two_tasks(version: PasVersion) -> None:
    body = sent()
    case = case_of(body, in_state(LineState.PENDED_INFORMATION, information=(PLAN_OF_CARE, QUESTIONS)))
    documents, questions = resources(written(case, body, version), "Task")
    assert documents["code"]["coding"][0]["code"] == "attachment-request-code"
    assert questions["code"]["coding"][0]["code"] == "attachment-request-questionnaire"
    context = questions["input"][1]
    if version is V221:
        assert context["valueString"] == "T1"
    else:
        assert context["valueIdentifier"] == {"system": "urn:t", "value": "T1"}


@BOTH
def test_information_of_a_closed_line_is_not_asked_for(version: PasVersion) -> None:
    body = sent()
    bundle = written(case_of(body, in_state(LineState.CERTIFIED, information=(PLAN_OF_CARE,))), body, version)
    assert not resources(bundle, "CommunicationRequest")
    assert not resources(bundle, "Task")


@BOTH
def test_echoed_resources_keep_full_url_and_identifiers_and_get_a_profile(version: PasVersion) -> None:
    body = sent()
    bundle = written(case_of(body, in_state(LineState.CERTIFIED)), body, version)
    before = {e["fullUrl"]: e["resource"] for e in body["entry"]}
    echoed = [e for e in bundle["entry"] if e["fullUrl"] in before]
    assert {e["fullUrl"].removeprefix(BASE) for e in echoed} == {
        "Patient/p1",
        "Organization/payer",
        "Organization/clinic",
        "Practitioner/pt",
    }
    for entry in echoed:
        plain = {k: v for k, v in entry["resource"].items() if k != "meta"}
        assert plain == before[entry["fullUrl"]]
    profiles = {e["fullUrl"]: e["resource"]["meta"]["profile"][0].rpartition("/")[2] for e in echoed}
    assert profiles[BASE + "Organization/payer"] == "profile-insurer"
    assert profiles[BASE + "Organization/clinic"] == "profile-requestor"


@BOTH
def test_a_requesting_role_brings_what_it_leads_to_and_its_relative_references_still_resolve(
    version: PasVersion,
) -> None:
    body = sent(provider={"reference": "PractitionerRole/role"})
    case = case_of(body, in_state(LineState.PENDED_INFORMATION, information=(PLAN_OF_CARE,)))
    bundle = written(case, body, version)
    urls = [e["fullUrl"] for e in bundle["entry"]]
    (role,) = resources(bundle, "PractitionerRole")
    for name in ("practitioner", "organization"):
        assert urls.count(resolved(role[name]["reference"], BASE + "PractitionerRole/role")) == 1
    (asked,) = resources(bundle, "CommunicationRequest")
    assert asked["sender"] == {"reference": BASE + "Organization/clinic"}
    assert problems(bundle, version.label) == []


@BOTH
def test_a_provider_who_is_not_in_the_bundle_is_named_by_npi(version: PasVersion) -> None:
    body = sent()
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1679576722"}
    member = {"sequence": 1, "provider": {"identifier": npi, "display": "Ben Okafor"}}
    body["entry"][0]["resource"]["careTeam"] = [member]
    response = response_of(written(case_of(body, in_state(LineState.CERTIFIED)), body, version))
    (authorized,) = pas_extensions(response["item"][0], "extension-itemAuthorizedProvider")
    assert authorized["extension"][0]["valueReference"] == {"identifier": npi, "display": "Ben Okafor"}


@BOTH
def test_the_provider_type_is_the_sender_s_own_x12_code(version: PasVersion) -> None:
    body = sent()
    member = body["entry"][0]["resource"]["careTeam"][0]
    member["role"] = concept("https://codesystem.x12.org/005010/98", "SJ")
    response = response_of(written(case_of(body, in_state(LineState.CERTIFIED)), body, version))
    (authorized,) = pas_extensions(response["item"][0], "extension-itemAuthorizedProvider")
    kind = authorized["extension"][1]
    assert kind["valueCodeableConcept"] == member["role"]
    simple = version is V201
    assert kind["url"] == ("providerType" if simple else ext("extension-authorizedProviderType")["url"])


@BOTH
def test_previous_authorization_and_requested_day_are_echoed(version: PasVersion) -> None:
    asked = item(1, servicedDate="2026-03-09")
    del asked["servicedPeriod"]
    asked["extension"].append(ext("extension-authorizationNumber", valueString="OLD1"))
    body = sent(asked)
    (line,) = response_of(written(case_of(body, in_state(LineState.PENDED_CLINICAL)), body, version))["item"]
    assert pas_extensions(line, "extension-authorizationNumber")[0]["valueString"] == "OLD1"
    assert pas_extensions(line, "extension-itemRequestedServiceDate")[0]["valueDateTime"] == "2026-03-09"


def test_transmission_identifiers_are_echoed_in_2_2_1_only() -> None:
    parts = [
        {"url": "applicationSenderCode", "valueString": "S"},
        {"url": "applicationReceiverCode", "valueString": "R"},
    ]
    body = sent(extension=[ext("extension-TransmissionIdentifiers", extension=parts)])
    case = case_of(body, in_state(LineState.CERTIFIED))
    later, earlier = (response_of(written(case, body, v)) for v in (V221, V201))
    assert pas_extensions(later, "extension-TransmissionIdentifiers")[0]["extension"] == parts
    assert not pas_extensions(earlier, "extension-TransmissionIdentifiers")


def test_a_provider_of_the_whole_request_is_authorized_for_the_event_if_no_line_names_it() -> None:
    body = sent()
    case = case_of(body, in_state(LineState.CERTIFIED))
    assert not pas_extensions(response_of(written(case, body, V221)), "extension-itemAuthorizedProvider")
    team = body["entry"][0]["resource"]["careTeam"]
    scope = ext("extension-careTeamClaimScope", valueBoolean=True)
    team.append({"extension": [scope], "sequence": 2, "provider": {"reference": "Organization/clinic"}})
    bundle = written(case_of(body, in_state(LineState.CERTIFIED)), body, V221)
    (event,) = pas_extensions(response_of(bundle), "extension-itemAuthorizedProvider")
    assert event["extension"][0]["valueReference"] == {"reference": BASE + "Organization/clinic"}


@BOTH
def test_without_the_request_patient_and_organizations_are_made(version: PasVersion) -> None:
    case = case_of(sent(), in_state(LineState.PENDED_INFORMATION, information=(PLAN_OF_CARE, QUESTIONS)))
    bundle = written(case, None, version)
    assert problems(bundle, version.label) == []
    (patient,) = resources(bundle, "Patient")
    assert patient["name"] == [{"family": "Rivera", "given": ["Ana"]}]
    assert {o["name"] for o in resources(bundle, "Organization")} == {"North Clinic", "Example Health Plan"}
    assert response_of(bundle)["request"]["extension"][0]["valueCode"] == "unknown"
    assert response_of(bundle)["identifier"] == [{"system": "urn:trace", "value": "E1"}]


@BOTH
def test_items_come_in_the_order_in_which_they_were_submitted(version: PasVersion) -> None:
    body = sent(item(9), item(2), item(5))
    case = case_of(body, in_state(LineState.CERTIFIED))
    case = replace(case, lines=tuple(sorted(case.lines, key=lambda x: x.line.sequence)))
    assert [i["itemSequence"] for i in response_of(written(case, body, version))["item"]] == [9, 2, 5]


@BOTH
@pytest.mark.parametrize(
    ("quantity", "unit", "visits", "told", "on_wire"),
    [
        ("24", QuantityUnit.UNITS, "6", "24 units (6 visits) from", {"value": Decimal(24), "code": "UN"}),
        ("1", QuantityUnit.VISITS, "1", "1 visit from", {"value": Decimal(1), "code": "VS"}),
        (None, None, "8", "8 visits from", {"value": Decimal(8), "code": "VS"}),
        ("2.5", QuantityUnit.OTHER, None, "quantity 2.5 from", {"value": Decimal("2.5"), "unit": "visits"}),
    ],
)
def test_the_certified_amount_is_told_in_its_own_unit(
    version: PasVersion,
    quantity: str | None,
    unit: QuantityUnit | None,
    visits: str | None,
    told: str,
    on_wire: Json,
) -> None:
    body = sent(item(1, quantity={"value": 12, "unit": "visits"}))
    case = case_of(body, in_state(LineState.PENDED_CLINICAL, block=True))
    (line,) = case.lines
    assert line.authorization is not None
    certified = replace(
        line.authorization.certified,
        quantity=Decimal(quantity) if quantity else None,
        unit=unit,
        visits=Decimal(visits) if visits else None,
    )
    authorization = replace(line.authorization, certified=certified)
    case = replace(case, lines=(replace(line, authorization=authorization),))
    response = response_of(written(case, body, version))
    found = response["addItem"][0] if version is V221 else _detail(response["item"][0])
    assert found["quantity"].items() >= on_wire.items()
    assert told in notes_of(response, response["item"][0])[1]


@BOTH
def test_writing_changes_nothing_in_the_request(version: PasVersion) -> None:
    body = sent()
    before = deepcopy(body)
    case = case_of(body, in_state(LineState.PENDED_CLINICAL, block=True))
    sent_graph = graph(body)
    write_response(
        case, sent_graph, version, now=NOW, new_id=ids(), reason_codes={}, texts=TEXTS, payer_url=PAYER_URL
    )
    assert sent_graph.bundle == before


VISITS = {"unit": "visits", "system": "https://codesystem.x12.org/005010/673", "code": "VS"}


def _detail(line: Json) -> Json:
    """Parts of itemAuthorizedDetail by name."""
    (detail,) = pas_extensions(line, "extension-itemAuthorizedDetail")
    return {p["url"]: next(v for k, v in p.items() if k != "url") for p in detail["extension"]}
