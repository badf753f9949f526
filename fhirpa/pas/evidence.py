"""Evidence: the facts in what was sent in support of a request, each with its source.

Supporting resources are those that Claim.supportingInfo.valueReference leads to (spec-20), the requested
services of the items, the Claim's encounter and procedures, and every Condition, Procedure and Provenance of
the Bundle. Cancelled entries (prof-8), resources entered in error, refuted, called off, about another
patient, or with a modifier extension, are left out. An attached document is a document and nothing more:
what a page says stays unknown until a person or the questionnaire tells it. docs/evidence.md: every fact.
"""

from collections.abc import Iterator
from dataclasses import replace

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.pas.access import (
    codings,
    day,
    extension_value,
    is_cancelled,
    objects,
    rows,
)
from fhirpa.pas.checks_faults import filled
from fhirpa.pas.codes import CLAIM_ENCOUNTER
from fhirpa.pas.evidence_facts import Facts
from fhirpa.pas.evidence_found import Found
from fhirpa.pas.evidence_questionnaire import read_response
from fhirpa.pas.evidence_resources import READERS, surgery_of
from fhirpa.pas.read_context import Reading
from fhirpa.pas.read_lines import diagnosis_code
from fhirpa.pas.versions import PasVersion
from fhirpa.um.evidence import Diagnosis, Evidence, Source

_EVERYWHERE = ("Condition", "Procedure", "Provenance")  # read wherever they stand in the Bundle
_LINKS = {"DiagnosticReport": ("result",), "Observation": ("hasMember",)}
_NOT_VALID = {
    "entered-in-error",
    "cancelled",
    "not-done",
    "preparation",
    "revoked",
    "draft",
    "superseded",
    "rejected",
    "refuted",
    "proposed",
}
_STATES = ("status", "docStatus", "lifecycleStatus")
_MOST = 2000  # resources; a request with more is not read further


def read_evidence(reading: Reading) -> Evidence:
    """All facts of a request. Never raises; what cannot be read is unknown."""
    facts = Facts()
    _claim_diagnoses(reading, facts)
    _claim_procedures(reading, facts)
    _read_all(_wanted(reading), reading, facts)
    _tell_onset(facts)
    return facts.freeze()


def read_attached_evidence(graph: BundleGraph, version: PasVersion) -> Evidence:
    """All facts of a Bundle of additional information, which holds no Claim: every entry counts."""
    reading = Reading(graph, Entry(-1, None, {}), version)
    facts = Facts()
    _read_all((Found(graph, e, e.resource, e.path) for e in graph.entries), reading, facts)
    _tell_onset(facts)
    return facts.freeze()


def _claim_diagnoses(reading: Reading, facts: Facts) -> None:
    seen = set()
    for index, element in rows(reading.resource.get("diagnosis")):
        code = diagnosis_code(reading, element)
        if code is None:
            path = f"{reading.claim.path}.diagnosis[{index}]"
            reading.note(path, "no ICD-10-CM code; the diagnosis was not read")
        elif code not in seen:
            seen.add(code)
            recorded = day(extension_value(element, "extension-diagnosisRecordedDate"))
            kinds = {c.code for k in objects(element.get("type")) for c in codings(k)}
            source = Source("Claim", f"{reading.claim.path}.diagnosis[{index}]", recorded)
            facts.diagnoses.append(Diagnosis(code, source, principal="principal" in kinds))


def _claim_procedures(reading: Reading, facts: Facts) -> None:
    """Operations of Claim.procedure; one that is a reference is read as the Procedure it leads to."""
    for index, element in rows(reading.resource.get("procedure")):
        on = day(element.get("date"))
        source = Source("Claim", f"{reading.claim.path}.procedure[{index}]", on)
        surgery = surgery_of(element.get("procedureCodeableConcept"), on, source)
        if surgery is not None:
            facts.surgeries.append(surgery)


def _tell_onset(facts: Facts) -> None:
    """The onset of the principal diagnosis, else of the first that has one, where none was told by itself."""
    known = sorted((d for d in facts.diagnoses if d.onset), key=lambda d: not d.principal)
    if known and "onset" not in facts.single:
        facts.tell("onset", known[0].onset, known[0].source)


def _wanted(reading: Reading) -> Iterator[Found]:
    for info in objects(reading.resource.get("supportingInfo")):
        if not is_cancelled(info):
            yield from _at(reading, info.get("valueReference"))
    for item in objects(reading.resource.get("item")):
        if not is_cancelled(item):
            for found in _at(reading, extension_value(item, "extension-requestedService")):
                yield replace(found, requested=True)
            for reference in objects(item.get("encounter")):
                yield from _at(reading, reference)
    for procedure in objects(reading.resource.get("procedure")):
        yield from _at(reading, procedure.get("procedureReference"))
    yield from _at(reading, extension_value(reading.resource, CLAIM_ENCOUNTER))
    for kind in _EVERYWHERE:
        for entry in reading.graph.of_type(kind):
            yield Found(reading.graph, entry, entry.resource, entry.path)


def _at(reading: Reading, reference: object) -> Iterator[Found]:
    target = reading.find(reference)
    if target is not None:
        yield Found(reading.graph, target.entry, target.resource, target.path)


def _read_all(wanted: Iterator[Found], reading: Reading, facts: Facts) -> None:
    responses: list[Found] = []
    for found in _closure(wanted, reading):
        if found.type == "QuestionnaireResponse":
            responses.append(found)
        elif found.type in READERS:
            READERS[found.type](found, facts)
    # In the order in which they were written, so that of single facts the latest stands.
    responses.sort(key=lambda f: str(day(f.resource.get("authored")) or ""))
    for found in responses:
        read_response(found.resource, found.path, facts)


def _closure(wanted: Iterator[Found], reading: Reading) -> Iterator[Found]:
    """Each usable resource once, and what it holds (nested Bundle) or links to (a report its results)."""
    seen: set[str] = set()
    queue = list(wanted)
    for found in queue:  # the queue grows while it is walked
        if found.path in seen or len(seen) > _MOST:
            continue
        seen.add(found.path)
        if _usable(found, reading):
            yield found
            queue += _linked(found)


def _linked(found: Found) -> Iterator[Found]:
    for name in _LINKS.get(found.type, ()):
        for reference in objects(found.resource.get(name)):
            target = found.find(reference)
            if target is not None:
                yield found.at(target)
    if found.type == "Bundle":
        nested = BundleGraph(found.resource)
        for entry in nested.entries:
            path = found.path + entry.path.removeprefix("Bundle")
            yield Found(nested, entry, entry.resource, path, found.path)


def _usable(found: Found, reading: Reading) -> bool:
    resource = found.resource
    if filled(resource.get("modifierExtension")):
        reading.note(found.path, "has a modifier extension; not used as evidence")
        return False
    states = {resource.get(n) for n in _STATES if isinstance(resource.get(n), str)}
    states |= {c.code for c in codings(resource.get("verificationStatus"))}
    if states & _NOT_VALID or resource.get("doNotPerform") is True:
        reading.note(found.path, "its status says that it is not valid; not used as evidence")
        return False
    if _other_patient(found, reading):
        reading.note(found.path, "is about another patient; not used as evidence")
        return False
    return True


def _other_patient(found: Found, reading: Reading) -> bool:
    patient = reading.find(reading.resource.get("patient"))
    if patient is None or found.graph is not reading.graph:
        return False
    reference = found.resource.get("subject", found.resource.get("patient"))
    subject = found.find(reference)
    return subject is not None and subject.path != patient.path
