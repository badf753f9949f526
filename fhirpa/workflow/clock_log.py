"""What the event log says of clocks: every event of every clock, and when a decision is due by which rule."""

from typing import Any

from fhirpa.store import NewEvent
from fhirpa.um.case import Case
from fhirpa.um.clock_events import ClockEvent
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import ActorRole

EVENT = "clock"


def clock_events(before: Case | None, after: Case, rules: RuleSet) -> list[NewEvent]:
    """One event on what a step did to the clocks of a case (`before` None: a new one), if it did anything.

    The clocks of a case can be reckoned again from these events alone, under the version of the rules.
    """
    known = {x.line.sequence: x.clock for x in before.lines} if before is not None else {}
    told = [
        {"line": x.line.sequence, **_body(event)}
        for x in after.lines
        for event in x.clock[len(known.get(x.line.sequence, ())) :]
    ]
    if not told:
        return []
    body = {
        "version": after.version,
        "clocks": told,
        "due": after.due.at.isoformat() if after.due else None,
        "rule": after.due.rule if after.due else None,
        "information_due": after.information_due.at.isoformat() if after.information_due else None,
    }
    return [NewEvent(EVENT, after.updated_at, ActorRole.SYSTEM, rules.version, body)]


def _body(event: ClockEvent) -> dict[str, Any]:
    """The event without what it does not say."""
    values = {
        "level": event.level.value if event.level else None,
        "request": event.request.value if event.request else None,
        "days": event.days,
        "ground": event.ground,
        "by": event.by,
    }
    return {"event": event.kind.value, "at": event.at.isoformat(), **{k: v for k, v in values.items() if v}}
