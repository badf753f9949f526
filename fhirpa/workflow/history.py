"""What the event log says of a case: codes, numbers and texts of our own, no free text of others."""

from typing import Any

from fhirpa.store import NewEvent
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.terms import ActorRole


def opening_events(case: Case, guide: str, request_id: str) -> list[NewEvent]:
    """The events of a case that opens: the receipt, then one per line with what the engine found."""
    received = NewEvent(
        "received",
        case.received_at,
        ActorRole.PROVIDER,
        case.request.requester.npi or "",
        {"guide": guide, "request_id": request_id, "lines": len(case.lines)},
    )
    opened = [
        NewEvent("line-opened", case.updated_at, ActorRole.ENGINE, case.rules_version, _line_body(line))
        for line in case.lines
    ]
    return [received, *opened]


def _line_body(line: CaseLine) -> dict[str, Any]:
    return {
        "sequence": line.line.sequence,
        "state": line.state.value,
        "policy": line.policy_id,
        "authorization": line.authorization.number if line.authorization else None,
        "reference": line.administrative_reference_number,
        "reasons": list(line.reasons),
        "criteria": [
            {"id": c.criterion_id, "status": c.status.value, "facts": list(c.facts)} for c in line.criteria
        ],
    }
