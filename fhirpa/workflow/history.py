"""What the event log says of a case: codes, numbers and texts of our own, no free text of others."""

from collections.abc import Iterable
from typing import Any

from fhirpa.store import DECISION_EVENT, NewDecision, NewEvent
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.determination import Decision
from fhirpa.um.replay import DecisionInput, DecisionRecord
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import ActorRole
from fhirpa.um.transitions import checked_line
from fhirpa.um.updating import ChangedLine
from fhirpa.workflow.ports import Incoming
from fhirpa.workflow.program import program_id


def decided_event(case: Case, taken: DecisionInput, decision: Decision, rules: RuleSet) -> NewEvent:
    """The event of a decision of the engine; all that it took is kept beside it."""
    kept = NewDecision(DecisionRecord(taken, decision, program_id()), rules.source)
    body = {"version": case.version, "kind": "update" if taken.case else "request"}
    return NewEvent(DECISION_EVENT, case.updated_at, ActorRole.ENGINE, decision.rules_version, body, kept)


def opening_events(case: Case, guide: str, request_id: str, decided: NewEvent) -> list[NewEvent]:
    """The events of a case that opens: the receipt, the decision, then one per line with what was found."""
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
    return [received, decided, *opened]


def update_events(
    case: Case, lines: Iterable[ChangedLine], incoming: Incoming, decided: NewEvent | None
) -> list[NewEvent]:
    """The events of an update: receipt, decision if any, then one per line that changed, with who did it."""
    provider = case.request.requester.npi or ""
    body = {"guide": incoming.version, "request_id": incoming.request_id, "version": case.version}
    out = [NewEvent("updated", incoming.received_at, ActorRole.PROVIDER, provider, body)]
    out += [decided] if decided else []
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
