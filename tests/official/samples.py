"""Writes responses of every kind, for the official validator: ``python -m tests.official.samples DIR``.

DIR/2.0.1 and DIR/2.2.1 get one file per response: every state of a line (by item, by service block and
without the request at hand), business errors, and inquiries with one, two and no matches; for a request built
here and for some of the fixtures.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.codec import encode
from fhirpa.pas.inquiry_write import write_inquiry_response
from fhirpa.pas.versions import VERSIONS, PasVersion
from fhirpa.pas.write import write_error_response, write_response
from fhirpa.um.case import Case
from fhirpa.um.determination import BusinessError
from fhirpa.um.terms import LineState
from tests.pas.case_builder import (
    CHICAGO,
    EVALUATION,
    NOW,
    PAYER_URL,
    PLAN_OF_CARE,
    QUESTIONS,
    REASONS,
    TEXTS,
    case_of,
    ids,
    in_state,
    sent,
    with_notes,
)
from tests.pas.request_builder import graph, item

Json = dict[str, Any]

FIXTURES = Path(__file__).parents[2] / "fixtures"
ANSWERED = ("lbp-initial", "stroke-pt-and-ot", "ped-ot-medicaid", "tka-several-codes")
ERRORS = (
    BusinessError(
        "75", "C", "The member is not known.", "2010C-NM109", "Bundle.entry[4].resource", "unknown"
    ),
    BusinessError(
        "57", "C", "The date is wrong.", "", "Bundle.entry[0].resource.item[0].servicedPeriod", "date"
    ),
)


def main(folder: Path) -> None:
    for version in VERSIONS.values():
        target = folder / version.label
        target.mkdir(parents=True, exist_ok=True)
        for name, response in _all(version):
            (target / f"{name}.json").write_bytes(encode(response, "json", pretty=True))


def _all(version: PasVersion) -> Iterator[tuple[str, Json]]:
    yield from _answers("built", sent(item(3), item(1)), version)
    for name in ANSWERED:
        body = json.loads((FIXTURES / version.label / "json" / f"{name}.json").read_text())
        yield from _answers(name, body, version)
    one, two = _match(version, item(1)), _match(version, item(2), item(3))
    yield "inquiry-two", _inquiry(version, one, two)
    yield "inquiry-none", _inquiry(version)


def _answers(name: str, body: Json, version: PasVersion) -> Iterator[tuple[str, Json]]:
    """The request answered in every state and with errors, and found again by an inquiry."""
    for state in LineState:
        for block in (False, True):
            case = _case(body, state, version, block=block)
            label = f"{name}-{state.name.lower()}{'-block' if block else ''}"
            yield label, write_response(case, graph(body), version, zone=CHICAGO, **_settings())
        case = _case(body, state, version)
        label = f"{name}-{state.name.lower()}"
        yield f"{label}-without-request", write_response(case, None, version, zone=CHICAGO, **_settings())
        yield f"{label}-inquiry", _inquiry(version, (case, graph(body)))
    yield f"{name}-errors", write_error_response(ERRORS, graph(body), version, now=NOW, new_id=ids())


def _case(body: Json, state: LineState, version: PasVersion, block: bool = False) -> Case:
    asked = (PLAN_OF_CARE, EVALUATION, QUESTIONS) if state.is_pended else ()
    lines = in_state(state, block=block, information=asked, notes=("On a line.",), reasons=("benefit",))
    return with_notes(case_of(body, lines, version=version), "On the case.")


def _match(version: PasVersion, *items: Json) -> tuple[Case, BundleGraph]:
    body = sent(*items)
    return _case(body, LineState.CERTIFIED, version), graph(body)


def _inquiry(version: PasVersion, *matches: tuple[Case, BundleGraph]) -> Json:
    return write_inquiry_response(matches, graph(sent()), version, **_settings())


def _settings() -> dict[str, Any]:
    return {"now": NOW, "new_id": ids(), "reason_codes": REASONS, "texts": TEXTS, "payer_url": PAYER_URL}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
