"""An explained case as plain values: the one shape behind the text and behind `--json`."""

from datetime import datetime
from typing import Any

from fhirpa.store import KeptEvent
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.evidence import Source
from fhirpa.um.explaining import CriterionRead, criteria_read, known_facts
from fhirpa.um.explaining_words import amount, span
from fhirpa.um.replay import DecisionInput
from fhirpa.um.staff import Staff
from fhirpa.workflow.explain import Decided, Explanation, PersonsAct, Proof

Json = dict[str, Any]
_WHY = (  # of an act's event: what the person gave as the ground of it
    "reason",
    "criterion",
    "citation",
    "rationale",
    "breach",
    "summary",
    "question",
    "agreement",
    "rule",
    "text",
    "why",
    "asked_by",
    "items",
)


def as_data(found: Explanation) -> Json:
    """Everything, oldest first."""
    case = found.case
    return {
        "case": case.case_number,
        "id": case.case_id,
        "version": case.version,
        "plan": case.plan_code,
        "line_of_business": case.line_of_business.value,
        "received": _at(case.received_at),
        "lines": [_line(x) for x in case.lines],
        "decisions": [_decided(x) for x in found.decisions],
        "acts": [_act(x) for x in found.acts],
        "talks": _talks(case),
        "clocks": _clocks(case),
        "notices": [
            {"at": _at(x.at), "kind": x.kind, "for": x.topic, "state": x.state, "says": x.payload}
            for x in found.notices
        ],
        "event_log": {
            "events": found.events,
            "whole": not found.problems,
            "problems": [str(x) for x in found.problems],
        },
        "proved": found.is_proved,
    }


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _line(line: CaseLine) -> Json:
    given, adverse, referral = line.authorization, line.adverse, line.referral
    certified = given.certified if given else None
    return {
        "line": line.line.sequence,
        "service": line.line.service.code,
        "asked": f"{amount(line.line.quantity, line.line.unit)}, {span(line.line.period)}",
        "state": line.state.value,
        "authorization": given.number if given else None,
        "certified": f"{amount(certified.quantity, certified.unit)}, {span(certified.period)}"
        if certified
        else None,
        "reference": line.administrative_reference_number,
        "decided_by": line.decided_by.staff_id if line.decided_by else None,
        "referral": {
            "by": referral.by,
            "summary": referral.summary,
            "question": referral.question,
        }
        if referral
        else None,
        "adverse": {
            "reason": adverse.reason,
            "criterion": adverse.criterion_id,
            "citation": adverse.citation,
            "rationale": adverse.rationale,
        }
        if adverse
        else None,
        "notes": list(line.notes),
    }


def _decided(item: Decided) -> Json:
    out: Json = {"at": _at(item.at), "rules": item.rules_version, "proof": _proof(item.proof)}
    if item.record is not None:
        out |= _asked(item.record.taken)
        out["criteria"] = [_criterion(x) for x in criteria_read(item.record.decision)]
    out["steps"] = [
        {"step": x.id, "title": x.title, "looked_at": list(x.looked_at), "came": list(x.came)}
        for x in item.steps
    ]
    return out


def _proof(proof: Proof) -> Json:
    return {
        "reproduced": proof.reproduced,
        "why_not_tried": proof.why or None,
        "differences": [{"place": x.place, "kept": x.kept, "now": x.now} for x in proof.differences],
        "program_then": proof.program_then or None,
        "program_now": proof.program_now or None,
        "program_differs": proof.program_differs,
    }


def _asked(taken: DecisionInput) -> Json:
    request = taken.request
    return {
        "kind": "update" if taken.case else "request",
        "asked_by": {"name": request.requester.name, "npi": request.requester.npi},
        "received": _at(taken.context.received_at),
        "level": request.level_of_service.value,
        "diagnoses": list(request.diagnoses),
        "messages": list(request.messages),
        "known": [
            {"kind": x.kind, "says": x.says, "source": _source(x.source) if x.source else None}
            for x in known_facts(request.evidence)
        ],
    }


def _criterion(read: CriterionRead) -> Json:
    return {
        "id": read.id,
        "lines": list(read.lines),
        "question": read.question,
        "facts": list(read.facts),
        "sources": [_source(x) for x in read.sources],
        "citation": read.citation,
        "came": read.came,
    }


def _source(source: Source) -> str:
    day = f" of {source.day}" if source.day else ""
    return f"{source.resource} {source.path}{day}".strip()


def _act(act: PersonsAct) -> Json:
    event = act.event
    return {
        "at": _at(event.at),
        "act": event.type,
        "by": event.actor_id,
        "role": event.actor_role,
        "name": act.staff.name if act.staff else None,
        "licence": _licence(act.staff),
        "why": _why(event),
    }


def _licence(staff: Staff | None) -> str | None:
    if staff is None or staff.licence is None:
        return None
    licence = staff.licence
    return f"{licence.type.value} {licence.state} {licence.number}, good through {licence.expires}"


def _why(event: KeptEvent) -> str | None:
    if event.body is None:
        return "purged"
    said = (event.body[x] for x in _WHY if event.body.get(x))
    return "; ".join(", ".join(map(str, x)) if isinstance(x, list) else str(x) for x in said) or None


def _talks(case: Case) -> list[Json]:
    return [
        {
            "line": line.line.sequence,
            "at": _at(x.at),
            "event": x.event.value,
            "by": x.by,
            "contact": x.contact,
            "stands_until": _at(x.lead_ends_at),
        }
        for line in case.lines
        for x in line.peer_to_peer
    ]


def _clocks(case: Case) -> list[Json]:
    dues = (("decision", case.due), ("information", case.information_due))
    return [
        {"of": name, "at": _at(due.at), "rule": due.rule, "says": due.text}
        for name, due in dues
        if due is not None
    ]
