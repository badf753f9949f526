"""From a request in plain values to a PAS Request Bundle in either version of the guide."""

from dataclasses import dataclass
from datetime import date

from fhirpa.testkit.builder_claim import (
    Content,
    Line,
    Shared,
    Support,
    care_team,
    claim,
    diagnoses,
    item,
    supporting_info,
)
from fhirpa.testkit.builder_clinical import (
    Subject,
    charted_plan,
    condition,
    document,
    finding,
    observation,
    order,
    procedure,
)
from fhirpa.testkit.builder_evidence import (
    ChartedPlan,
    Diagnosis,
    Documentation,
    Exhibit,
    Finding,
    Measurement,
    Note,
    Operation,
)
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_parties import (
    coverage,
    member,
    organization,
    parent,
    practitioner,
    practitioner_role,
    subscriber,
)
from fhirpa.testkit.builder_people import PAYER, Clinician, Person
from fhirpa.testkit.builder_questionnaire import response
from fhirpa.testkit.builder_terms import Json, moment
from fhirpa.testkit.guide import Guide
from fhirpa.testkit.references import rename

BASE = "https://ehr.example/fhir/"
_REPORT_TYPES = {  # LOINC document type -> X12 755
    "18735-1": "06",
    "18734-4": "06",
    "18776-5": "08",
    "11507-1": "09",
    "11508-9": "09",
    "57154-7": "B3",
    "11504-8": "OB",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a practice asks for one member. The first therapist's practice asks."""

    person: Person
    therapists: tuple[Clinician, ...]
    diagnoses: tuple[Diagnosis, ...]
    lines: tuple[Line, ...]
    start: date
    end: date
    created: date
    exhibits: tuple[Exhibit, ...] = ()
    orderer: Clinician | None = None
    ordered: date | None = None
    plan: str | None = "SANDBOX-COM"
    covered_from: date | None = date(2026, 1, 1)
    covered_to: date | None = None
    subscriber: Person | None = None  # None: the member is the subscriber
    expedited: bool = False
    renewal: bool = False
    message: str | None = None
    urn: bool = False  # urn:uuid fullUrls and no resource ids
    contained: bool = False  # the therapist asks as a PractitionerRole with the Practitioner inside


@dataclass(frozen=True, slots=True)
class _Parties:
    """Everyone and everything that the Claim refers to but the evidence."""

    patient: Json
    family: list[Json]  # subscriber and parent of a dependent
    insurer: Json
    coverage: Json
    clinic: Json
    roles: list[Json]  # of the therapists, in order
    orderer: Json | None
    others: list[Json]  # the people and practices behind the roles

    def listed(self) -> list[Json]:
        """All of them, in the order in which they stand in the Bundle."""
        ordering = [self.orderer] if self.orderer else []
        known = (self.clinic, self.insurer, self.coverage, self.patient, *self.family, *self.roles)
        return [*known, *ordering, *self.others]


def build(request: Request, guide: Guide, identity: Identity) -> Json:
    """The PAS Request Bundle; the same values give the same Bundle."""
    parties = _parties(request, guide, identity)
    about = Subject(parties.patient, parties.roles[0], guide)
    asked = _order(request, parties.orderer, about, identity)
    support, loose = _support(request, about, parties.roles, identity)
    period = (request.start, request.end)
    team = list(zip(parties.roles, request.therapists, strict=True))
    content = Content(
        patient=parties.patient,
        insurer=parties.insurer,
        provider=parties.roles[0] if request.contained else parties.clinic,
        coverage=parties.coverage,
        care_team=care_team(team, len(team) == 1, parties.orderer),
        supporting_info=supporting_info(period, support, request.message, guide),
        diagnosis=diagnoses(request.diagnoses),
        item=_items(request, asked, identity),
    )
    asking = claim(content, identity, guide, moment(request.created, "17:05"), request.expedited)
    resources = [asking, *parties.listed(), *([asked] if asked else []), *(s.resource for s in support)]
    return _bundle([*resources, *loose], request, guide, identity)


def _parties(request: Request, guide: Guide, identity: Identity) -> _Parties:
    dependent = request.subscriber is not None
    patient = member(request.person, identity, guide, dependent)
    holder = subscriber(request.subscriber, identity, guide) if request.subscriber else patient
    insurer = organization(PAYER, guide, "Insurer")
    others = [] if request.contained else [practitioner(t, guide) for t in request.therapists]
    orderer = None
    if request.orderer:
        orderer = practitioner_role(request.orderer, guide)
        others += [practitioner(request.orderer, guide), organization(request.orderer.practice, guide)]
    return _Parties(
        patient=patient,
        family=[holder, parent(patient, holder, guide)] if dependent else [],
        insurer=insurer,
        coverage=coverage(patient, holder, insurer, identity, guide, request.plan, _covered(request)),
        clinic=organization(request.therapists[0].practice, guide, "Requestor"),
        roles=[practitioner_role(t, guide, request.contained) for t in request.therapists],
        orderer=orderer,
        others=others,
    )


def _items(request: Request, asked: Json | None, identity: Identity) -> list[Json]:
    shared = Shared(
        period=(request.start, request.end),
        certification="R" if request.renewal else "I",
        diagnoses=len(request.diagnoses),
        order=asked,
    )
    return [item(line, sequence, identity, shared) for sequence, line in enumerate(request.lines, 1)]


def _covered(request: Request) -> Json:
    days = {"start": request.covered_from, "end": request.covered_to}
    return {name: day.isoformat() for name, day in days.items() if day}


def _order(request: Request, orderer: Json | None, about: Subject, identity: Identity) -> Json | None:
    if request.ordered is None or orderer is None:
        return None
    service = request.lines[0].service_type
    return order(request.ordered, service, orderer, about, f"order-{identity.serial}")


def _support(
    request: Request, about: Subject, roles: list[Json], identity: Identity
) -> tuple[list[Support], list[Json]]:
    """What the Claim refers to in support, and what only those resources refer to."""
    support: list[Support] = []
    loose: list[Json] = []
    for number, diagnosis in enumerate((d for d in request.diagnoses if d.onset), 1):
        at = f"condition-{identity.serial}-{number}"
        support.append(Support(condition(diagnosis, about, at), "05"))
    for number, exhibit in enumerate(request.exhibits, 1):
        at = f"support-{identity.serial}-{number}"
        match exhibit:
            case Documentation():
                author = _author(exhibit, request, roles)
                npi = request.orderer.npi if request.orderer else None
                support.append(Support(response(exhibit, about.patient, author, npi, about.guide, at), "77"))
            case Note():
                kind = _REPORT_TYPES.get(exhibit.loinc, "77")
                support.append(Support(document(exhibit, about, at), kind))
            case Operation():
                support.append(Support(procedure(exhibit, about, at), "OB"))
            case Measurement():
                support.append(Support(observation(exhibit, about, at), "RT"))
            case Finding():
                support.append(Support(finding(exhibit, about, at), "77"))
            case ChartedPlan():
                plan, *goals = charted_plan(exhibit, about, at)
                if about.guide.care_plan_in_bundle:
                    support.append(Support(_wrapped([plan, *goals], about.patient, identity, at), "08"))
                else:
                    support.append(Support(plan, "08"))
                    loose += goals
    return support, loose


def _author(record: Documentation, request: Request, roles: list[Json]) -> Json:
    """The therapist of the record's discipline: taxonomies of physical therapists begin with 2251."""
    physical = record.discipline == "PT"
    pairs = zip(request.therapists, roles, strict=True)
    return next((r for t, r in pairs if t.taxonomy.startswith("2251") == physical), roles[0])


def _wrapped(resources: list[Json], patient: Json, identity: Identity, at: str) -> Json:
    """A Bundle within the Bundle; the member is in it, so that it stands for itself."""
    return {
        "resourceType": "Bundle",
        "id": f"{at}-bundle",
        "type": "collection",
        "entry": [_entry(r) for r in (*resources, patient)],
    }


def _entry(resource: Json) -> Json:
    return {"fullUrl": f"{BASE}{resource['resourceType']}/{resource['id']}", "resource": resource}


def _bundle(resources: list[Json], request: Request, guide: Guide, identity: Identity) -> Json:
    once = {f"{r['resourceType']}/{r['id']}": r for r in resources}
    bundle: Json = {
        "resourceType": "Bundle",
        "id": f"request-{identity.serial}",
        **guide.meta("Bundle"),
        "identifier": {
            "system": "https://ehr.example/submission",
            "value": identity.bundle_identifier,
        },
        "type": "collection",
        "timestamp": moment(request.created, "17:06"),
        "entry": [_entry(r) for r in once.values()],
    }
    return _as_urns(bundle, identity) if request.urn else bundle


def _as_urns(bundle: Json, identity: Identity) -> Json:
    """The same with urn:uuid fullUrls, as a sender without a FHIR server writes it."""
    named = {e["fullUrl"]: f"urn:uuid:{identity.uuid(e['fullUrl'])}" for e in bundle["entry"]}
    out = rename(bundle, named)
    for entry in out["entry"]:
        entry["resource"].pop("id")
    return out
