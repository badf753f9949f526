"""One broken resource for each way to break one: title, what is sent, where the fault is, its key."""

from decimal import Decimal
from typing import Any

EXT = {"url": "http://example.org/x", "valueBoolean": True}


def patient(**content: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", **content}


def bundle(resource: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}


def extension(**content: Any) -> dict[str, Any]:
    return patient(extension=[{"url": "http://example.org/x", **content}])


def claim(**content: Any) -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "status": "active",
        "type": {"text": "x"},
        "use": "preauthorization",
        "patient": {"display": "x"},
        "created": "2026-01-01",
        "provider": {"display": "x"},
        "priority": {"text": "x"},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "x"}}],
        **content,
    }


FAULTS: list[tuple[str, Any, str | None, str]] = [
    ("a list is no resource", [], None, "resource-expected"),
    ("no resource type", {"active": True}, None, "resource-type-missing"),
    ("a type that is a number", {"resourceType": 5}, None, "resource-type-unknown"),
    ("a type of R5", {"resourceType": "SubscriptionStatus"}, None, "resource-type-unknown"),
    ("an abstract type", {"resourceType": "DomainResource"}, None, "resource-type-unknown"),
    ("an entry without a type", bundle({"id": "x"}), "Bundle.entry[0].resource", "resource-type-missing"),
    ("a text for a resource", bundle("x"), "Bundle.entry[0].resource", "resource-expected"),
    (
        "a contained resource of no type",
        patient(contained=[{"resourceType": "Patient"}, {"resourceType": "patient"}]),
        "Patient.contained[1]",
        "resource-type-unknown",
    ),
    (
        "a parameter with no type",
        {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {"id": "x"}}]},
        "Parameters.parameter[0].resource",
        "resource-type-missing",
    ),
    ("an unknown element", bundle(patient(ssn="1")), "Bundle.entry[0].resource.ssn", "element-unknown"),
    ("a wrong capital", patient(birthdate="2000"), "Patient.birthdate", "element-unknown"),
    ("a choice without type", patient(deceased=True), "Patient.deceased", "element-unknown"),
    ("a choice of a wrong type", patient(deceasedString="x"), "Patient.deceasedString", "element-unknown"),
    (
        "a mandatory choice of a wrong type",
        extension(valueFoo=1),
        "Patient.extension[0].valueFoo",
        "element-unknown",
    ),
    (
        "resourceType inside",
        patient(name=[{"resourceType": "HumanName", "text": "x"}]),
        "Patient.name[0].resourceType",
        "element-unknown",
    ),
    (
        "extensions beside an object",
        patient(_maritalStatus={"id": "x"}),
        "Patient._maritalStatus",
        "element-unknown",
    ),
    (
        "extensions beside a url",
        patient(extension=[{**EXT, "_url": {"id": "x"}}]),
        "Patient.extension[0]._url",
        "element-unknown",
    ),
    ("a name that is no name", patient(**{"John Doe": 1}), "Patient", "element-unknown"),
    ("a missing element", {k: v for k, v in claim().items() if k != "use"}, "Claim.use", "element-missing"),
    (
        "a missing element deep inside",
        bundle(claim(item=[{"sequence": 1}])),
        "Bundle.entry[0].resource.item[0].productOrService",
        "element-missing",
    ),
    (
        "a missing choice",
        {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "subject": {"display": "x"},
        },
        "MedicationRequest.medication",
        "element-missing",
    ),
    ("no url", patient(extension=[{"valueBoolean": True}]), "Patient.extension[0].url", "element-missing"),
    ("one for many", patient(name={"text": "x"}), "Patient.name", "list-expected"),
    ("one value for many", patient(name=[{"given": "x"}]), "Patient.name[0].given", "list-expected"),
    ("many for one", patient(maritalStatus=[{"text": "x"}]), "Patient.maritalStatus", "list-unexpected"),
    ("many values for one", patient(gender=["male"]), "Patient.gender", "list-unexpected"),
    ("a list in a list", patient(name=[[{"text": "x"}]]), "Patient.name[0]", "list-unexpected"),
    ("a text for an object", patient(maritalStatus="x"), "Patient.maritalStatus", "object-expected"),
    ("a number for an object in a list", patient(name=[1]), "Patient.name[0]", "object-expected"),
    ("an object for a value", patient(gender={"value": "male"}), "Patient.gender", "value-type"),
    ("a text for a boolean", patient(active="true"), "Patient.active", "value-type"),
    ("a number for a boolean", patient(active=1), "Patient.active", "value-type"),
    ("a text for a decimal", extension(valueDecimal="1.0"), "Patient.extension[0].value", "value-type"),
    ("a boolean for a decimal", extension(valueDecimal=True), "Patient.extension[0].value", "value-type"),
    ("a text for a whole number", extension(valueInteger="1"), "Patient.extension[0].value", "value-type"),
    (
        "a point in a whole number",
        extension(valueInteger=Decimal("1.0")),
        "Patient.extension[0].value",
        "value-type",
    ),
    (
        "a boolean for a whole number",
        extension(valuePositiveInt=True),
        "Patient.extension[0].value",
        "value-type",
    ),
    ("a number for a text", patient(id=7), "Patient.id", "value-type"),
    (
        "a number for a narrative",
        patient(text={"status": "generated", "div": 1}),
        "Patient.text.div",
        "value-type",
    ),
    ("null for a value", patient(gender=None), "Patient.gender", "null-value"),
    ("null for an object", patient(maritalStatus=None), "Patient.maritalStatus", "null-value"),
    ("null in a list of objects", patient(name=[None]), "Patient.name[0]", "null-value"),
    (
        "null that nothing explains",
        patient(name=[{"given": ["x", None]}]),
        "Patient.name[0].given[1]",
        "null-value",
    ),
    (
        "null beside null",
        patient(name=[{"given": ["x", None], "_given": [{"id": "x"}, None]}]),
        "Patient.name[0].given[1]",
        "null-value",
    ),
    (
        "null beside nothing",
        patient(name=[{"_given": [None, {"id": "x"}]}]),
        "Patient.name[0].given[0]",
        "null-value",
    ),
    ("an empty object", patient(maritalStatus={}), "Patient.maritalStatus", "empty-value"),
    ("an empty list", patient(name=[]), "Patient.name", "empty-value"),
    ("an empty list of values", patient(name=[{"given": []}]), "Patient.name[0].given", "empty-value"),
    ("an empty text", patient(name=[{"text": ""}]), "Patient.name[0].text", "empty-value"),
    ("an empty code", patient(gender=""), "Patient.gender", "empty-value"),
    ("an empty date", patient(birthDate=""), "Patient.birthDate", "empty-value"),
    (
        "an empty narrative",
        patient(text={"status": "generated", "div": ""}),
        "Patient.text.div",
        "empty-value",
    ),
    ("an empty mandatory list", claim(insurance=[]), "Claim.insurance", "empty-value"),
    ("empty extensions of a value", patient(_gender={}), "Patient.gender", "empty-value"),
    (
        "extensions that are all null",
        patient(name=[{"given": ["x"], "_given": [None]}]),
        "Patient.name[0].given",
        "empty-value",
    ),
    ("a text for extensions of a value", patient(_gender="x"), "Patient.gender", "object-expected"),
    (
        "one for extensions of a list",
        patient(name=[{"given": ["x"], "_given": {"id": "x"}}]),
        "Patient.name[0].given",
        "list-expected",
    ),
    (
        "lists of two lengths",
        patient(name=[{"given": ["x"], "_given": [None, {"id": "x"}]}]),
        "Patient.name[0].given",
        "lists-misaligned",
    ),
    (
        "a fault inside extensions of a value",
        patient(_birthDate={"extension": [{"url": "x"}]}),
        "Patient.birthDate.extension[0]",
        "extension-without-content",
    ),
    (
        "an extension with both",
        patient(extension=[{**EXT, "extension": [EXT]}]),
        "Patient.extension[0]",
        "extension-with-both",
    ),
    (
        "two of one choice",
        patient(deceasedBoolean=True, deceasedDateTime="2020"),
        "Patient.deceased",
        "choice-repeated",
    ),
    (
        "two of one choice, one only extended",
        patient(deceasedBoolean=True, _deceasedDateTime={"id": "x"}),
        "Patient.deceased",
        "choice-repeated",
    ),
    (
        "three of one choice",
        extension(valueString="x", valueCode="x", valueUri="x"),
        "Patient.extension[0].value",
        "choice-repeated",
    ),
    ("a control character", patient(name=[{"text": "a\x01"}]), "Patient.name[0].text", "text-character"),
    (
        "half of a surrogate pair",
        patient(name=[{"text": "\ud800"}]),
        "Patient.name[0].text",
        "text-character",
    ),
    ("no character", patient(gender="\uffff"), "Patient.gender", "text-character"),
    (
        "a text of over 1 MB",
        patient(name=[{"text": "x" * (2**20 + 1)}]),
        "Patient.name[0].text",
        "text-too-long",
    ),
]
