"""Time per Bundle of decoding, encoding and the structure check: `.venv/bin/python -m bench.codec [FILE…]`.

Without files, a Bundle of about 14 kB made here. CPU time of one thread, best of many passes.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.structure import check

PASSES = 50
_DIV = (
    '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>{0}</b></p>' + "<p>Some narrative.</p>" * 40 + "</div>"
)


def sample() -> dict[str, Any]:
    """A Bundle of the size of a guide example: a Claim with eight lines and nine resources around it."""
    item = {
        "extension": [{"url": "http://example.org/x", "valueCodeableConcept": {"coding": [{"code": "3"}]}}],
        "productOrService": {"coding": [{"system": "http://example.org/codes", "code": "97110"}]},
        "servicedPeriod": {"start": "2026-01-01", "end": "2026-02-01"},
        "quantity": {"value": 12, "unit": "visits"},
    }
    claim = {
        "resourceType": "Claim",
        "text": {"status": "generated", "div": _DIV.format("Claim")},
        "status": "active",
        "type": {"coding": [{"code": "professional"}]},
        "use": "preauthorization",
        "patient": {"reference": "Patient/1"},
        "created": "2026-01-01T10:00:00-05:00",
        "provider": {"reference": "Organization/1"},
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/1"}}],
        "item": [{"sequence": number, **item} for number in range(1, 9)],
    }
    party = {
        "resourceType": "Organization",
        "text": {"status": "generated", "div": _DIV.format("Organization")},
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
        "active": True,
        "name": "Therapy",
        "telecom": [{"system": "phone", "value": "555-0100"}],
        "address": [{"line": ["1 Main St"], "city": "Austin", "state": "TX", "postalCode": "78701"}],
    }
    resources = [claim, *({**party, "id": str(number)} for number in range(9))]
    entries = [{"fullUrl": f"http://example.org/fhir/{i}", "resource": r} for i, r in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def best(work: Callable[[], Any]) -> float:
    """Milliseconds of the fastest of PASSES calls."""
    times = []
    for _ in range(PASSES):
        started = time.thread_time()
        work()
        times.append(time.thread_time() - started)
    return min(times) * 1000


def main() -> None:
    """Print one line per piece of work, averaged over the Bundles."""
    files = [Path(name).read_bytes() for name in sys.argv[1:]]
    bundles = [decode(body, "json") for body in files] or [sample()]
    json_bodies = [encode(bundle, "json") for bundle in bundles]
    xml_bodies = [encode(bundle, "xml") for bundle in bundles]
    works: dict[str, Callable[[], Any]] = {
        "decode JSON": lambda: [decode(body, "json") for body in json_bodies],
        "encode JSON": lambda: [encode(bundle, "json") for bundle in bundles],
        "decode XML": lambda: [decode(body, "xml") for body in xml_bodies],
        "encode XML": lambda: [encode(bundle, "xml") for bundle in bundles],
        "structure check": lambda: [check(bundle) for bundle in bundles],
    }
    size = sum(map(len, json_bodies)) / len(bundles) / 1000
    print(f"{len(bundles)} Bundle(s), {size:.1f} kB of JSON on average")
    for name, work in works.items():
        print(f"{name:16} {best(work) / len(bundles):7.3f} ms per Bundle")


if __name__ == "__main__":
    main()
