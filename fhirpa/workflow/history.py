"""What the event log says of a case: codes, numbers and texts of our own, no free text of others."""

from collections.abc import Iterable
from typing import Any

from fhirpa.store import NewEvent
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.terms import ActorRole
from fhirpa.um.transitions import checked_line
from fhirpa.um.updating import ChangedLine
from fhirpa.workflow.ports import Incoming


def opening_events(case: Case, guide: str, request_id: str) -> list[NewEvent]:
    """The events of a case that opens: the receipt, then one per line with what the engine found."""
    received = NewEvent(
        "received",
        case.received_at,
        ActorRole.PROVIDER,
        case.request.requester.npi or "",
        {"guide": guide, "request_id": request_id, "lines": len(case.lines)},
    )
    for line in case.lines:
        checked_line(None, line, "line-opened", ActorRole.ENGINE)
    opened = [
        NewEvent("line-opened", case.updated_at, ActorRole.ENGINE, case.rules_version, _line_body(line))
        for line in case.lines
    ]
    return [received, *opened]


def update_events(case: Case, lines: Iterable[ChangedLine], incoming: Incoming) -> list[NewEvent]:
    """The events of an update: the receipt, then one per line that changed, with who changed it."""
    provider = case.request.requester.npi or ""
    body = {"guide": incoming.version, "request_id": incoming.request_id, "version": case.version}
    out = [NewEvent("updated", incoming.received_at, ActorRole.PROVIDER, provider, body)]
    for line in lines:
        kind = "line-added" if line.before is None else "line-changed"
        role, actor = ActorRole.ENGINE, case.rules_version
        if line.was_cancelled:
            kind, role, actor = "line-cancelled", ActorRole.PROVIDER, provider
        checked_line(line.before, line.after, kind, role)
        out.append(NewEvent(kind, case.updated_at, role, actor, _line_body(line.after)))
    return out


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
