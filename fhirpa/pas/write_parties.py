"""References of our resources to the people and organizations of the request.

What the request holds is echoed and referred to by its fullUrl. Where it is not at hand, Patient and
Organization are made from what was read; anybody else is named by NPI and name only.
"""

from typing import Any

from fhirpa.fhir.bundle import Entry, Target
from fhirpa.pas.access import Json, obj, objects, text
from fhirpa.pas.codes import NPI, SD
from fhirpa.pas.write_context import Original, Writing
from fhirpa.pas.write_values import absent, filled, identifier, plain_identifier
from fhirpa.um.request import ExternalId, Party, Person

_PROVIDER_TYPES = ("Organization", "Practitioner", "PractitionerRole")


def patient(w: Writing, original: Original, person: Person | None) -> Json:
    """Reference to the patient."""
    sent = original.resource.get("patient")
    echoed = _echo(w, original, sent, ("Patient",), "profile-beneficiary")
    if echoed is None and person is None:
        return logical(sent)
    return echoed or _made(w, person, "profile-beneficiary")


def insurer(w: Writing, original: Original, party: Party | None) -> Json:
    """Reference to the insurer."""
    sent = original.resource.get("insurer")
    echoed = _echo(w, original, sent, ("Organization",), "profile-insurer")
    if echoed is None and party is None:
        return logical(sent)
    return echoed or _made(w, party, "profile-insurer")


def requestor(w: Writing, original: Original, party: Party | None) -> Json:
    """Reference to whoever asked: Organization, or PractitionerRole with what it leads to."""
    sent = original.resource.get("provider")
    echoed = _echo(w, original, sent, _PROVIDER_TYPES, None)
    if echoed is None and party is None:
        return logical(sent)
    return echoed or _made(w, party, "profile-requestor")


def requesting_organization(w: Writing, original: Original, party: Party) -> Json:
    """Reference to the organization that asked: that of the role if a PractitionerRole did."""
    target = _find(original, original.resource.get("provider"))
    if target and target.resource.get("resourceType") == "PractitionerRole":
        organization = target.resource.get("organization")
        echoed = _echo(w, original, organization, ("Organization",), None, target.entry)
        return echoed or by_npi(party)
    return requestor(w, original, party)


def provider(w: Writing, original: Original, party: Party) -> Json:
    """Reference to a provider as Practitioner or Organization; by NPI and name if neither is at hand."""
    entry = _entry_at(original, party.path)
    if entry is None or original.graph is None:
        return by_npi(party)
    if entry.type == "PractitionerRole":
        organization = entry.resource.get("organization")
        return _echo(w, original, organization, ("Organization",), None, entry) or by_npi(party)
    url = w.entries.echo(original.graph, entry) if entry.type in _PROVIDER_TYPES else None
    return {"reference": url} if url else by_npi(party)


def provider_role(original: Original, party: Party) -> Json | None:
    """The role (CodeableConcept) in which the sender's care team names this provider."""
    for member in objects(original.resource.get("careTeam")):
        target = _find(original, member.get("provider"))
        if target is None:
            continue
        person = original.graph and original.graph.find(target.resource.get("practitioner"), target.entry)
        if party.path in (target.path, person.path if person else None):
            return obj(member.get("role")) or None
    return None


def by_npi(party: Party) -> Json:
    """A reference that names somebody by NPI (else the first identifier) and name, without a literal."""
    known = ExternalId(NPI, party.npi) if party.npi else next(iter(party.identifiers), None)
    named = filled({"identifier": plain_identifier(known) if known else None, "display": party.name})
    return named or {"extension": [absent()]}


def logical(sent: Any) -> Json:
    """What a reference tells besides its literal; says so if it tells nothing."""
    kept = filled({k: v for k, v in obj(sent).items() if k in ("identifier", "display")})
    return kept or {"extension": [absent()]}


def party_identifier(w: Writing, party: Party, *, npi_first: bool) -> Json:
    """An Identifier for a party; one that says that it is unknown if the party has none."""
    known = [*party.identifiers, *([ExternalId(NPI, party.npi)] if party.npi else [])]
    if npi_first:
        known.sort(key=lambda i: i.system != NPI)
    return identifier(plain_identifier(known[0]), w.version) if known else {"extension": [absent()]}


def _find(original: Original, reference: Any, holder: Entry | None = None) -> Target | None:
    where = holder or original.claim
    return original.graph.find(reference, where) if original.graph and where else None


def _echo(
    w: Writing,
    original: Original,
    reference: Any,
    types: tuple[str, ...],
    profile: str | None,
    holder: Entry | None = None,
) -> Json | None:
    """Reference to the echoed entry; None if there is none of these types, or it is contained."""
    target = _find(original, reference, holder)
    if target is None or target.contained or target.entry.type not in types or original.graph is None:
        return None
    url = w.entries.echo(original.graph, target.entry, profile)
    return {"reference": url} if url else None


def _entry_at(original: Original, path: str) -> Entry | None:
    entries = original.graph.entries if original.graph else ()
    return next((e for e in entries if e.path == path), None)


def _made(w: Writing, who: Person | Party | None, profile: str) -> Json:
    if isinstance(who, Person):
        person = who
        url = w.entries.add_once((who, profile), lambda: _patient(w, person), SD + profile)
    else:
        party = who or Party()
        url = w.entries.add_once((party, profile), lambda: _organization(w, party), SD + profile)
    return {"reference": url}


def _patient(w: Writing, person: Person) -> Json:
    known = person.identifiers or ((ExternalId(None, person.member_id),) if person.member_id else ())
    name = filled({"family": person.family, "given": list(person.given)})
    return filled(
        {
            "resourceType": "Patient",
            "identifier": [_with_system(plain_identifier(i)) for i in known or (ExternalId(None, ""),)],
            "name": [name or {"extension": [absent()]}],
            "gender": person.gender or "unknown",
            "birthDate": person.birth_date.isoformat() if person.birth_date else None,
        }
    )


def _with_system(known: Json) -> Json:
    """US Core patients: system and value, or why there is none."""
    out = {k: v for k, v in known.items() if v}
    for name in ("system", "value"):
        if name not in out:
            out[f"_{name}"] = {"extension": [absent()]}
    return out


def _organization(w: Writing, party: Party) -> Json:
    known = party.identifiers or ((ExternalId(NPI, party.npi),) if party.npi else ())
    return filled(
        {
            "resourceType": "Organization",
            "identifier": [identifier(plain_identifier(i), w.version) for i in known],
            "active": True,
            "name": text(party.name) or "Name not on record",
        }
    )
