"""Exemptions as use cases: evaluating changes nothing; every change is somebody's act, with its reason.

Tex. Ins. Code ch. 4201 subch. N; 28 TAC 19.1730 to 19.1733; docs/gold-card.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from fhirpa.store import KeptExemptionEvent, NewExemptionEvent, Unit
from fhirpa.um.gold_card import EventKind, Exemption, ExemptionEvent, Terms, exemptions
from fhirpa.um.gold_card_evaluation import Evaluation, Outcome, period_fault
from fhirpa.um.gold_card_evaluation import evaluate as evaluate_history
from fhirpa.um.gold_card_history import all_final_requests
from fhirpa.um.gold_card_rescission import (
    SampleReview,
    ends_after_notice,
    ends_after_review,
    rescission_faults,
)
from fhirpa.um.npi import is_valid_npi
from fhirpa.um.request import Span
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot, transaction


class GoldCardError(ValueError):
    """An act on an exemption that the rules do not allow; the text has one line per reason."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what to which exemption. `told_on` is the day of the notice; None: today."""

    npi: str
    service: str
    by: str
    reason: str
    told_on: date | None = None


def evaluate(services: Services, period: Span, on: date | None = None) -> tuple[Evaluation, ...]:
    """Evaluate all providers over a period, on a day after it (None: today). Raises GoldCardError."""
    with snapshot(services) as unit:
        return _evaluate(services, unit, period, on or today(services))


def grant(services: Services, act: Act, period: Span | None = None) -> ExemptionEvent:
    """Grant an exemption from the day of the notice on; with a period its statistics are kept beside.

    A plan may grant more than the law asks; the statistics then say so. Raises GoldCardError.
    """
    with transaction(services) as unit:
        told_on = _begin(services, unit, act)
        if _last(unit, act, told_on) is not None:
            raise GoldCardError("the provider has this exemption already")
        body = _statistics(services, unit, act, period, told_on) if period else {}
        return _write(services, unit, _event(act, EventKind.GRANTED, told_on), body)


def withhold(services: Services, act: Act, period: Span) -> ExemptionEvent:
    """Tell a provider that the period earns no exemption, with its statistics (4201.655(c)).

    Raises GoldCardError unless the evaluation of the period lies below the threshold.
    """
    with transaction(services) as unit:
        told_on = _begin(services, unit, act)
        body = _statistics(services, unit, act, period, told_on)
        if body["outcome"] != Outcome.BELOW:
            raise GoldCardError(f"the evaluation of the period came to: {body['outcome']}")
        return _write(services, unit, _event(act, EventKind.NOT_GRANTED, told_on), body)


def rescind(services: Services, act: Act, review: SampleReview) -> ExemptionEvent:
    """Give notice that an exemption ends, on the ground of a physician's review of a sample.

    Raises GoldCardError with everything that the review or the day lacks.
    """
    with transaction(services) as unit:
        told_on = _begin(services, unit, act)
        terms, held = _terms(services, told_on), _last(unit, act, told_on)
        if held is None:
            raise GoldCardError("the provider has no such exemption")
        effective = ends_after_notice(told_on, terms)
        faults = list(rescission_faults(held, review, told_on, terms))
        if effective <= today(services):
            faults.append("the exemption would end before today; the notice is too old")
        if faults:
            raise GoldCardError("\n".join(faults))
        event = _event(act, EventKind.RESCINDED, told_on, effective)
        return _write(services, unit, event, {}, review)


def request_review(services: Services, act: Act) -> ExemptionEvent:
    """The provider asks for independent review: the exemption goes on until it is over (4201.656).

    Raises GoldCardError when there is no rescission, or it is in effect already (28 TAC 19.1733(c)).
    """
    with transaction(services) as unit:
        told_on = _begin(services, unit, act)
        held = _last(unit, act, told_on)
        if held is None or held.ending is None or held.under_review:
            raise GoldCardError("there is no rescission that a review could be asked for")
        return _write(services, unit, _event(act, EventKind.REVIEW_REQUESTED, told_on), {})


def conclude_review(services: Services, act: Act, *, upheld: bool) -> ExemptionEvent:
    """The independent reviewer has upheld the rescission, or overturned it. Raises GoldCardError."""
    with transaction(services) as unit:
        told_on = _begin(services, unit, act)
        held = _last(unit, act, told_on)
        if held is None or not held.under_review:
            raise GoldCardError("there is no independent review of this exemption")
        effective = None
        if upheld:
            effective = ends_after_review(told_on, _terms(services, told_on))
            if effective <= today(services):
                raise GoldCardError("the exemption would end before today; the notice is too old")
        kind = EventKind.UPHELD if upheld else EventKind.OVERTURNED
        return _write(services, unit, _event(act, kind, told_on, effective), {})


def all_exemptions(services: Services) -> tuple[Exemption, ...]:
    """Every exemption that there is or was."""
    return exemptions(x.event for x in history(services))


def history(services: Services, npi: str | None = None) -> tuple[KeptExemptionEvent, ...]:
    """What happened, of one provider or of all."""
    with snapshot(services) as unit:
        return unit.exemption_history(npi)


def yearly_counts(services: Services, year: int) -> dict[str, dict[str, int]]:
    """By service, how often each thing happened in a calendar year, by day of notice."""
    counts = {s.id: dict.fromkeys(map(str, EventKind), 0) for s in services.rules.gold_card.services}
    for kept in history(services):
        if kept.event.told_on.year == year:
            row = counts.setdefault(kept.event.service, dict.fromkeys(map(str, EventKind), 0))
            row[kept.event.kind] += 1
    return counts


def today(services: Services) -> date:
    """The calendar day where the plan is."""
    return services.clock.now().astimezone(services.rules.programme.zone).date()


# --- steps ---------------------------------------------------------------------------------------------


def _begin(services: Services, unit: Unit, act: Act) -> date:
    """Check what every act needs, hold the provider, and give the day of the notice."""
    told_on = act.told_on or today(services)
    faults = []
    if not is_valid_npi(act.npi):
        faults.append("the NPI's check digit is wrong")
    if services.rules.gold_card.service(act.service) is None:
        known = ", ".join(s.id for s in services.rules.gold_card.services)
        faults.append(f"there is no such service; there are: {known}")
    if not (act.by.strip() and act.reason.strip()):
        faults.append("say who does it and why")
    if told_on > today(services):
        faults.append("the day of the notice lies in the future")
    if faults:
        raise GoldCardError("\n".join(faults))
    unit.lock_exemptions(act.npi)
    return told_on


def _terms(services: Services, day: date) -> Terms:
    terms = services.rules.gold_card.terms_on(day)
    if terms is None:
        raise GoldCardError("the day lies before the law")
    return terms


def _last(unit: Unit, act: Act, day: date) -> Exemption | None:
    """The provider's latest exemption for the service, unless it has ended by that day."""
    found = [x for x in unit.exemptions([act.npi]) if x.service == act.service]
    return found[-1] if found and (found[-1].ends is None or day <= found[-1].ends) else None


def _event(act: Act, kind: EventKind, told_on: date, effective: date | None = None) -> ExemptionEvent:
    return ExemptionEvent(act.npi, act.service, kind, told_on, act.by, act.reason, effective)


def _write(
    services: Services,
    unit: Unit,
    event: ExemptionEvent,
    body: Mapping[str, Any],
    review: SampleReview | None = None,
) -> ExemptionEvent:
    """The entry, and the notice to the provider in the same transaction."""
    now = services.clock.now()
    number = unit.add_exemption_event(NewExemptionEvent(event, now, body, review))
    payload = {"exemption_event": number, "kind": event.kind.value, "npi": event.npi}
    unit.enqueue("notice", topic="provider", case_id=None, payload=payload, at=now)
    return event


def _evaluate(services: Services, unit: Unit, period: Span, on: date) -> tuple[Evaluation, ...]:
    terms = _terms(services, on)
    fault = period_fault(period, on, terms)
    if fault or period.start is None or period.end is None:
        raise GoldCardError(fault or "")
    if on > today(services):
        raise GoldCardError("the day of the evaluation lies in the future")
    zone = services.rules.programme.zone
    start = datetime.combine(period.start, time(), zone)
    end = datetime.combine(period.end + timedelta(days=1), time(), zone)
    found = all_final_requests(unit.decided_cases(start, end), services.rules)
    known = exemptions(x.event for x in unit.exemption_history())
    return evaluate_history(found, known, period, on, terms)


def _statistics(services: Services, unit: Unit, act: Act, period: Span, on: date) -> dict[str, Any]:
    """What the evaluation of the period says of the provider and the service, as it is kept."""
    found = _evaluate(services, unit, period, on)
    mine = next((x for x in found if (x.npi, x.service) == (act.npi, act.service)), None)
    return {
        "period": f"{period.start}..{period.end}",
        "requests": mine.requests if mine else 0,
        "approved": mine.approved if mine else 0,
        "outcome": (mine.outcome if mine else Outcome.NOT_ENOUGH).value,
        "rules_version": services.rules.version,
    }
