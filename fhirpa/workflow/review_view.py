"""What reviewers look at: the queue, and one case with facts, criteria, clock, talks and history.

For staff only: it shows clinical facts. It shows no rating and no proposal: a criterion stands as its neutral
question beside what was found (Tex. Ins. Code 4201.156).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fhirpa.store import KeptEvent, NewEvent, QueuedAppeal, QueuedCase
from fhirpa.um.appeal import Appeal
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.explanation import explain_line
from fhirpa.um.review_hearing import told
from fhirpa.um.staff import Lack, Staff, StaffRole
from fhirpa.um.terms import LineState, ReviewKind
from fhirpa.um.voice_reviewer import desks_of, place
from fhirpa.workflow.clock_view import clock_data, due_data
from fhirpa.workflow.review import ReviewRefused
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot, transaction

_WAITS_FOR = {
    StaffRole.INTAKE: (),
    StaffRole.THERAPIST: (LineState.PENDED_CLINICAL,),
    StaffRole.MEDICAL_DIRECTOR: (LineState.PENDED_DIRECTOR,),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One case as a reviewer sees it, and its log."""

    case: Case
    events: tuple[KeptEvent, ...]
    now: datetime
    clocks: Mapping[int, dict[str, Any] | None]  # by line (workflow.clock_view)

    @property
    def is_late(self) -> bool:
        """True if the decision was due before now."""
        return self.case.due is not None and self.case.is_pended and self.now > self.case.due.at


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases of the queue; None: all. `mine`: only what the person may work on now."""

    state: str | None = None
    discipline: str | None = None
    line_of_business: str | None = None
    mine: bool = False


def queue(services: Services, staff_id: str, wanted: Filter | None = None) -> list[QueuedCase]:
    """The open cases, those with a missed clock first, then by due time; up to 200.

    A medical director's own (`mine`) include every case with a missed clock. Raises ReviewRefused for
    somebody unknown.
    """
    chosen = wanted or Filter()
    with snapshot(services) as unit:
        staff = _known(unit.find_staff(staff_id), staff_id)
        states = _WAITS_FOR[staff.role] if chosen.mine else ()
        if chosen.state is not None:
            states = (LineState(chosen.state),)
        discipline = chosen.discipline
        if chosen.mine and discipline is None and staff.role is StaffRole.THERAPIST and staff.licence:
            discipline = staff.licence.type.value
        return unit.open_cases(
            states,
            discipline,
            chosen.line_of_business,
            staff.staff_id if chosen.mine else None,
            late_too=chosen.mine and staff.role is StaffRole.MEDICAL_DIRECTOR,
        )


def next_case(services: Services, staff_id: str) -> QueuedCase | None:
    """The first case of those that wait for this person; None if none does."""
    return next(iter(queue(services, staff_id, Filter(mine=True))), None)


def appeals(services: Services, staff_id: str, *, mine: bool = False) -> list[QueuedAppeal]:
    """Appeals that wait for the plan or a reviewer outside, the first due first.

    `mine`: only those that this person decides. Raises ReviewRefused for somebody unknown.
    """
    with snapshot(services) as unit:
        staff = _known(unit.find_staff(staff_id), staff_id)
        return unit.open_appeals(staff.staff_id if mine else None)


def appeal_rows(found: Iterable[QueuedAppeal]) -> list[dict[str, Any]]:
    """The appeals as plain values, for `--json`."""
    return [
        {
            "appeal": x.number,
            "case": x.case_number,
            "line_of_business": x.line_of_business,
            "level": "expedited" if x.expedited else "standard",
            "received": x.received_at.isoformat(),
            "due": x.due_at.isoformat() if x.due_at else None,
            "waits_for": x.external or x.awaits,
            "reviewer": x.reviewer,
        }
        for x in found
    ]


def show(services: Services, staff_id: str, case_number: str) -> Seen:
    """One case; that it was looked at is an event of its own (domain §11, 29).

    Raises ReviewRefused for somebody unknown, store.NotFound for an unknown case.
    """
    with transaction(services) as unit:
        staff = _known(unit.find_staff(staff_id), staff_id)
        case_id = unit.case_id_of(case_number)
        now = services.clock.now()
        unit.add_events(case_id, [NewEvent("review-read", now, staff.actor_role, staff.staff_id)])
        case = unit.load_case(case_id)
        clocks = {x.line.sequence: clock_data(case, x, now, services.rules) for x in case.lines}
        return Seen(case, tuple(unit.events_of(case_id)), now, clocks)


def as_data(seen: Seen) -> dict[str, Any]:
    """The case as plain values, for `--json`."""
    case = seen.case
    patient = case.request.patient
    return {
        "case": case.case_number,
        "version": case.version,
        "line_of_business": case.line_of_business.value,
        "plan": case.plan_code,
        "level": case.request.level_of_service.value,
        "member": {"name": _name(case), "born": _day(patient.birth_date), "id": patient.member_id},
        "requester": {"npi": case.request.requester.npi, "name": case.request.requester.name},
        "diagnoses": list(case.request.diagnoses),
        "received": case.received_at.isoformat(),
        "due": due_data(case.due) if case.due else None,
        "information_due": case.information_due.at.isoformat() if case.information_due else None,
        "late": seen.is_late,
        "with": case.assigned_to,
        "messages": list(case.request.messages),
        "appeals": [_appeal(x) for x in case.appeals],
        "lines": [{**_line(x), "clock": seen.clocks.get(x.line.sequence)} for x in case.lines],
        "history": [_event(x) for x in seen.events],
    }


def _line(line: CaseLine) -> dict[str, Any]:
    asked = line.line
    return {
        "line": asked.sequence,
        "state": line.state.value,
        "review": line.review.value if line.review is ReviewKind.ADMINISTRATIVE else "clinical",
        "discipline": line.discipline.value if line.discipline else None,
        "service": asked.service.code,
        "modifiers": list(asked.modifiers),
        "asked": {
            "quantity": f"{asked.quantity:f}" if asked.quantity is not None else None,
            "unit": asked.unit.value if asked.unit else None,
            "from": _day(asked.period.start) if asked.period else None,
            "through": _day(asked.period.end) if asked.period else None,
        },
        "certified": _certified(line),
        "policy": line.policy_id,
        "for": list(desks_of(explain_line(line))),
        "notes": list(line.notes),
        "wanted": [i.text for i in line.information],
        "criteria": [
            {
                "id": c.criterion_id,
                "question": c.question,
                "facts": list(dict.fromkeys(c.facts)),
                "found_in": [place(s) for s in c.sources],
                "citation": c.citation,
            }
            for c in line.criteria
        ],
        "referral": {
            "summary": line.referral.summary,
            "question": line.referral.question,
            "by": line.referral.by,
        }
        if line.referral
        else None,
        "peer_to_peer": [
            {
                "event": p.event.value,
                "at": p.at.isoformat(),
                "by": p.by,
                "contact": p.contact,
                "stands_until": p.lead_ends_at.isoformat() if p.lead_ends_at else None,
            }
            for p in line.peer_to_peer
        ],
        "decided_by": line.decided_by.staff_id if line.decided_by else None,
        "reason": told(line.adverse) if line.adverse else None,
        "appeal": line.appeal.value if line.appeal else None,
        "cut_from": line.cut.effective.isoformat() if line.cut else None,
    }


def _appeal(appeal: Appeal) -> dict[str, Any]:
    filing, outside, decision = appeal.filing, appeal.external, appeal.decision
    due = appeal.open_due
    return {
        "appeal": appeal.number,
        "lines": list(appeal.sequences),
        "filed_by": filing.by.value,
        "name": filing.name,
        "received": filing.received_at.isoformat(),
        "level": "expedited" if filing.expedited else "standard",
        "grounds": filing.grounds,
        "due": {"at": due.at.isoformat(), "rule": due.rule} if due else None,
        "reviewer": appeal.reviewer,
        "heard": [{"at": x.at.isoformat(), "by": x.by, "text": x.text} for x in appeal.heard],
        "outcome": decision.outcome.value if decision else None,
        "decided_by": decision.staff_id if decision else None,
        "late": decision.late if decision else False,
        "outside": {
            "reviewer": outside.reviewer.value,
            "asked_by": outside.requested_by,
            "send_by": outside.send_by.at.isoformat(),
            "outcome": outside.outcome.value if outside.outcome else None,
            "reference": outside.reference,
        }
        if outside
        else None,
    }


def _certified(line: CaseLine) -> dict[str, Any] | None:
    if line.authorization is None:
        return None
    service = line.authorization.certified
    return {
        "number": line.authorization.number,
        "quantity": f"{service.quantity:f}" if service.quantity is not None else None,
        "visits": f"{service.visits:f}" if service.visits is not None else None,
        "from": _day(service.period.start),
        "through": _day(service.period.end),
    }


def _event(event: KeptEvent) -> dict[str, Any]:
    return {
        "event": event.type,
        "at": event.at.isoformat(),
        "by": event.actor_id or event.actor_role,
        "role": event.actor_role,
    }


def _name(case: Case) -> str:
    patient = case.request.patient
    return " ".join(x for x in (*patient.given, patient.family) if x)


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None


def _known(staff: Staff | None, staff_id: str) -> Staff:
    if staff is None or not staff.active:
        raise ReviewRefused(Lack("staff-unknown", f"{staff_id} is not on the staff"))
    return staff


def as_rows(cases: Iterable[QueuedCase]) -> list[dict[str, Any]]:
    """The queue as plain values, for `--json`."""
    return [
        {
            "case": x.case_number,
            "due": x.due_at.isoformat() if x.due_at else None,
            "rule": x.due_rule,
            "late_since": x.late_since.isoformat() if x.late_since else None,
            "received": x.received_at.isoformat(),
            "line_of_business": x.line_of_business,
            "level": x.level,
            "states": list(x.states),
            "disciplines": list(x.disciplines),
            "with": x.assigned_to,
        }
        for x in cases
    ]
