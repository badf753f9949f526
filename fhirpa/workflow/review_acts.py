"""What a reviewer may ask the house to do, one function per act, on what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fhirpa.um import review as acts
from fhirpa.um import review_certify, review_clock, review_close
from fhirpa.um.case import AdverseReason
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_terms import Given, Outcome, Refused, Reviewed
from fhirpa.um.staff import Lack, MedicalDirector, medical_director
from fhirpa.workflow.review import Desk, Doing, review
from fhirpa.workflow.services import Services


@dataclass(frozen=True, slots=True)
class Rest:
    """What becomes of what is not certified: it stays open, or the provider agreed (who, and when)."""

    open: bool = False
    agreement: str = ""


def take(services: Services, doing: Doing, whom: str | None = None) -> Reviewed:
    """Put the case on one's own desk, or (a medical director) on that of `whom`. Raises as `review`."""

    def act(desk: Desk) -> Outcome:
        target = desk.colleague(whom) if whom is not None else desk.staff
        if target is None:
            return Refused((Lack("staff-unknown", f"{whom} is not on the staff"),))
        return acts.take(desk.case, desk.staff, desk.now, target)

    return review(services, doing, act)


def release(services: Services, doing: Doing) -> Reviewed:
    """Take the case off one's desk. Raises as `review`."""
    return review(services, doing, lambda d: acts.release(d.case, d.staff, d.now))


def ask(
    services: Services, doing: Doing, lines: Sequence[int], items: Sequence[str], by: datetime | None = None
) -> Reviewed:
    """Ask the provider for items of the information list. Raises as `review`."""
    return review(services, doing, lambda d: acts.ask(d.case, d.staff, d.now, lines, items, d.rules, by))


def certify(
    services: Services,
    doing: Doing,
    lines: Sequence[int],
    given: Given | None = None,
    rest: Rest | None = None,
) -> Reviewed:
    """Certify as asked, or `given` with `rest`. Raises as `review`."""
    left = rest or Rest()
    return review(
        services,
        doing,
        lambda d: review_certify.certify(
            d.case,
            d.staff,
            d.now,
            lines,
            d.bench,
            given,
            rest_open=left.open,
            agreement=left.agreement,
        ),
    )


def refer(services: Services, doing: Doing, lines: Sequence[int], summary: str, question: str) -> Reviewed:
    """Put lines before the medical director. Raises as `review`."""
    return review(services, doing, lambda d: acts.refer(d.case, d.staff, d.now, lines, summary, question))


def peer_to_peer(
    services: Services, doing: Doing, lines: Sequence[int], event: TalkEvent, contact: str
) -> Reviewed:
    """Record an offer of a talk, or what became of it. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: acts.peer_to_peer(d.case, d.staff, d.now, lines, event, contact, d.rules),
    )


def deny(
    services: Services,
    doing: Doing,
    lines: Sequence[int],
    reason: AdverseReason,
    given: Given | None = None,
    breach: str = "",
) -> Reviewed:
    """Do not certify, or (`given`) certify less: by a medical director only. Raises as `review`."""

    def act(desk: Desk) -> Outcome:
        director = medical_director(desk.staff, desk.now)
        if not isinstance(director, MedicalDirector):
            return Refused(director)
        return review_close.deny(desk.case, director, lines, reason, desk.bench, given, breach=breach)

    return review(services, doing, act)


def deny_administratively(
    services: Services, doing: Doing, lines: Sequence[int], rule_id: str, text: str
) -> Reviewed:
    """Close lines for benefit or eligibility under a named rule. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_close.deny_administratively(d.case, d.staff, d.now, lines, rule_id, text, d.rules),
    )


def withdraw(services: Services, doing: Doing, lines: Sequence[int], asked_by: str) -> Reviewed:
    """Close lines because the provider asked for it. Raises as `review`."""
    return review(services, doing, lambda d: review_close.withdraw(d.case, d.staff, d.now, lines, asked_by))


def correct(services: Services, doing: Doing, lines: Sequence[int], why: str) -> Reviewed:
    """Open lines again that were closed by a clerical error. Raises as `review`."""
    return review(
        services, doing, lambda d: review_close.correct(d.case, d.staff, d.now, lines, why, d.bench)
    )


def extend(services: Services, doing: Doing, ground: str, reason: str, days: int | None = None) -> Reviewed:
    """Extend the turnaround clock once, for a ground of the line of business. Raises as `review`."""
    return review(
        services, doing, lambda d: review_clock.extend(d.case, d.staff, d.now, ground, reason, d.rules, days)
    )


def downgrade(
    services: Services, doing: Doing, reason: str, told: str = "", *, physician_supports: bool = False
) -> Reviewed:
    """Handle an expedited request as a standard one. Raises as `review`."""
    return review(
        services,
        doing,
        lambda d: review_clock.downgrade(
            d.case, d.staff, d.now, reason, d.bench, told, physician_supports=physician_supports
        ),
    )
