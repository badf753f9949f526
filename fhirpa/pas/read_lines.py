"""Reading the service lines: one per Claim.item, with everything its extensions say."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from fhirpa.fhir.bundle import Target
from fhirpa.pas.access import (
    Json,
    boolean,
    code_of,
    codings,
    date_or_period,
    extension_value,
    extensions,
    external_ids,
    first_text,
    icd10,
    is_cancelled,
    label_of,
    obj,
    objects,
    rows,
    value_of,
    whole,
)
from fhirpa.pas.codes import (
    CPT,
    DATA_ABSENT,
    HCPCS,
    POS,
    X12_CERTIFICATION_TYPE,
    X12_SERVICE_TYPE,
)
from fhirpa.pas.read_amounts import read_count, read_frequency, read_quantity
from fhirpa.pas.read_context import Reading
from fhirpa.pas.read_parties import filled_reference, qualification_taxonomies, read_party
from fhirpa.pas.read_update import read_flag
from fhirpa.um.request import Frequency, Party, Service, ServiceLine
from fhirpa.um.terms import CodeKind, QuantityUnit, ReviewType

_REVIEW_TYPES = {  # X12 1322
    "I": ReviewType.INITIAL,
    "R": ReviewType.RENEWAL,
    "4": ReviewType.RENEWAL,  # extension of what is certified
    "S": ReviewType.REVISED,
    "3": ReviewType.CANCEL,
    "1": ReviewType.APPEAL,
    "2": ReviewType.APPEAL,
    "N": ReviewType.APPEAL,  # reconsideration
}
_CODE_SETS = {
    CPT: CodeKind.PROCEDURE,
    HCPCS: CodeKind.PROCEDURE,
    "urn:oid:2.16.840.1.113883.6.12": CodeKind.PROCEDURE,
    "urn:oid:2.16.840.1.113883.6.285": CodeKind.PROCEDURE,
    X12_SERVICE_TYPE: CodeKind.SERVICE_TYPE,
}
_NOT_RENDERING = frozenset(
    # Roles that do not render the service: X12 98 and the base code system for care team roles.
    {"DK", "DN", "P3", "DD", "DQ", "referring", "supervisor", "assist"}
)


@dataclass(frozen=True, slots=True)
class Member:
    """One care team member."""

    sequence: int | None
    overall: bool  # a provider of the whole request (careTeamClaimScope true, or not said)
    renders: bool
    party: Party


def read_care_team(reading: Reading) -> tuple[Member, ...]:
    """All care team members, in order."""
    out = []
    for index, element in rows(reading.resource.get("careTeam")):
        at = f"{reading.claim.path}.careTeam[{index}].provider"
        party = read_party(reading, element.get("provider"), at)
        more = qualification_taxonomies(element.get("qualification"))
        if more:
            party = replace(party, taxonomies=tuple(dict.fromkeys((*party.taxonomies, *more))))
        scope = boolean(extension_value(element, "extension-careTeamClaimScope"))
        roles = {c.code for c in codings(element.get("role"))}
        out.append(
            Member(whole(element.get("sequence")), scope is not False, not roles & _NOT_RENDERING, party)
        )
    return tuple(out)


def read_lines(reading: Reading, team: tuple[Member, ...]) -> tuple[ServiceLine, ...]:
    """All service lines; an item without a usable sequence is left out with a remark."""
    claim_type = read_review_type(reading, reading.resource, reading.claim.path)
    diagnoses = _diagnoses_by_sequence(reading)
    lines = []
    for index, item in rows(reading.resource.get("item")):
        path = f"{reading.claim.path}.item[{index}]"
        sequence = whole(item.get("sequence"))
        if sequence is None:
            reading.note(f"{path}.sequence", "not a positive integer; the item was not read")
            continue
        lines.append(_line(reading, item, path, sequence, claim_type, team, diagnoses))
    return tuple(lines)


def read_review_type(reading: Reading, element: Json, path: str) -> ReviewType | None:
    """The certification type extension of the Claim or an item; None if absent or unknown."""
    code = code_of(extension_value(element, "extension-certificationType"), X12_CERTIFICATION_TYPE)
    if code is None:
        return None
    found = _REVIEW_TYPES.get(code.upper())
    if found is None:
        reading.note(f"{path}.extension", "certification type not known; treated as initial")
    return found


def _line(
    reading: Reading,
    item: Json,
    path: str,
    sequence: int,
    claim_type: ReviewType | None,
    team: tuple[Member, ...],
    diagnoses: dict[int, str],
) -> ServiceLine:
    review_type = read_review_type(reading, item, path) or claim_type or ReviewType.INITIAL
    if claim_type is ReviewType.CANCEL:  # the whole request is cancelled, and every line with it
        review_type = ReviewType.CANCEL
    end = extension_value(item, "extension-productOrServiceCodeEnd")
    order = _requested_service(reading, item, path)
    quantity, unit, frequency = _amounts(reading, item, path, order)
    return ServiceLine(
        sequence=sequence,
        service=read_service(item.get("productOrService")),
        service_end=read_service(end) if end else None,
        modifiers=_modifiers(item),
        service_type=code_of(item.get("category"), X12_SERVICE_TYPE),
        revenue_code=next((c.code for c in codings(item.get("revenue"))), None),
        place_of_service=code_of(item.get("locationCodeableConcept"), POS),
        quantity=quantity,
        unit=unit,
        frequency=frequency,
        period=date_or_period(item, "serviced") or date_or_period(obj(order), "occurrence"),
        review_type=review_type,
        diagnoses=_pointed(item.get("diagnosisSequence"), diagnoses),
        rendering=_rendering(item, team),
        trace_numbers=external_ids([value_of(e) for e in extensions(item, "extension-itemTraceNumber")]),
        authorization_number=_number(reading, item, "extension-authorizationNumber"),
        administrative_reference_number=_number(reading, item, "extension-administrationReferenceNumber"),
        epsdt=boolean(extension_value(item, "extension-epsdtIndicator")),
        cancelled=is_cancelled(item) or review_type is ReviewType.CANCEL,
        path=path,
        flag=read_flag(item),
    )


def _number(reading: Reading, item: Json, url: str) -> str | None:
    """A number that stands at the item, else at the Claim as a whole (2.2.1)."""
    return first_text(extension_value(item, url), extension_value(reading.resource, url))


def read_service(concept: Any) -> Service:
    """The service of a concept; a procedure code wins over a service type, that over anything else."""
    found = codings(concept)
    for kind in (CodeKind.PROCEDURE, CodeKind.SERVICE_TYPE):
        for coding in found:
            if _CODE_SETS.get(coding.system or "") is kind:
                return Service(kind, coding.code.upper(), coding.system, coding.display or label_of(concept))
    others = [c for c in found if c.system != DATA_ABSENT]
    if not others:  # spec-43: 'not-applicable' means no product or service code
        return Service(CodeKind.NONE)
    return Service(
        CodeKind.OTHER, others[0].code.upper(), others[0].system, others[0].display or label_of(concept)
    )


def _modifiers(item: Json) -> tuple[str, ...]:
    found = (next(iter(codings(m)), None) for m in objects(item.get("modifier")))
    return tuple(dict.fromkeys(c.code.upper() for c in found if c))


def _requested_service(reading: Reading, item: Json, path: str) -> Json | None:
    reference = extension_value(item, "extension-requestedService")
    target: Target | None = reading.find(reference)
    if target is None and filled_reference(reference):
        reading.note(f"{path}.extension", "requestedService leads to nothing in the Bundle")
    return target.resource if target else None


def _amounts(
    reading: Reading, item: Json, path: str, order: Json | None
) -> tuple[Decimal | None, QuantityUnit | None, Frequency | None]:
    """Quantity and frequency: the item's own quantity first, then what the requested service says."""
    quantity, unit = read_quantity(item.get("quantity"))
    if quantity is None and item.get("quantity") is not None:
        reading.note(f"{path}.quantity", "no positive value")
    if order is None:
        return quantity, unit, None
    if quantity is None:
        quantity, unit = read_quantity(order.get("quantityQuantity"))
    timing = order.get("occurrenceTiming") or _dosage_timing(order)
    count = read_count(timing)
    if quantity is None and count is not None:
        quantity, unit = count, QuantityUnit.VISITS
    frequency = read_frequency(timing)
    if timing and frequency is None and count is None:
        reading.note(f"{path}.extension", "the timing of the requested service tells no rate per week")
    return quantity, unit, frequency


def _dosage_timing(order: Json) -> Any:
    return next((d.get("timing") for d in objects(order.get("dosageInstruction"))), None)


def _diagnoses_by_sequence(reading: Reading) -> dict[int, str]:
    out: dict[int, str] = {}
    for _, element in rows(reading.resource.get("diagnosis")):
        sequence, code = whole(element.get("sequence")), diagnosis_code(reading, element)
        if sequence is not None and code:
            out.setdefault(sequence, code)
    return out


def diagnosis_code(reading: Reading, element: Json) -> str | None:
    """The ICD-10-CM code of a Claim.diagnosis, directly or by way of the Condition that it names."""
    direct = icd10(element.get("diagnosisCodeableConcept"))
    if direct:
        return direct
    target = reading.find(element.get("diagnosisReference"))
    return icd10(target.resource.get("code")) if target else None


def _pointed(pointers: Any, by_sequence: dict[int, str]) -> tuple[str, ...]:
    sequences = (whole(p) for p in (pointers if isinstance(pointers, list) else ()))
    return tuple(dict.fromkeys(by_sequence[s] for s in sequences if s in by_sequence))


def _rendering(item: Json, team: tuple[Member, ...]) -> Party | None:
    """Who renders the line: a member the item points at, else one of the whole request."""
    pointers = item.get("careTeamSequence")
    wanted = {whole(p) for p in (pointers if isinstance(pointers, list) else ())} - {None}
    pointed = [m for m in team if m.sequence in wanted]
    pointed.sort(key=lambda m: m.overall)  # a member for single items is meant more than one for all
    candidates = [*pointed, *(m for m in team if m.overall)]
    return next((m.party for m in candidates if m.renders), None)
