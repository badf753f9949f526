"""A resource of the evidence and where it stands, and who is behind the references in it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fhirpa.fhir.bundle import BundleGraph, Entry, Target
from fhirpa.pas.access import Json, codings, day, identifier_value, obj, objects, text
from fhirpa.pas.codes import NPI, NUCC
from fhirpa.um.evidence import Clinician, LicenceKind, Source

_BY_TAXONOMY: Final = (  # NUCC, by beginning
    ("2252", LicenceKind.PTA),
    ("2251", LicenceKind.PT),
    ("225X", LicenceKind.OT),
    ("224Z", LicenceKind.OTA),
    ("20", LicenceKind.PHYSICIAN),
    ("363A", LicenceKind.PA),
    ("363L", LicenceKind.APRN),
    ("364S", LicenceKind.APRN),
    ("367", LicenceKind.APRN),
    ("213E", LicenceKind.PODIATRIST),
    ("1223", LicenceKind.DENTIST),
    ("111N", LicenceKind.CHIROPRACTOR),
)
_BY_TITLE: Final = {  # letters after a name, as codes or texts of a qualification or role
    **dict.fromkeys(("PT", "DPT", "MPT", "LPT"), LicenceKind.PT),
    **dict.fromkeys(("PTA", "LPTA"), LicenceKind.PTA),
    **dict.fromkeys(("OT", "OTR", "OTRL", "OTD", "LOT"), LicenceKind.OT),
    **dict.fromkeys(("OTA", "COTA", "COTAL"), LicenceKind.OTA),
    **dict.fromkeys(("MD", "DO"), LicenceKind.PHYSICIAN),
    **dict.fromkeys(("PA", "PAC"), LicenceKind.PA),
    **dict.fromkeys(("NP", "FNP", "APRN", "CNS", "CNP"), LicenceKind.APRN),
    "DPM": LicenceKind.PODIATRIST,
    **dict.fromkeys(("DDS", "DMD"), LicenceKind.DENTIST),
    "DC": LicenceKind.CHIROPRACTOR,
    "PHYSICALTHERAPIST": LicenceKind.PT,
    "PHYSICALTHERAPISTASSISTANT": LicenceKind.PTA,
    "PHYSICALTHERAPYASSISTANT": LicenceKind.PTA,
    "OCCUPATIONALTHERAPIST": LicenceKind.OT,
    "OCCUPATIONALTHERAPYASSISTANT": LicenceKind.OTA,
    "36682004": LicenceKind.PT,  # SNOMED CT, occupations
    "80546007": LicenceKind.OT,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A resource of the evidence, the graph it stands in, and its path from the Bundle as sent.

    `root` is the path of the graph's own Bundle, other than 'Bundle' where that one is nested in an entry.
    `requested` is True for the requested service of an item.
    """

    graph: BundleGraph
    entry: Entry
    resource: Json
    path: str
    root: str = "Bundle"
    requested: bool = False

    @property
    def type(self) -> str:
        """resourceType, or ''."""
        return text(self.resource.get("resourceType")) or ""

    def source(self, on: date | None = None) -> Source:
        """This resource as the source of a fact."""
        return Source(self.type, self.path, on)

    def find(self, reference: Any) -> Target | None:
        """What a reference in this resource leads to."""
        return self.graph.find(reference, self.entry)

    def at(self, target: Target) -> "Found":
        """A resource that this one leads to."""
        path = self.root + target.path.removeprefix("Bundle")
        return Found(self.graph, target.entry, target.resource, path, self.root)

    def first_day(self, *names: str) -> date | None:
        """The first of these elements that is a whole date."""
        return next((d for d in (day(self.resource.get(n)) for n in names) if d), None)


def clinician_of(found: Found, reference: Any) -> Clinician | None:
    """Who a reference leads to, with licence and NPI as far as told; None where neither is.

    The licence comes from provider taxonomy or title of a Practitioner's qualification, or of a
    PractitionerRole's code or specialty. The NPI is the person's, else the role's or the organization's.
    """
    target = found.find(reference)
    if target is None:
        npi = identifier_value({"identifier": [obj(obj(reference).get("identifier"))]}, NPI)
        return Clinician(npi=npi) if npi else None
    parts = [target]
    if target.resource.get("resourceType") == "PractitionerRole":
        ways = (
            found.graph.find(target.resource.get(name), target.entry)
            for name in ("practitioner", "organization")
        )
        parts += [p for p in ways if p]
    npi = next((n for n in (identifier_value(p.resource, NPI) for p in parts) if n), None)
    licence = next((k for k in (_licence(p.resource) for p in parts) if k), None)
    return Clinician(licence, npi) if npi or licence else None


def _licence(resource: Json) -> LicenceKind | None:
    if resource.get("resourceType") == "Organization":
        return None
    concepts = [q.get("code") for q in objects(resource.get("qualification"))]
    concepts += [*objects(resource.get("code")), *objects(resource.get("specialty"))]
    kinds = [k for c in concepts for k in _kinds(c)]
    return next((k for k in kinds if k is not LicenceKind.OTHER), next(iter(kinds), None))


def _kinds(concept: Any) -> list[LicenceKind]:
    out = []
    words = [text(obj(concept).get("text"))]
    for coding in codings(concept):
        if coding.system == NUCC:
            code = coding.code.upper()
            out.append(next((k for start, k in _BY_TAXONOMY if code.startswith(start)), LicenceKind.OTHER))
        else:
            words += [coding.code, coding.display]
    pieces = [piece for w in words if w for piece in (w, *re.split(r"[,;]", w))]  # 'PT, DPT, OCS'
    titles = (re.sub(r"[^A-Z0-9]", "", p.upper()) for p in pieces)
    return out + [_BY_TITLE[t] for t in titles if t in _BY_TITLE]
