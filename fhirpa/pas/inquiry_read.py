"""From a PAS Inquiry Request Bundle to the inquiry: who asks, about whom, and what narrows it.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-inquiries (spec-42 ... spec-53). The
Claim's own identifier names the inquiry and is never a search key.
"""

from collections.abc import Iterator

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.pas.access import (
    Json,
    code_of,
    date_or_period,
    extension,
    extension_value,
    extensions,
    external_ids,
    identifier_of_type,
    obj,
    objects,
    period,
    text,
    value_of,
)
from fhirpa.pas.checks_bundle import main_claim
from fhirpa.pas.codes import NPI, X12_REVIEW_ACTION
from fhirpa.pas.read_context import Reading
from fhirpa.pas.read_lines import diagnosis_code, read_care_team, read_service
from fhirpa.pas.read_parties import member_identifiers, read_party, read_person
from fhirpa.pas.versions import PasVersion
from fhirpa.um.inquiry import Inquiry
from fhirpa.um.request import Party, Span


def read_inquiry(graph: BundleGraph, version: PasVersion) -> Inquiry:
    """The inquiry of a Bundle that has passed the checks. Never raises, whatever is in it."""
    claim = main_claim(graph) or Entry(0, None, {})
    reading = Reading(graph, claim, version)
    resource = claim.resource
    items = objects(resource.get("item"))
    levels = [resource, *items]
    person = read_person(reading, resource.get("patient"), f"{claim.path}.patient")
    return Inquiry(
        member_ids=_unique(_member_ids(reading)),
        provider_npis=_unique(_npis(reading)),
        authorization_numbers=_unique(_texts(levels, "extension-authorizationNumber")),
        administrative_reference_numbers=_unique(_texts(levels, "extension-administrationReferenceNumber")),
        trace_numbers=tuple(
            dict.fromkeys(
                n
                for item in items
                for n in external_ids([value_of(e) for e in extensions(item, "extension-itemTraceNumber")])
            )
        ),
        service_codes=_unique(read_service(item.get("productOrService")).code for item in items),
        review_action_codes=_unique(c for level in levels for c in _review_actions(level)),
        diagnoses=_unique(diagnosis_code(reading, d) for d in objects(resource.get("diagnosis"))),
        service_period=period(resource.get("billablePeriod")),
        issued=_hull(levels, "extension-itemCertificationIssueDate"),
        effective=_hull(levels, "extension-itemCertificationEffectiveDate"),
        expires=_hull(levels, "extension-itemCertificationExpirationDate"),
        patient_birth_date=person.birth_date if person else None,
        patient_family=person.family if person else None,
    )


def _unique(values: Iterator[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for v in values if v))


def _member_ids(reading: Reading) -> Iterator[str | None]:
    """Most specific first: the patient's member number, the coverage's, then the other identifiers."""
    patient = _resource(reading, reading.resource.get("patient"), "Patient")
    coverages = [
        _resource(reading, insurance.get("coverage"), "Coverage")
        for insurance in objects(reading.resource.get("insurance"))
    ]
    yield identifier_of_type(patient, "MB")
    for coverage in coverages:
        yield identifier_of_type(coverage, "MB")
    yield from member_identifiers(patient)
    for coverage in coverages:
        yield text(coverage.get("subscriberId"))


def _resource(reading: Reading, reference: object, kind: str) -> Json:
    target = reading.find(reference)
    return target.resource if target and target.resource.get("resourceType") == kind else {}


def _npis(reading: Reading) -> Iterator[str | None]:
    provider = read_party(reading, reading.resource.get("provider"), f"{reading.claim.path}.provider")
    for party in (provider, *(m.party for m in read_care_team(reading))):
        yield from _all_npis(party)


def _all_npis(party: Party) -> Iterator[str | None]:
    yield party.npi
    yield from (i.value for i in party.identifiers if i.system == NPI)


def _texts(levels: list[Json], url: str) -> Iterator[str | None]:
    return (text(extension_value(level, url)) for level in levels)


def _review_actions(level: Json) -> Iterator[str | None]:
    """reviewActionCode of the level itself, or inside a reviewAction (2.0.1 allows both)."""
    for holder in (level, extension(level, "extension-reviewAction")):
        for found in extensions(holder, "extension-reviewActionCode"):
            yield code_of(found.get("valueCodeableConcept"), X12_REVIEW_ACTION)


def _hull(levels: list[Json], url: str) -> Span | None:
    """The span that covers what the Claim and its items say; open where one of them is open."""
    found = [date_or_period(obj(e), "value") for level in levels for e in extensions(level, url)]
    spans = [s for s in found if s]
    if not spans:
        return None
    starts, ends = [s.start for s in spans], [s.end for s in spans]
    return Span(
        None if None in starts else min(s for s in starts if s),
        None if None in ends else max(e for e in ends if e),
    )
