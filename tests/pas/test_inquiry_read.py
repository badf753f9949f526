"""Reading an inquiry bundle."""

from datetime import date
from typing import Any

from fhirpa.pas.codes import DATA_ABSENT, IDENTIFIER_TYPE, SD, X12_REVIEW_ACTION
from fhirpa.pas.inquiry_read import read_inquiry
from fhirpa.pas.versions import V201, V221
from fhirpa.um.inquiry import Inquiry
from fhirpa.um.request import ExternalId, Span
from tests.pas.request_builder import (
    CLINIC_NPI,
    THERAPIST_NPI,
    Json,
    bundle,
    claim,
    concept,
    ext,
    graph,
    item,
)


def read(of: Json) -> Inquiry:
    inquiry = read_inquiry(graph(of), V221)
    assert read_inquiry(graph(of), V201) == inquiry
    return inquiry


def changed(**values: Any) -> Inquiry:
    return read(bundle(of={**claim(), **values}))


def test_who_asks_about_whom() -> None:
    inquiry = read(bundle())
    assert inquiry.member_ids == ("MEM1", "PAT1", "SUB1")  # never the record number
    assert inquiry.provider_npis == (CLINIC_NPI, THERAPIST_NPI)
    assert (inquiry.patient_family, inquiry.patient_birth_date) == ("Rivera", date(1980, 5, 6))


def test_a_patients_member_number_comes_first() -> None:
    whole = bundle()
    whole["entry"][4]["resource"]["identifier"] = [
        {"value": "A"},
        {"type": concept(IDENTIFIER_TYPE, "MB"), "value": "B"},
    ]
    assert read(whole).member_ids == ("B", "MEM1", "A", "SUB1")


def test_the_claims_identifier_is_no_search_key() -> None:
    assert ExternalId("urn:trace", "E1") not in read(bundle()).trace_numbers


def test_numbers_of_claim_and_items_are_search_keys() -> None:
    numbers = [
        ext("extension-authorizationNumber", valueString="A1"),
        ext("extension-administrationReferenceNumber", valueString="R1"),
    ]
    more = [ext("extension-authorizationNumber", valueString="A2")]
    inquiry = changed(extension=numbers, item=[item(1, extension=more), item(2)])
    assert inquiry.authorization_numbers == ("A1", "A2")
    assert inquiry.administrative_reference_numbers == ("R1",)
    assert inquiry.trace_numbers == (ExternalId("urn:t", "T2"),)


def test_not_applicable_means_any_service() -> None:
    anything = concept(DATA_ABSENT, "not-applicable")
    assert changed(item=[item(productOrService=anything)]).service_codes == ()
    assert changed(item=[item(code="97110"), item(2, code="97140")]).service_codes == ("97110", "97140")


def test_review_action_is_read_plain_and_nested() -> None:
    code = ext("extension-reviewActionCode", valueCodeableConcept=concept(X12_REVIEW_ACTION, "A4"))
    assert changed(item=[item(extension=[code])]).review_action_codes == ("A4",)
    nested = ext("extension-reviewAction", extension=[code])
    assert changed(item=[item(extension=[nested])]).review_action_codes == ("A4",)


def test_certification_dates_are_days_or_periods() -> None:
    first = [
        ext("extension-itemCertificationIssueDate", valueDate="2026-03-01"),
        ext("extension-itemCertificationEffectiveDate", valuePeriod={"start": "2026-03-02"}),
    ]
    second = [{"url": SD + "extension-itemCertificationIssueDate", "valueDate": "2026-03-09"}]
    inquiry = changed(item=[item(1, extension=first), item(2, extension=second)])
    assert inquiry.issued == Span(date(2026, 3, 1), date(2026, 3, 9))
    assert inquiry.effective == Span(date(2026, 3, 2), None)
    assert inquiry.expires is None


def test_billable_period_and_diagnoses_narrow() -> None:
    inquiry = changed(billablePeriod={"start": "2026-01-01", "end": "2026-12-31"})
    assert inquiry.service_period == Span(date(2026, 1, 1), date(2026, 12, 31))
    assert inquiry.diagnoses == ("M5450",)
