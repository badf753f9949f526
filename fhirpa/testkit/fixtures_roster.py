"""The roster: members and providers that fixtures of mode strict rely on, and staff to review with."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from fhirpa.testkit import builder_people as cast
from fhirpa.testkit.builder import Request
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_terms import npi
from fhirpa.testkit.scenario import Enrolled

_MEMBER = (
    *("member_id", "subscriber_id", "family", "given", "birth_date", "gender"),
    *("language", "plan_code", "start", "end"),
)
_PROVIDER = ("npi", "name", "in_network", "taxonomies")
_STAFF = (  # of each role and discipline, and a second director for appeals; licences of nobody
    (
        *("staff_id", "name", "role", "active", "npi", "specialty"),
        *("licence_type", "licence_state", "licence_number", "licence_expires", "licence_administrative"),
    ),
    ("intake-1", "Noor Castellano", "intake", "true", "", "", "", "", "", "", ""),
    ("pt-1", "Ilse Grantham", "therapist", "true", "", "225100000X", "PT", "TX", "S-PT-1", "2035-12-31", ""),
    ("ot-1", "Tobias Mwangi", "therapist", "true", "", "225X00000X", "OT", "TX", "S-OT-1", "2035-12-31", ""),
    (
        *("md-1", "Dr. Rosalind Achebe", "medical_director", "true", npi("199990310"), "208100000X"),
        *("MD", "TX", "S-MD-1", "2035-12-31", "false"),
    ),
    (
        *("md-2", "Dr. Emeka Lindqvist", "medical_director", "true", npi("199990311"), "208100000X"),
        *("DO", "TX", "S-DO-2", "2035-12-31", "false"),
    ),
)
_PRACTICES = (  # with the NUCC code of each; who is not on file stays out: UNLISTED and WRONG_NPI
    (cast.PECAN, "261QP2000X"),
    (cast.BRAZOS, "261QR0400X"),
    (cast.MESQUITE, "261QR0400X"),
    (cast.HILLS, "251E00000X"),
    (cast.COLORADO, "261QP2300X"),
    (cast.GULF, "261QM1300X"),
)
_CLINICIANS = (
    *(cast.PT_ORTHO, cast.PT_NEURO, cast.OT_NEURO, cast.PT_PAEDIATRIC, cast.OT_PAEDIATRIC, cast.PT_HOME),
    *(cast.FAMILY_DOCTOR, cast.ORTHOPAEDIST, cast.NEUROLOGIST, cast.PAEDIATRICIAN),
    cast.PHYSICIAN_ASSISTANT,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """The member of one fixture, and how they are enrolled."""

    request: Request
    identity: Identity
    enrolled: Enrolled


def members_csv(members: Iterable[Listed]) -> bytes:
    """members.csv; dates are YYYY-MM-DD, an empty end is open."""
    return _csv(_MEMBER, (_member(m) for m in members))


def providers_csv() -> bytes:
    """providers.csv; taxonomies are separated by spaces."""
    practices = ((p.npi or "", p.name, "true", taxonomy) for p, taxonomy in _PRACTICES)
    people = ((c.npi, f"{c.given} {c.family}", "true", c.taxonomy) for c in _CLINICIANS)
    return _csv(_PROVIDER, (*practices, *people))


def staff_csv() -> bytes:
    """staff.csv: an intake coordinator, a PT, an OT and a medical director."""
    return _csv(_STAFF[0], _STAFF[1:])


def _member(listed: Listed) -> tuple[str, ...]:
    person, identity, enrolled = listed.request.person, listed.identity, listed.enrolled
    return (
        identity.member_id(listed.request.subscriber is not None),
        identity.subscriber_id,
        identity.family,
        identity.given(person.gender),
        person.born.isoformat(),
        person.gender,
        person.language,
        enrolled.plan,
        enrolled.start.isoformat(),
        enrolled.end.isoformat() if enrolled.end else "",
    )


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()
