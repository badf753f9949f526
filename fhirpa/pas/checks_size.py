"""How much one request may hold: far beyond any real one, so that a hostile one costs little."""

from typing import Final

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.access import obj
from fhirpa.pas.checks_faults import Faults

MAX_ENTRIES: Final = 2000
MAX_ITEMS: Final = 999  # X12 278 ends at 99 service lines for a patient event
_LISTS: Final = (
    "identifier",
    "extension",
    "modifierExtension",
    "contained",
    "related",
    "careTeam",
    "supportingInfo",
    "diagnosis",
    "procedure",
    "insurance",
    "item",
)


def check_size(graph: BundleGraph, out: Faults) -> bool:
    """Report what is too long; False if anything is, and nothing else is looked at then."""
    entries = graph.bundle.get("entry")
    if isinstance(entries, list) and len(entries) > MAX_ENTRIES:
        _too_many("The Bundle", "entries", len(entries), MAX_ENTRIES, "Bundle.entry", out)
    for claim in graph.of_type("Claim")[:2]:
        for name in _LISTS:
            found = obj(claim.resource).get(name)
            if isinstance(found, list) and len(found) > MAX_ITEMS:
                _too_many(
                    "The Claim", f"elements in {name}", len(found), MAX_ITEMS, f"{claim.path}.{name}", out
                )
    return not out.issues


def _too_many(what: str, parts: str, count: int, most: int, at: str, out: Faults) -> None:
    out.error(
        "too-many-entries",
        "too-long",
        f"{what} has {count} {parts}; this server takes at most {most}. Send several requests.",
        at,
    )
