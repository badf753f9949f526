"""The guide's 4xx rules: each key is found where it should be, and nothing else is."""

from collections.abc import Callable
from typing import Any

import fhirpathpy
import pytest

from fhirpa.fhir.outcome import Issue
from fhirpa.pas.checks import KEYS, check_inquiry, check_request
from fhirpa.pas.codes import SD, TEMP_CODES
from fhirpa.pas.versions import V201, V221, PasVersion
from tests.pas.request_builder import (
    Json,
    bundle,
    cancelled,
    certification,
    claim,
    concept,
    entry,
    ext,
    graph,
    item,
    ref,
    support,
)

BOTH = pytest.mark.parametrize("version", [V201, V221], ids=["2.0.1", "2.2.1"])
CLAIM = "Bundle.entry[0].resource"


def check(of: Json, version: PasVersion = V221) -> list[Issue]:
    return check_request(graph(of), version)


def found(issues: list[Issue]) -> set[tuple[str, str, str | None]]:
    return {(i.severity, i.key or "", i.expression) for i in issues}


def changed(**values: Any) -> Json:
    """A bundle whose Claim has these elements replaced (None: removed)."""
    asking = {**claim(), **values}
    return bundle(of={k: v for k, v in asking.items() if v is not None})


def changed_item(**values: Any) -> Json:
    return changed(item=[{k: v for k, v in item(**values).items() if v is not None}])


def without(name: str) -> Json:
    whole = bundle()
    del whole[name]
    return whole


def with_entry(index: int, **values: Any) -> Json:
    whole = bundle()
    changed_entry = {**whole["entry"][index], **values}
    whole["entry"][index] = {k: v for k, v in changed_entry.items() if v is not None}
    return whole


def update(**related: Any) -> Json:
    prior = concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
    asking = {
        **claim(),
        "id": "c2",
        "related": [{"claim": ref("Claim/c1"), "relationship": prior, **related}],
    }
    return bundle(claim(), of=asking)


def event(kind: str, **timing: Any) -> Json:
    return changed(supportingInfo=[{"sequence": 1, "category": concept(TEMP_CODES, kind), **timing}])


def resource_changed(index: int, **values: Any) -> Json:
    whole = bundle()
    whole["entry"][index]["resource"].update(values)
    return whole


CASES: dict[str, list[tuple[Callable[[], Json], str, str]]] = {
    "bundle-expected": [
        (claim, "error", "Bundle"),
        (lambda: {}, "error", "Bundle"),
        (lambda: {"resourceType": ["Bundle"]}, "error", "Bundle"),
    ],
    "too-many-entries": [
        (lambda: changed(item=[item(n) for n in range(1, 1001)]), "error", f"{CLAIM}.item"),
        (lambda: {**bundle(), "entry": bundle()["entry"] * 400}, "error", "Bundle.entry"),
        (
            lambda: changed(identifier=[{"value": str(n)} for n in range(1000)]),
            "error",
            f"{CLAIM}.identifier",
        ),
    ],
    "more-faults": [
        (lambda: changed(careTeam=[{} for _ in range(300)]), "information", "Bundle"),
    ],
    "bundle-type": [
        (lambda: {**bundle(), "type": "batch"}, "error", "Bundle.type"),
        (lambda: without("type"), "error", "Bundle.type"),
    ],
    "bundle-identifier-missing": [
        (lambda: without("identifier"), "error", "Bundle.identifier"),
        (lambda: {**bundle(), "identifier": {"system": "urn:s"}}, "error", "Bundle.identifier"),
    ],
    "bundle-timestamp-missing": [(lambda: without("timestamp"), "error", "Bundle.timestamp")],
    "bundle-empty": [
        (lambda: {**bundle(), "entry": []}, "error", "Bundle.entry"),
        (lambda: without("entry"), "error", "Bundle.entry"),
    ],
    "entry-resource-missing": [
        (lambda: with_entry(6, resource=None), "error", "Bundle.entry[6].resource"),
    ],
    "entry-not-plain": [
        (lambda: with_entry(1, request={"method": "POST"}), "warning", "Bundle.entry[1].request"),
    ],
    "full-url-missing": [(lambda: with_entry(1, fullUrl=None), "error", "Bundle.entry[1].fullUrl")],
    "full-url-form": [
        (lambda: with_entry(1, fullUrl="Organization/clinic"), "error", "Bundle.entry[1].fullUrl"),
        (lambda: with_entry(1, fullUrl="urn:uuid:1"), "error", "Bundle.entry[1].fullUrl"),
    ],
    "full-url-differs": [
        (lambda: resource_changed(1, id="other"), "warning", "Bundle.entry[1].fullUrl"),
    ],
    "full-url-duplicate": [
        (
            lambda: with_entry(2, fullUrl=bundle()["entry"][1]["fullUrl"]),
            "error",
            "Bundle.entry[2].fullUrl",
        ),
    ],
    "first-entry-not-claim": [
        (lambda: {**bundle(), "entry": bundle()["entry"][::-1]}, "error", CLAIM),
    ],
    "too-many-claims": [
        (
            lambda: bundle({**claim(), "id": "c2"}, {**claim(), "id": "c3"}),
            "error",
            "Bundle.entry[8].resource",
        ),
    ],
    "second-claim-unrelated": [
        (lambda: bundle({**claim(), "id": "c9"}), "error", "Bundle.entry[7].resource"),
    ],
    "implicit-rules": [
        (lambda: changed(implicitRules="urn:r"), "error", f"{CLAIM}.implicitRules"),
        (lambda: {**bundle(), "implicitRules": "urn:r"}, "error", "Bundle.implicitRules"),
    ],
    "modifier-extension-unknown": [
        (
            lambda: changed(modifierExtension=[{"url": "urn:x", "valueBoolean": True}]),
            "error",
            f"{CLAIM}.modifierExtension[0]",
        ),
        (
            lambda: changed_item(modifierExtension=[cancelled(False), {"url": "urn:x"}]),
            "error",
            f"{CLAIM}.item[0].modifierExtension[1]",
        ),
        (
            lambda: resource_changed(4, contact=[{"modifierExtension": [{"url": "urn:x"}]}]),
            "warning",
            "Bundle.entry[4].resource.contact[0].modifierExtension",
        ),
    ],
    "info-cancelled-not-boolean": [
        (
            lambda: changed_item(modifierExtension=[cancelled("yes")]),
            "error",
            f"{CLAIM}.item[0].modifierExtension[0].value",
        ),
    ],
    "cancelled-without-certification-type": [
        (lambda: changed_item(modifierExtension=[cancelled()]), "warning", f"{CLAIM}.item[0].extension"),
    ],
    "info-changed-code": [
        (
            lambda: changed_item(
                extension=[*item()["extension"], ext("extension-infoChanged", valueCode="gone")]
            ),
            "warning",
            f"{CLAIM}.item[0].extension",
        ),
    ],
    "claim-status": [(lambda: changed(status="draft"), "error", f"{CLAIM}.status")],
    "claim-use": [(lambda: changed(use="claim"), "error", f"{CLAIM}.use")],
    "claim-element-missing": [
        (lambda: changed(type=None), "error", f"{CLAIM}.type"),
        (lambda: changed(created=None), "error", f"{CLAIM}.created"),
        (lambda: changed(priority={}), "error", f"{CLAIM}.priority"),
    ],
    "claim-identifier-missing": [
        (lambda: changed(identifier=[]), "error", f"{CLAIM}.identifier"),
        (lambda: changed(identifier=[{"value": "1"}]), "error", f"{CLAIM}.identifier[0].system"),
    ],
    "claim-identifier-repeated": [
        (
            lambda: changed(identifier=[{"system": "urn:s", "value": str(i)} for i in range(3)]),
            "warning",
            f"{CLAIM}.identifier",
        ),
    ],
    "claim-patient-missing": [(lambda: changed(patient=None), "error", f"{CLAIM}.patient")],
    "claim-insurer-missing": [(lambda: changed(insurer=None), "error", f"{CLAIM}.insurer")],
    "claim-provider-missing": [(lambda: changed(provider=None), "error", f"{CLAIM}.provider")],
    "claim-insurance-missing": [(lambda: changed(insurance=None), "error", f"{CLAIM}.insurance")],
    "claim-item-missing": [(lambda: changed(item=None), "error", f"{CLAIM}.item")],
    "claim-related": [
        (lambda: update(relationship=None), "error", f"{CLAIM}.related[0].relationship"),
        (lambda: changed(related=[{}, {}]), "error", f"{CLAIM}.related"),
    ],
    "insurance-element-missing": [
        (
            lambda: changed(insurance=[{"sequence": 1, "focal": True}]),
            "error",
            f"{CLAIM}.insurance[0].coverage",
        ),
    ],
    "insurance-not-focal": [
        (
            lambda: changed(insurance=[{**claim()["insurance"][0], "focal": False}]),
            "error",
            f"{CLAIM}.insurance[0].focal",
        ),
        (
            lambda: changed(
                insurance=[
                    claim()["insurance"][0],
                    {**claim()["insurance"][0], "sequence": 2, "focal": False},
                ]
            ),
            "warning",
            f"{CLAIM}.insurance[1].focal",
        ),
    ],
    "item-element-missing": [
        (lambda: changed_item(productOrService=None), "error", f"{CLAIM}.item[0].productOrService"),
        (lambda: changed_item(category=None), "error", f"{CLAIM}.item[0].category"),
        (lambda: changed_item(locationCodeableConcept=None), "error", f"{CLAIM}.item[0].location"),
        (lambda: changed_item(quantity={"unit": "visit"}), "error", f"{CLAIM}.item[0].quantity.value"),
    ],
    "item-extension-missing": [
        (lambda: changed_item(extension=item()["extension"][:2]), "error", f"{CLAIM}.item[0].extension"),
    ],
    "quantity-without-unit": [
        (lambda: changed_item(quantity={"value": 1}), "warning", f"{CLAIM}.item[0].quantity"),
    ],
    "care-team-element-missing": [
        (
            lambda: changed(careTeam=[{"sequence": 1, "provider": ref("PractitionerRole/role")}]),
            "error",
            f"{CLAIM}.careTeam[0].extension",
        ),
    ],
    "supporting-info-element-missing": [
        (lambda: event("patientEvent"), "error", f"{CLAIM}.supportingInfo[0].timing"),
        (lambda: event("additionalInformation"), "error", f"{CLAIM}.supportingInfo[0].value"),
        (
            lambda: event("additionalInformation", valueReference=ref("Patient/p1")),
            "error",
            f"{CLAIM}.supportingInfo[0].extension",
        ),
        (lambda: event("freeFormMessage"), "error", f"{CLAIM}.supportingInfo[0].value"),
    ],
    "discharge-not-a-date": [
        (
            lambda: event("dischargeDates", timingPeriod={"start": "2026-03-01"}),
            "warning",
            f"{CLAIM}.supportingInfo[0].timing",
        ),
    ],
    "diagnosis-element-missing": [
        (lambda: changed(diagnosis=[{"sequence": 1}]), "error", f"{CLAIM}.diagnosis[0].diagnosis"),
    ],
    "sequence-duplicate": [
        (lambda: changed(item=[item(1), item(1)]), "error", f"{CLAIM}.item[1].sequence"),
        (
            lambda: changed(careTeam=claim()["careTeam"] * 2),
            "error",
            f"{CLAIM}.careTeam[1].sequence",
        ),
    ],
    "sequence-unknown": [
        (lambda: changed_item(diagnosisSequence=[1, 7]), "warning", f"{CLAIM}.item[0].diagnosisSequence[1]"),
        (
            lambda: changed_item(informationSequence=["x"]),
            "warning",
            f"{CLAIM}.item[0].informationSequence[0]",
        ),
    ],
    "date-invalid": [
        (lambda: changed(created="2026-02-30"), "error", f"{CLAIM}.created"),
        (lambda: changed(billablePeriod={"start": 2026}), "error", f"{CLAIM}.billablePeriod.start"),
    ],
    "date-partial": [
        (
            lambda: changed_item(servicedPeriod=None, servicedDate="2026-03"),
            "error",
            f"{CLAIM}.item[0].serviced",
        ),
        (lambda: changed(billablePeriod={"start": "2026"}), "warning", f"{CLAIM}.billablePeriod.start"),
    ],
    "date-with-time": [
        (
            lambda: changed_item(servicedPeriod={"start": "2026-03-01T10:00:00Z"}),
            "warning",
            f"{CLAIM}.item[0].serviced.start",
        ),
    ],
    "period-reversed": [
        (
            lambda: changed_item(servicedPeriod={"start": "2026-03-02", "end": "2026-03-01"}),
            "error",
            f"{CLAIM}.item[0].serviced",
        ),
    ],
    "reference-unresolved": [
        (lambda: changed(patient=ref("Patient/nobody")), "error", f"{CLAIM}.patient"),
        (lambda: changed(insurer={"display": "the payer"}), "error", f"{CLAIM}.insurer"),
        (
            lambda: changed(insurance=[{"sequence": 1, "focal": True, "coverage": ref("#none")}]),
            "error",
            f"{CLAIM}.insurance[0].coverage",
        ),
    ],
    "reference-ambiguous": [
        (
            lambda: {**bundle(), "entry": [*bundle()["entry"], bundle()["entry"][4]]},
            "error",
            f"{CLAIM}.patient",
        ),
    ],
    "reference-wrong-type": [
        (lambda: changed(provider=ref("Patient/p1")), "error", f"{CLAIM}.provider"),
        (lambda: changed(patient=ref("Organization/clinic")), "error", f"{CLAIM}.patient"),
    ],
    "reference-dangling": [
        (
            lambda: resource_changed(5, practitioner=ref("Practitioner/gone")),
            "warning",
            "Bundle.entry[5].resource.practitioner",
        ),
        (
            lambda: changed(supportingInfo=[support(1, "DocumentReference/gone")]),
            "warning",
            f"{CLAIM}.supportingInfo[0].value",
        ),
    ],
    "beneficiary-differs": [
        (
            lambda: {
                **(whole := resource_changed(3, beneficiary=ref("Patient/p2"))),
                "entry": [*whole["entry"], entry({"resourceType": "Patient", "id": "p2"})],
            },
            "warning",
            "Bundle.entry[3].resource.beneficiary",
        ),
    ],
}
ALL_CASES = [
    pytest.param(make, severity, key, at, id=f"{key}-{n}")
    for key, cases in CASES.items()
    for n, (make, severity, at) in enumerate(cases)
]


@BOTH
def test_a_complete_request_has_no_fault(version: PasVersion) -> None:
    assert check(bundle(), version) == []


@BOTH
def test_a_complete_request_is_a_complete_inquiry(version: PasVersion) -> None:
    assert check_inquiry(graph(bundle()), version) == []


@pytest.mark.parametrize(("make", "severity", "key", "at"), ALL_CASES)
def test_a_fault_is_reported_with_its_key_and_place(
    make: Callable[[], Json], severity: str, key: str, at: str
) -> None:
    assert (severity, key, at) in found(check(make()))


def test_every_key_has_a_case_and_every_case_a_key() -> None:
    assert set(CASES) == set(KEYS)


@pytest.mark.parametrize(("make", "severity", "key", "at"), ALL_CASES)
def test_every_issue_can_be_acted_on(make: Callable[[], Json], severity: str, key: str, at: str) -> None:
    for issue in check(make()):
        assert issue.key in KEYS
        assert issue.expression is not None
        fhirpathpy.compile(issue.expression)  # raises if it is no FHIRPath
        assert len(issue.text) > 40


def test_all_faults_are_reported_at_once() -> None:
    broken = changed(status="draft", use="claim", insurer=ref("Organization/none"), item=None)
    del broken["identifier"]
    keys = {i.key for i in check(broken) if i.is_error}
    assert keys == {
        "bundle-identifier-missing",
        "claim-status",
        "claim-use",
        "reference-unresolved",
        "claim-item-missing",
    }


def test_version_2_0_1_asks_less_of_items_and_claims() -> None:
    bare = changed_item(extension=None, locationCodeableConcept=None)
    bare["entry"][0]["resource"]["supportingInfo"] = [
        {k: v for k, v in support(1, "Patient/p1").items() if k != "extension"}
    ]
    bare["entry"][0]["resource"]["identifier"] = [{"value": "1"}]
    assert check(bare, V201) == []
    assert {i.key for i in check(bare, V221) if i.is_error} == {
        "item-element-missing",
        "item-extension-missing",
        "supporting-info-element-missing",
        "claim-identifier-missing",
    }


def test_an_update_may_bring_its_predecessor_in_2_2_1_only() -> None:
    assert check(update(), V221) == []
    assert {i.key for i in check(update(), V201)} == {"too-many-claims"}


def test_the_predecessor_of_a_predecessor_is_not_missed() -> None:
    chain = update()
    chain["entry"][-1]["resource"]["related"] = [{"claim": ref("Claim/c0")}]
    assert check(chain, V221) == []


def test_a_missing_predecessor_is_a_warning_in_2_2_1_and_normal_in_2_0_1() -> None:
    alone = update()
    alone["entry"].pop()
    assert [(i.severity, i.key) for i in check(alone, V221)] == [("warning", "reference-dangling")]
    assert check(alone, V201) == []


def test_a_cancellation_of_everything_needs_no_items() -> None:
    assert check(changed(item=None, extension=[certification("3")])) == []


def test_an_inquiry_without_items_is_never_refused() -> None:
    bare = graph(changed(item=None))
    assert check_inquiry(bare, V221) == []
    assert [(i.severity, i.key) for i in check_inquiry(bare, V201)] == [("warning", "claim-item-missing")]


def test_an_inquiry_item_needs_neither_category_nor_place() -> None:
    bare = graph(changed_item(category=None, locationCodeableConcept=None, extension=None))
    assert check_inquiry(bare, V221) == []


def test_a_wrong_profile_is_no_reason_to_refuse() -> None:
    assert check(changed(meta={"profile": [SD + "profile-claim-inquiry"]})) == []


@pytest.mark.parametrize(
    "full_url", ["urn:uuid:0a1b2c3d-0000-4000-8000-000000000001", "urn:oid:1.2.3", "http://h/Patient/p1"]
)
def test_fullurls_of_all_allowed_forms_pass(full_url: str) -> None:
    whole = changed(patient=ref(full_url))
    whole["entry"][4]["fullUrl"] = full_url
    whole["entry"][3]["resource"].update(subscriber=ref(full_url), beneficiary=ref(full_url))
    assert check(whole) == []


def test_texts_tell_no_value_of_the_sender() -> None:
    secret = "RIVERA-1980"
    broken = changed(
        status=secret,
        use=secret,
        created=secret,
        patient=ref(f"Patient/{secret}"),
        modifierExtension=[{"url": secret}],
    )
    broken["type"] = secret
    broken["entry"][1]["fullUrl"] = secret
    issues = check(broken)
    assert len(issues) >= 6
    assert all(secret not in i.text + (i.expression or "") for i in issues)
