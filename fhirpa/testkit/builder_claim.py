"""The Claim: what is asked, for which diagnoses, by whom, in support of what."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fhirpa.testkit.builder_evidence import Diagnosis
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_people import Clinician
from fhirpa.testkit.builder_terms import (
    CPT,
    HL7,
    ICD10CM,
    PAS,
    POS,
    TEMP_CODES,
    X12_CERTIFICATION_TYPE,
    X12_LEVEL_OF_SERVICE,
    X12_PROVIDER_CODE,
    X12_QUANTITY_UNIT,
    X12_REPORT_TYPE,
    X12_REQUEST_TYPE,
    X12_ROLE,
    X12_SERVICE_TYPE,
    X12_TRANSMISSION,
    Json,
    concept,
    extension,
    identifier,
    procedure_system,
    reference,
)
from fhirpa.testkit.guide import Guide

_CPT_MODIFIERS = ("59", "93", "95", "96", "97")


@dataclass(frozen=True, slots=True)
class Line:
    """One service line. Without a code the whole service type is asked for."""

    code: str | None
    quantity: int
    modifiers: tuple[str, ...] = ("GP",)
    service_type: str = "PT"  # X12 1365
    unit: str = "VS"  # X12 673: VS visits, UN units
    place: str = "11"
    period: tuple[date, date] | None = None  # None: the request's
    cancelled: bool = False
    epsdt: bool | None = None
    therapist: int = 0  # index into the request's therapists


@dataclass(frozen=True, slots=True)
class Support:
    """A resource sent in support, and its X12 755 report type."""

    resource: Json
    report_type: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What all lines of a request have in common."""

    period: tuple[date, date]
    certification: str  # X12 1322
    diagnoses: int
    order: Json | None


@dataclass(frozen=True, slots=True)
class Content:
    """What a Claim refers to and what it holds."""

    patient: Json
    insurer: Json
    provider: Json
    coverage: Json
    care_team: list[Json]
    supporting_info: list[Json]
    diagnosis: list[Json]
    item: list[Json]


def item(line: Line, sequence: int, identity: Identity, shared: Shared) -> Json:
    """One Claim.item; it points at every diagnosis and at its therapist in the care team."""
    start, end = line.period or shared.period
    kind = "3" if line.cancelled else shared.certification
    trace = identifier("https://ehr.example/trace/line", f"LN-{identity.serial}-{sequence}")
    extensions = [
        extension("extension-itemTraceNumber", valueIdentifier=trace),
        extension("extension-serviceItemRequestType", valueCodeableConcept=concept(X12_REQUEST_TYPE, "HS")),
        extension("extension-certificationType", valueCodeableConcept=concept(X12_CERTIFICATION_TYPE, kind)),
    ]
    if line.epsdt is not None:
        extensions.append(extension("extension-epsdtIndicator", valueBoolean=line.epsdt))
    if shared.order:
        asked = reference(shared.order)
        extensions.append(extension("extension-requestedService", valueReference=asked))
    cancelled = extension("modifierextension-infoCancelled", valueBoolean=True)
    system = procedure_system(line.code) if line.code else X12_SERVICE_TYPE
    return {
        "extension": extensions,
        **({"modifierExtension": [cancelled]} if line.cancelled else {}),
        "sequence": sequence,
        "careTeamSequence": [line.therapist + 1],
        "diagnosisSequence": list(range(1, shared.diagnoses + 1)),
        "category": concept(X12_SERVICE_TYPE, line.service_type),
        "productOrService": concept(system, line.code or line.service_type),
        **({"modifier": [_modifier(m) for m in line.modifiers]} if line.modifiers else {}),
        "servicedPeriod": {"start": start.isoformat(), "end": end.isoformat()},
        "locationCodeableConcept": concept(POS, line.place),
        "quantity": {
            "value": Decimal(line.quantity),
            "unit": "visits" if line.unit == "VS" else "units",
            "system": X12_QUANTITY_UNIT,
            "code": line.unit,
        },
    }


def _modifier(code: str) -> Json:
    return concept(CPT if code in _CPT_MODIFIERS else procedure_system(code), code)


def care_team(roles: list[tuple[Json, Clinician]], whole: bool, orderer: Json | None) -> list[Json]:
    """Therapists first (of the whole request, or of single items), then who ordered."""
    team = [
        {
            "extension": [extension("extension-careTeamClaimScope", valueBoolean=whole)],
            "sequence": sequence,
            "provider": reference(role),
            "role": concept(X12_ROLE, "SJ"),
            "qualification": concept(X12_PROVIDER_CODE, clinician.taxonomy),
        }
        for sequence, (role, clinician) in enumerate(roles, 1)
    ]
    if orderer:
        team.append(
            {
                "extension": [extension("extension-careTeamClaimScope", valueBoolean=True)],
                "sequence": len(team) + 1,
                "provider": reference(orderer),
                "role": concept(X12_ROLE, "DK"),
            }
        )
    return team


def supporting_info(
    period: tuple[date, date], support: list[Support], message: str | None, guide: Guide
) -> list[Json]:
    """The event's dates, every resource sent in support, and a message if there is one."""
    start, end = period
    out: list[Json] = [
        {
            "category": concept(TEMP_CODES, "patientEvent"),
            "timingPeriod": {"start": start.isoformat(), "end": end.isoformat()},
        }
    ]
    for part in support:
        about = {"extension": [_document_information(part)]} if guide.document_information else {}
        out.append(
            {
                **about,
                "category": concept(TEMP_CODES, "additionalInformation"),
                "valueReference": reference(part.resource),
            }
        )
    if message:
        out.append({"category": concept(TEMP_CODES, "freeFormMessage"), "valueString": message})
    return [
        {**({"extension": e["extension"]} if "extension" in e else {}), "sequence": n, **_rest(e)}
        for n, e in enumerate(out, 1)
    ]


def _rest(element: Json) -> Json:
    return {name: value for name, value in element.items() if name != "extension"}


def _document_information(part: Support) -> Json:
    kind = concept(X12_REPORT_TYPE, part.report_type)
    sent = concept(X12_TRANSMISSION, "EL")
    parts = [
        {"url": "reportTypeCode", "valueCodeableConcept": kind},
        {"url": "transmissionMethod", "valueCodeableConcept": sent},
    ]
    return extension("extension-documentInformation", extension=parts)


def diagnoses(found: tuple[Diagnosis, ...]) -> list[Json]:
    """Claim.diagnosis; the first is the principal one."""
    return [
        {
            **(
                {
                    "extension": [
                        extension("extension-diagnosisRecordedDate", valueDate=d.recorded.isoformat())
                    ]
                }
                if d.recorded
                else {}
            ),
            "sequence": sequence,
            "diagnosisCodeableConcept": concept(ICD10CM, d.code),
            **({"type": [concept(TEMP_CODES, "principal")]} if sequence == 1 else {}),
        }
        for sequence, d in enumerate(found, 1)
    ]


def claim(content: Content, identity: Identity, guide: Guide, created: str, expedited: bool) -> Json:
    """The Claim itself."""
    extensions = []
    if guide.transmission_identifiers:
        codes = {"applicationSenderCode": "EHREXAMPLE", "applicationReceiverCode": "LONESTAR"}
        parts = [{"url": name, "valueString": value} for name, value in codes.items()]
        extensions.append({"url": PAS + "extension-TransmissionIdentifiers", "extension": parts})
    if expedited:
        urgent = concept(X12_LEVEL_OF_SERVICE, "U")
        extensions.append(extension("extension-levelOfServiceCode", valueCodeableConcept=urgent))
    return {
        "resourceType": "Claim",
        "id": f"claim-{identity.serial}",
        **guide.meta("Claim"),
        **({"extension": extensions} if extensions else {}),
        "identifier": [identifier("https://ehr.example/trace/event", f"EV-{identity.serial}")],
        "status": "active",
        "type": concept(HL7 + "claim-type", "professional"),
        "use": "preauthorization",
        "patient": reference(content.patient),
        "created": created,
        "insurer": reference(content.insurer),
        "provider": reference(content.provider),
        "priority": concept(HL7 + "processpriority", "stat" if expedited else "normal"),
        "careTeam": content.care_team,
        "supportingInfo": content.supporting_info,
        "diagnosis": content.diagnosis,
        "insurance": [{"sequence": 1, "focal": True, "coverage": reference(content.coverage)}],
        "item": content.item,
    }
