"""Violations made by hand, of invariants for which the search finds none: key, place, resource."""

from typing import Any, Final

Json = dict[str, Any]

_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition"
_CRD: Final = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition"
_SDC: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition"
_HL7: Final = "http://hl7.org/fhir/StructureDefinition"
_R5: Final = "http://hl7.org/fhir/5.0/StructureDefinition"
_LOINC: Final = "http://loinc.org"


def _definition(**content: Any) -> Json:
    made = {"url": "http://example.org/x", "name": "X", "status": "draft", "kind": "complex-type"}
    made |= {"abstract": False, "type": "X", "baseDefinition": f"{_HL7}/Element"}
    return {"resourceType": "StructureDefinition", **made, "derivation": "constraint", **content}


def _element(**content: Any) -> Json:
    return _definition(differential={"element": [{"id": "X", "path": "X", **content}]})


def _observation(profile: str, **content: Any) -> Json:
    meta = {"profile": [f"{_CORE}/{profile}"]}
    return {"resourceType": "Observation", "meta": meta, "status": "final", "code": {"text": "x"}, **content}


def _questionnaire(profile: str | None, *items: Json) -> Json:
    meta = {"meta": {"profile": [f"{_SDC}/{profile}"]}} if profile else {}
    return {"resourceType": "Questionnaire", **meta, "status": "draft", "item": list(items)}


_CONTRADICTION: Final = {
    "url": f"{_CRD}/ext-coverage-information",
    "extension": [{"url": "pa-needed", "valueCode": "satisfied"}, {"url": "doc-purpose", "valueCode": "PA"}],
}
_PRACTITIONER: Final = {"resourceType": "Practitioner", "id": "p"}

BY_HAND: Final[tuple[tuple[str, str, Json], ...]] = (
    ("eld-2", "StructureDefinition.differential.element[0]", _element(min=2, max="1")),
    ("eld-3", "StructureDefinition.differential.element[0].max", _element(max="-1")),
    (
        "sdf-5",
        "StructureDefinition",
        _definition(type="Extension", snapshot={"element": [{"path": "Extension"}]}),
    ),
    (
        "sdf-1",
        "StructureDefinition",
        _definition(derivation="specialization", snapshot={"element": [{"path": "X"}, {"path": "X"}]}),
    ),
    (
        "md-1",
        "MessageDefinition.focus[0]",
        {
            "resourceType": "MessageDefinition", "status": "draft", "date": "2026",
            "eventCoding": {"code": "x"}, "focus": [{"code": "Patient", "min": 0, "max": "0"}],
        },
    ),
    (
        "nsd-1",
        "NamingSystem",
        {
            "resourceType": "NamingSystem", "name": "X", "status": "draft", "kind": "root", "date": "2026",
            "uniqueId": [{"type": "uuid", "value": "x"}],
        },
    ),
    (
        "que-13",
        "Questionnaire.item[0]",
        _questionnaire(
            None,
            {
                "linkId": "1", "type": "string", "repeats": False,
                "initial": [{"valueString": "a"}, {"valueString": "b"}],
            },
        ),
    ),
    (
        "ras-1",
        "RiskAssessment.prediction[0].probability",
        {
            "resourceType": "RiskAssessment", "status": "final", "subject": {"display": "x"},
            "prediction": [{"probabilityRange": {"low": {"value": 1, "code": "x", "system": "urn:x"}}}],
        },
    ),
    (
        "ctm-1",
        "CareTeam.participant[0]",
        {
            "resourceType": "CareTeam", "contained": [{"resourceType": "Patient", "id": "p"}],
            "participant": [{"member": {"reference": "#p"}, "onBehalfOf": {"display": "x"}}],
        },
    ),
    (
        "us-core-3",
        "Observation.value",
        _observation("us-core-observation-lab", valueQuantity={"value": 1, "system": "urn:x", "code": "x"}),
    ),
    (
        "us-core-4",
        "Observation.value",
        _observation(
            "us-core-observation-lab", valueCodeableConcept={"coding": [{"system": "urn:x", "code": "x"}]}
        ),
    ),
    (
        "us-core-25",
        "Observation",
        _observation(
            "us-core-smokingstatus",
            code={"coding": [{"system": _LOINC, "code": "401201003"}]},
            valueCodeableConcept={"text": "x"},
        ),
    ),
    (
        "provenance-1",
        "Provenance.agent[0]",
        {
            "resourceType": "Provenance", "meta": {"profile": [f"{_CORE}/us-core-provenance"]},
            "contained": [_PRACTITIONER], "target": [{"display": "x"}], "recorded": "2026-01-01T00:00:00Z",
            "agent": [{"who": {"reference": "#p"}}],
        },
    ),
    (
        "crd-ci-q4",
        "ServiceRequest.extension[0]",
        {
            "resourceType": "ServiceRequest", "status": "draft", "intent": "order",
            "subject": {"display": "x"}, "extension": [_CONTRADICTION],
        },
    ),
    (
        "que-14",
        "Questionnaire.item[0]",
        _questionnaire(
            "sdc-questionnaire",
            {
                "linkId": "1", "type": "choice",
                "extension": [
                    {
                        "url": f"{_R5}/extension-Questionnaire.item.answerConstraint",
                        "valueCode": "optionsOnly",
                    }
                ],
            },
        ),
    ),
    (
        "qrs-2",
        "QuestionnaireResponse.item[0]",
        {
            "resourceType": "QuestionnaireResponse", "status": "completed",
            "meta": {"profile": [f"{_SDC}/sdc-questionnaireresponse"]},
            "item": [
                {
                    "linkId": "1",
                    "item": [
                        {
                            "linkId": "2",
                            "item": [
                                {"linkId": "3", "answer": [{"valueString": "a"}]},
                                {"linkId": "3", "answer": [{"valueString": "b"}]},
                            ],
                        }
                    ],
                }
            ],
        },
    ),
    (
        "rin-1",
        "Library.extension[0]",
        {
            "resourceType": "Library", "status": "draft", "type": {"text": "x"}, "title": "x",
            "extension": [{"url": f"{_HL7}/resource-instance-name", "valueString": "x"}],
        },
    ),
)  # fmt: skip

# Invariants that nothing can break, or not here, with the reason.
NEVER: Final = {
    "cid-0": "a ChargeItemDefinition has no name in R4, and that of a warning is all that the rule is about",
    "eld-11": "the select in it gives a boolean for every type, so that something always exists",
    "dom-r4b": "asks for types that R4 does not have",
    "pd-1": "without either the result is empty, which is no breach here",
    "rid-1": "a description is a string or markdown: one of the two is not the case",
    "us-core-1": "needs a value set of licensed codes",
    "adjudication-has-amount-type-slice": "needs a value set of licensed codes",
    "sdc-adapt-1": "about a Questionnaire that an adaptive response contains",
    "ImmediateLevelOfCare": "asks for value.code where the value is a CodeableConcept, which has codings",
    "prof-5": "needs the Claim before, which is no entry of the Bundle",
    "prof-6": "needs the Claim before, which is no entry of the Bundle",
}
