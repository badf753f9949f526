"""Facts of single clinical resources: Condition, Procedure, documents, orders, devices, encounters."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

from fhirpa.pas.access import (
    code_of,
    codings,
    date_or_period,
    first_text,
    icd10,
    label_of,
    obj,
    objects,
    period,
    text,
)
from fhirpa.pas.codes import CPT, HCPCS, LOINC
from fhirpa.pas.evidence_facts import Facts, side_of
from fhirpa.pas.evidence_found import Found, clinician_of
from fhirpa.pas.evidence_measures import read_observation
from fhirpa.pas.evidence_names import squashed
from fhirpa.pas.evidence_plans import read_care_plan, read_goal, read_provenance
from fhirpa.pas.read_amounts import read_count, read_frequency, read_quantity
from fhirpa.um.evidence import (
    Diagnosis,
    Document,
    Equipment,
    Evaluation,
    Order,
    PriorTherapy,
    Source,
    Stay,
    Surgery,
)
from fhirpa.um.terms import Discipline

_ICD10PCS: Final = (
    "http://www.cms.gov/Medicare/Coding/ICD10",
    "http://hl7.org/fhir/sid/icd-10-pcs",
    "urn:oid:2.16.840.1.113883.6.4",
)
_SURGICAL_CPT: Final = re.compile(r"^[1-6]\d{4}$")
_OTHER_PROCEDURE: Final = re.compile(r"^([0789]\d{4}|\d{4}[TF]|[A-Z]\d{4})$")
_THERAPY_CPT: Final = re.compile(r"^(97[0-79]\d\d|9[78]\d{3}|G01(5[1279]|5[78]|60)|S91(29|31))$")
_EVALUATIONS: Final = {  # CPT -> discipline, re-evaluation
    **dict.fromkeys(("97161", "97162", "97163"), (Discipline.PT, False)),
    **dict.fromkeys(("97165", "97166", "97167"), (Discipline.OT, False)),
    "97164": (Discipline.PT, True),
    "97168": (Discipline.OT, True),
}
_THERAPY_WORDS: Final = re.compile(
    r"(?i)\b(?P<which>physical therapy|occupational therapy|(?:PT|OT)(?=(?: initial)? (?:re-?)?eval))\b"
    r"(?P<first> initial)? *(?P<again>re-?)?(?P<evaluation>eval(?:uation)?\b)?"
)
_ORDER_LOINC: Final = "57154-7"
_LOINC_SUCCESSORS: Final = {"68568-5": "11507-1", "11495-9": "18735-1"}  # deprecated documents, still sent
_LOINC_BY_NAME: Final = {  # how a type without a LOINC code is written
    **dict.fromkeys(("PLANOFCARE", "THERAPYPLANOFCARE"), "18776-5"),
    **dict.fromkeys(("PTEVALUATION", "PHYSICALTHERAPYEVALUATION"), "18735-1"),
    "PHYSICALTHERAPYINITIALEVALUATION": "18735-1",
    **dict.fromkeys(("OTEVALUATION", "OCCUPATIONALTHERAPYEVALUATION"), "18734-4"),
    "OCCUPATIONALTHERAPYINITIALEVALUATION": "18734-4",
    **dict.fromkeys(("PTPROGRESSNOTE", "PHYSICALTHERAPYPROGRESSNOTE"), "11508-9"),
    **dict.fromkeys(("OTPROGRESSNOTE", "OCCUPATIONALTHERAPYPROGRESSNOTE"), "11507-1"),
    **dict.fromkeys(("OPERATIVENOTE", "OPERATIVEREPORT"), "11504-8"),
}
_SETTINGS: Final = {  # v3 ActCode
    "HH": "home",
    **dict.fromkeys(("IMP", "ACUTE", "NONAC", "SS", "OBSENC"), "inpatient"),
    "EMER": "emergency",
    **dict.fromkeys(("AMB", "VR"), "outpatient"),
}


def read_condition(found: Found, facts: Facts) -> None:
    """A diagnosis with onset; it completes the same diagnosis of the Claim if there is one."""
    code = icd10(found.resource.get("code"))
    if code is None:
        return
    span = date_or_period(found.resource, "onset")
    onset = span.start if span else None
    for index, known in enumerate(facts.diagnoses):
        if known.code == code:
            facts.diagnoses[index] = replace(known, onset=known.onset or onset)
            return
    recorded = found.first_day("recordedDate")
    facts.diagnoses.append(Diagnosis(code, found.source(recorded), onset))


def read_procedure(found: Found, facts: Facts) -> None:
    """An operation, a therapist's evaluation, or earlier therapy, as its code or text says."""
    concept = found.resource.get("code")
    span = date_or_period(found.resource, "performed")
    start, end = (span.start or span.end, span.end) if span else (None, None)
    if _therapy(found, concept, start, end, facts):
        return
    surgery = surgery_of(concept, start, found.source(start))
    if surgery is None:
        return
    sides = [side_of(s) for s in objects(found.resource.get("bodySite"))]
    complications = (
        label_of(c) or next((x.code for x in codings(c)), None)
        for c in objects(found.resource.get("complication"))
    )
    facts.surgeries.append(
        replace(
            surgery,
            side=next((s for s in sides if s), None),
            complications=tuple(c for c in complications if c),
        )
    )


def _therapy(found: Found, concept: Any, start: date | None, end: date | None, facts: Facts) -> bool:
    """True if the procedure is therapy: an evaluation that took place, or treatment."""
    cpt = code_of(concept, CPT, HCPCS)
    who = next((clinician_of(found, p.get("actor")) for p in objects(found.resource.get("performer"))), None)
    discipline = who.licence.discipline if who and who.licence else None
    if cpt in _EVALUATIONS:
        own, repeated = _EVALUATIONS[cpt]
        facts.evaluations.append(Evaluation(found.source(start), start, own, who, repeated))
        return True
    label = label_of(concept)
    if cpt:
        if not _THERAPY_CPT.match(cpt):
            return False
    else:
        words = _THERAPY_WORDS.search(label) if label else None
        if words is None or code_of(concept, *_ICD10PCS):
            return False
        discipline = Discipline.PT if words["which"][0] in "Pp" else Discipline.OT
        if words["evaluation"]:
            again = True if words["again"] else False if words["first"] else None
            facts.evaluations.append(Evaluation(found.source(start), start, discipline, who, again))
            return True
    facts.prior_therapy.append(PriorTherapy(found.source(start), discipline, start, end, text=label or cpt))
    return True


def surgery_of(concept: Any, on: date | None, source: Source) -> Surgery | None:
    """The operation that a code or text names; None for any other procedure (imaging, a test)."""
    cpt, pcs = code_of(concept, CPT), code_of(concept, *_ICD10PCS)
    pcs = pcs.upper().replace(".", "") if pcs else None
    codes = [c.code for c in codings(concept)]
    if cpt and not _SURGICAL_CPT.match(cpt):
        return None
    if pcs and not pcs.startswith("0"):
        return None
    if not cpt and not pcs and codes and all(_OTHER_PROCEDURE.match(c) for c in codes):
        return None
    code, label = cpt or pcs or next(iter(codes), None), label_of(concept)
    return Surgery(source, on, code, label) if code or label else None


def read_document(found: Found, facts: Facts) -> None:
    """An attached document, by LOINC type. Only an order's date and author are facts as well."""
    resource = found.resource
    written = period(obj(resource.get("context")).get("period"))  # date is when it was filed
    on = (written.start if written else None) or found.first_day("date")
    kind = resource.get("type")
    loinc = code_of(kind, LOINC) or _LOINC_BY_NAME.get(squashed(label_of(kind) or ""))
    loinc = _LOINC_SUCCESSORS.get(loinc, loinc) if loinc else None
    contents = [obj(c.get("attachment")) for c in objects(resource.get("content"))] or [{}]
    authors = [clinician_of(found, a) for a in objects(resource.get("author"))]
    signer = clinician_of(found, resource.get("authenticator"))
    for attachment in contents:
        facts.documents.append(
            Document(
                found.source(on),
                loinc,
                title=first_text(attachment.get("title"), resource.get("description"), label_of(kind)),
                content_type=text(attachment.get("contentType")),
                day=on,
                author=next((a for a in authors if a), None),
                signed_by=signer,
            )
        )
    if loinc == _ORDER_LOINC:
        who = next((a for a in (*authors, signer) if a and a.npi), None)
        facts.orders.append(Order(found.source(on), on, who.npi if who else None, who))


def read_service_request(found: Found, facts: Facts) -> None:
    """An order for therapy: when, by whom, and how much; without day and person it says nothing."""
    resource = found.resource
    if resource.get("intent") in ("proposal", "plan", "directive", "option"):
        return
    on = found.first_day("authoredOn")
    who = clinician_of(found, resource.get("requester"))
    npi = who.npi if who else None
    timing = resource.get("occurrenceTiming")
    rate = read_frequency(timing)
    if on or npi:
        facts.orders.append(
            Order(
                found.source(on),
                on,
                npi,
                who,
                visits=read_quantity(resource.get("quantityQuantity"))[0] or read_count(timing),
                visits_per_week=rate.visits_per_week if rate else None,
                weeks=rate.weeks if rate else None,
            )
        )


def read_device_request(found: Found, facts: Facts) -> None:
    """A device that was ordered; where an item asks for it, its order as well."""
    on = found.first_day("authoredOn")
    concept = found.resource.get("codeCodeableConcept")
    code, label = next((c.code for c in codings(concept)), None), label_of(concept)
    if code or label:
        facts.equipment.append(Equipment(found.source(on), on, code, label))
    if found.requested:
        read_service_request(found, facts)


def read_encounter(found: Found, facts: Facts) -> None:
    """Where the member was, from the class of an encounter that took place or goes on."""
    if found.resource.get("status") not in ("finished", "in-progress", "onleave", None):
        return
    kinds = [c.code for c in codings(found.resource.get("class"))]
    setting = next((_SETTINGS[k] for k in kinds if k in _SETTINGS), None)
    span = period(found.resource.get("period"))
    start, end = (span.start, span.end) if span else (None, None)
    if setting:
        facts.stays.append(Stay(found.source(start), setting, start, end))


READERS: Final[dict[str, Callable[[Found, Facts], None]]] = {
    "Observation": read_observation,
    "Condition": read_condition,
    "Procedure": read_procedure,
    "DocumentReference": read_document,
    "ServiceRequest": read_service_request,
    "DeviceRequest": read_device_request,
    "Encounter": read_encounter,
    "CarePlan": read_care_plan,
    "Goal": read_goal,
    "Provenance": read_provenance,
}
