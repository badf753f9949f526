"""Codes of licensed systems: their form is public, their membership is not."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.validation import Finding, Validator, load_set
from fhirpa.validation.terminology.check_digits import has_luhn_digit, is_concept_id, is_npi
from fhirpa.validation.terminology.shapes import shape_of

Json = dict[str, Any]
VALIDATOR = Validator(load_set("pas-2.2.1"))
CPT, HCPCS = "http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD, SNOMED, LOINC = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct", "http://loinc.org"


def found(coding: Json) -> list[Finding]:
    condition = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [coding]},
    }
    report = VALIDATOR.validate(condition)
    return [f for f in report.issues if f.severity != "information" and f.key != "dom-6"]


@pytest.mark.parametrize(
    ("system", "codes"),
    [
        (CPT, "97110 0001T 3008F 0002M GP 59"),
        (HCPCS, "G0283 97110 GP"),
        (ICD, "M54.50 S72.001A Z96.651 U07.1 R52 T15.00XA"),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "0SR9019"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "724.2 V57.1 E880.9"),
        ("https://www.nubc.org/CodeSystem/RevenueCodes", "0420"),
        ("http://nucc.org/provider-taxonomy", "225100000X 2251X0800X"),
        ("http://hl7.org/fhir/sid/ndc", "0777-3105-02 00777310502"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "1049221"),
        (SNOMED, "73211009 386661006 900000000000207008"),
        (LOINC, "34117-2 8302-2 LA6576-8"),
        ("https://codesystem.x12.org/005010/1365", "1 AA"),
    ],
)
def test_a_code_of_the_right_form_raises_nothing(system: str, codes: str) -> None:
    for code in codes.split():
        assert found({"system": system, "code": code}) == [], code


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        (CPT, "971100", "does not have the form of a CPT code: five digits"),
        (HCPCS, "GG283", "does not have the form of a HCPCS code"),
        (ICD, "M5450", "a letter, a digit and a third character, then a dot"),
        ("https://www.nubc.org/CodeSystem/RevenueCodes", "420", "four digits"),
        ("http://nucc.org/provider-taxonomy", "2251000000", "provider taxonomy code"),
        (SNOMED, "73211008", "has a wrong check digit for a SNOMED CT concept identifier"),
        (SNOMED, "diabetes", "does not have the form of a SNOMED CT concept identifier"),
        (LOINC, "34117-3", "has a wrong check digit for a LOINC code"),
        ("https://codesystem.x12.org/005010/1365", "PT-visit", "up to ten letters and digits"),
    ],
)
def test_a_broken_form_is_one_warning_that_says_what_the_form_is(system: str, code: str, said: str) -> None:
    (finding,) = found({"system": system, "code": code})
    assert (finding.severity, finding.expression) == ("warning", "Observation.code.coding[0].code")
    assert said in finding.text


def test_a_postcoordinated_expression_is_not_judged() -> None:
    assert found({"system": SNOMED, "code": "73211009:363698007=113331007"}) == []


def test_a_broken_unit_of_a_quantity_is_an_error() -> None:
    quantity = {"value": 1, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg//dL"}
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "valueQuantity": quantity,
    }
    (error,) = [f for f in VALIDATOR.validate(observation).issues if f.is_error]
    assert error.expression == "Observation.value"
    assert error.code == "code-invalid"


def test_a_wrong_language_is_an_error_where_r4_allows_all_languages_at_most() -> None:
    patient = {"resourceType": "Patient", "language": "english"}
    (error,) = [f for f in VALIDATOR.validate(patient).issues if f.is_error]
    assert (error.expression, error.kind) == ("Patient.language", "binding")
    assert not [f for f in VALIDATOR.validate(patient | {"language": "en-US"}).issues if f.is_error]


def test_a_wrong_media_type_is_an_error() -> None:
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": {"contentType": "pdf", "url": "https://example.org/a"}}],
    }
    (error,) = [f for f in VALIDATOR.validate(document).issues if f.is_error]
    assert error.expression == "DocumentReference.content[0].attachment.contentType"


def test_no_fixture_has_a_code_of_a_broken_form() -> None:
    files = sorted((Path(__file__).parents[2] / "fixtures" / "2.2.1" / "json").glob("*.json"))
    said = [
        f.text
        for file in files
        for f in VALIDATOR.validate(json.loads(file.read_text())).issues
        if f.kind == "binding" and ("the form of" in f.text or "check digit" in f.text)
    ]
    assert said == []


@given(st.text(alphabet="0123456789", min_size=9, max_size=9))
def test_exactly_one_last_digit_makes_an_npi(nine: str) -> None:
    assert sum(is_npi(nine + last) for last in "0123456789") == 1


@given(st.text(alphabet="123456789", min_size=6, max_size=15), st.integers(0, 13))
def test_two_neighbours_that_change_places_break_a_concept_identifier(digits: str, at: int) -> None:
    for last in "0123456789":
        right = f"{digits}00{last}"
        if is_concept_id(right) and at + 1 < len(digits) and right[at] != right[at + 1]:
            swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
            assert not is_concept_id(swapped)


def test_check_digits_of_published_examples() -> None:
    assert is_npi("1234567893")
    assert not is_npi("1234567890")
    assert has_luhn_digit("79927398713")


def test_a_system_of_no_known_form_has_none() -> None:
    assert shape_of("http://example.org/own") is None


def organization(number: str, **members: Any) -> Json:
    identifier = {"system": "http://hl7.org/fhir/sid/us-npi", "value": number}
    return {"resourceType": "Organization", "name": "Clinic", "identifier": [identifier], **members}


@pytest.mark.parametrize("number", ["1234567890", "12345", "12345678AB"])
def test_a_broken_npi_is_a_warning_where_no_profile_says_more(number: str) -> None:
    report = VALIDATOR.validate(organization(number))
    (warning,) = [f for f in report.issues if f.severity == "warning" and f.key is None]
    assert warning.expression == "Organization.identifier[0]"
    assert "National Provider Identifier" in warning.text
    assert report.is_valid


def test_a_broken_npi_is_said_once_where_a_profile_has_the_rule() -> None:
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-organization"
    said = organization("1234567890", active=True, meta={"profile": [profile]})
    found = [f for f in VALIDATOR.validate(said).issues if f.expression == "Organization.identifier[0]"]
    assert [(f.severity, f.key) for f in found] == [("error", "us-core-17")]
    assert not [f for f in VALIDATOR.validate(organization("1234567893")).issues if "NPI" in f.text]
