"""What a reviewer may ask the house to do after a decision, one function per act, on what was typed."""

from collections.abc import Sequence
from datetime import date

from fhirpa.um import review_after, review_appeal, review_external, review_hearing
from fhirpa.um.appeal import Filing
from fhirpa.um.case import AdverseReason
from fhirpa.um.review_external import OutsideDecision, OutsideRequest
from fhirpa.um.review_terms import Given, Outcome, Refused, Reviewed
from fhirpa.um.staff import Act, Lack, MedicalDirector, medical_director
from fhirpa.workflow.review import Desk, Doing, review
from fhirpa.workflow.services import Services


def file_appeal(services: Services, doing: Doing, lines: Sequence[int], filing: Filing) -> Reviewed:
    """Take in an appeal; that it has arrived is acknowledged with it. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_appeal.file_appeal(d.case, d.staff, d.now, lines, filing, d.bench),
    )


def assign(services: Services, doing: Doing, number: str | None, reviewer: str) -> Reviewed:
    """Name the physician who decides an appeal. Raises as `review`."""

    def act(desk: Desk) -> Outcome:
        who = desk.colleague(reviewer)
        if who is None:
            return Refused((Lack("staff-unknown", f"{reviewer} is not on the staff"),))
        return review_appeal.assign(desk.case, desk.staff, desk.now, number, who, desk.involved(who))

    return review(services, doing, act)


def hear(services: Services, doing: Doing, number: str | None, text: str, by: str) -> Reviewed:
    """Write down what was sent or said for an appeal. Raises as `review`."""
    return review(services, doing, lambda d: review_appeal.hear(d.case, d.staff, d.now, number, text, by))


def expedite(services: Services, doing: Doing, number: str | None, asked_by: str) -> Reviewed:
    """Treat an appeal as urgent. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_appeal.expedite(d.case, d.staff, d.now, number, asked_by, d.rules.after_decision),
    )


def take_longer(services: Services, doing: Doing, number: str | None, days: int, why: str) -> Reviewed:
    """Extend the time to decide an appeal, once. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_appeal.take_longer(
            d.case, d.staff, d.now, number, days, why, d.rules.after_decision
        ),
    )


def uphold(services: Services, doing: Doing, number: str | None, reason: AdverseReason) -> Reviewed:
    """Decide an appeal: what was decided stands. Raises as `review`."""

    def act(desk: Desk) -> Outcome:
        who = medical_director(desk.staff, desk.now, Act.UPHOLD)
        if not isinstance(who, MedicalDirector):
            return Refused(who)
        involved = desk.involved(desk.staff)
        return review_hearing.uphold(desk.case, who, number, reason, desk.bench, involved)

    return review(services, doing, act)


def overturn(
    services: Services,
    doing: Doing,
    number: str | None,
    given: Given | None = None,
    reason: AdverseReason | None = None,
    lines: Sequence[int] = (),
) -> Reviewed:
    """Decide an appeal: certify after all, or in part: `given`, or these `lines`.

    `reason` is for the rest. Raises as `review`.
    """

    def act(desk: Desk) -> Outcome:
        who = medical_director(desk.staff, desk.now, Act.OVERTURN)
        if not isinstance(who, MedicalDirector):
            return Refused(who)
        involved = desk.involved(desk.staff)
        return review_hearing.overturn(desk.case, who, number, desk.bench, involved, given, reason, lines)

    return review(services, doing, act)


def send_outside(services: Services, doing: Doing, lines: Sequence[int], request: OutsideRequest) -> Reviewed:
    """Send lines to the reviewer outside the plan. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_external.send_outside(d.case, d.staff, d.now, lines, request, d.bench),
    )


def decided_outside(
    services: Services, doing: Doing, number: str | None, decision: OutsideDecision
) -> Reviewed:
    """Carry out what the reviewer outside decided. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_external.decided_outside(d.case, d.staff, d.now, number, decision, d.bench),
    )


def move_dates(services: Services, doing: Doing, lines: Sequence[int], end: date, why: str) -> Reviewed:
    """Put the last day of an authorization later, once. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_after.move_dates(d.case, d.staff, d.now, lines, end, why, d.bench),
    )


def reduce(
    services: Services,
    doing: Doing,
    lines: Sequence[int],
    reason: AdverseReason,
    given: Given,
    effective: date,
    misrepresentation: str = "",
) -> Reviewed:
    """Cut an approved course short: by a medical director only. Raises as `review`."""

    def act(desk: Desk) -> Outcome:
        who = medical_director(desk.staff, desk.now, Act.REDUCE)
        if not isinstance(who, MedicalDirector):
            return Refused(who)
        return review_after.reduce(
            desk.case, who, lines, reason, given, effective, desk.bench, misrepresentation=misrepresentation
        )

    return review(services, doing, act)
