"""Certifying by a person: as asked, a block with the rest open, or otherwise with the provider's agreement.

What stands is never taken back here, and nothing beyond what was asked is certified (domain §11, 1 and 8).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.context import DecisionContext
from fhirpa.um.determination import CertifiedService
from fhirpa.um.opening import Numbers
from fhirpa.um.request import Span
from fhirpa.um.review_benefits import redrawn
from fhirpa.um.review_terms import (
    Decided,
    Given,
    Outcome,
    Refused,
    Reviewed,
    base_lacks,
    chosen,
    decider,
    with_lines,
)
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Act, Lack, Staff, discipline_lacks
from fhirpa.um.terms import DeterminationKind, Discipline, LineState, QuantityUnit


@dataclass(frozen=True, slots=True)
class Bench:
    """What certifying needs beside the case: rules, what the payer knows, and unused numbers by prefix."""

    rules: RuleSet
    context: DecisionContext
    number: Callable[[str], str]


def certify(
    case: Case,
    staff: Staff,
    now: datetime,
    sequences: Sequence[int],
    bench: Bench,
    given: Given | None = None,
    *,
    rest_open: bool = False,
    agreement: str = "",
) -> Outcome:
    """Certify lines: as asked (`given` None), or `given` of one line.

    Where `given` is less than what was asked the rest stays open (`rest_open`), or the provider agreed to it
    (`agreement`: who, and when).
    """
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, Act.CERTIFY, now, lines, sequences)
    lacks += [x for line in lines for x in discipline_lacks(staff, line.discipline)]
    if given is not None and len(lines) > 1:
        lacks.append(Lack("one-line", "an amount belongs to one line; name it"))
    if rest_open and agreement:
        lacks.append(Lack("rest", "the rest either stays open or the provider agreed to less"))
    numbers = numbers_of(case, bench.number)
    changed: list[CaseLine] = []
    decided: list[Decided] = []
    for line in () if lacks else lines:
        service = amount_of(case, line, given or Given(), bench.rules)
        if not isinstance(service, CertifiedService):
            lacks += service
            continue
        whole = is_whole(case, line, service)
        if not whole and not rest_open and not agreement.strip():
            lacks.append(
                Lack("rest", "less than asked: the rest stays open, or the provider agreed (who, when)")
            )
        state = _state(line, whole, rest_open)
        changed.append(certified_line(line, service, state, numbers, staff, now))
        kind = DeterminationKind.CERTIFIED if whole else DeterminationKind.CERTIFIED_IN_PART
        decided.append(Decided(line.line.sequence, kind, line.policy_id))
    if lacks:
        return Refused(tuple(lacks))
    after = with_lines(case, changed, now)
    draws = redrawn(after, [x.line.sequence for x in changed], bench.context, bench.rules)
    if isinstance(draws, Lack):
        return Refused((draws,))
    detail = {"agreement": agreement.strip(), "rest_open": rest_open, "lines": [_told(x) for x in changed]}
    done = tuple(x.line.sequence for x in changed)
    return Reviewed(replace(after, draws=draws), Act.CERTIFY, staff, done, tuple(decided), detail=detail)


def amount_of(
    case: Case, line: CaseLine, given: Given, rules: RuleSet
) -> CertifiedService | tuple[Lack, ...]:
    """The service to certify, complete and within what was asked; or what lacks."""
    asked, unit = line.line, line.line.unit
    quantity = given.quantity if given.quantity is not None else asked.quantity
    visits = given.visits
    if visits is None and unit in (QuantityUnit.VISITS, None):
        visits = quantity
    period = given.period or asked.period or case.request.event_period or Span()
    lacks = []
    if line.discipline is None:
        lacks.append(_lack(line, "discipline-open", "has no discipline yet; ask for it"))
    if quantity is None or quantity <= 0:
        lacks.append(_lack(line, "quantity", "needs a quantity above zero"))
    elif asked.quantity is not None and quantity > asked.quantity:
        lacks.append(_lack(line, "more-than-asked", f"asks for {asked.quantity:f} only"))
    if visits is None or visits <= 0:
        lacks.append(_lack(line, "visits", "needs the number of visits behind its quantity"))
    lacks += _period_lacks(line, period, asked.period or case.request.event_period, rules)
    lacks += _standing_lacks(line, quantity, visits, period)
    if lacks:
        return tuple(lacks)
    return CertifiedService(asked.service, quantity, unit, visits, period, asked.modifiers)


def is_whole(case: Case, line: CaseLine, service: CertifiedService) -> bool:
    """True if nothing that was asked is left out."""
    asked = line.line.period or case.request.event_period or Span()
    enough = line.line.quantity is None or (service.quantity or Decimal(0)) >= line.line.quantity
    ends = asked.end is None or (service.period.end is not None and service.period.end >= asked.end)
    starts = asked.start is None or (service.period.start is not None and service.period.start <= asked.start)
    return enough and starts and ends


def certified_line(
    line: CaseLine, service: CertifiedService, state: LineState, numbers: Numbers, staff: Staff, now: datetime
) -> CaseLine:
    """The line with this service certified, in this state; while it is open it keeps its reference."""
    pended = state.is_pended
    return replace(
        line,
        state=state,
        authorization=Authorization(numbers.authorization(line.discipline), service, now),
        administrative_reference_number=line.administrative_reference_number if pended else None,
        reasons=("over-policy",) if pended else (),
        notes=(),
        information=(),
        human_reviewed=True,
        decided_by=decider(staff, now),
    )


def numbers_of(case: Case, number: Callable[[str], str]) -> Numbers:
    """The numbers that the case has, and new ones: a discipline keeps its authorization number."""
    known: dict[Discipline | None, str] = {}
    for line in case.lines:
        if line.authorization is not None:
            known.setdefault(line.discipline, line.authorization.number)
    reference = next((x.administrative_reference_number for x in case.lines), None) or ""
    return Numbers(number, known, reference)


def _state(line: CaseLine, whole: bool, rest_open: bool) -> LineState:
    if whole:
        return LineState.CERTIFIED
    if not rest_open:
        return LineState.MODIFIED
    return line.state if line.state is LineState.PENDED_DIRECTOR else LineState.PENDED_CLINICAL


def _period_lacks(line: CaseLine, period: Span, asked: Span | None, rules: RuleSet) -> list[Lack]:
    if period.start is None or period.end is None or period.end < period.start:
        return [_lack(line, "period", "needs a period with first and last day")]
    lacks = []
    if asked is not None and asked.start is not None and period.start < asked.start:
        lacks.append(_lack(line, "period", "may not begin before it was asked for"))
    if asked is not None and asked.end is not None and period.end > asked.end:
        lacks.append(_lack(line, "period", "may not end after what was asked for"))
    if (period.end - period.start).days >= rules.programme.longest_days:
        lacks.append(_lack(line, "period", f"may last {rules.programme.longest_days} days at most"))
    return lacks


def _standing_lacks(
    line: CaseLine, quantity: Decimal | None, visits: Decimal | None, period: Span
) -> list[Lack]:
    """What is certified already stands: a person certifies on top of it, never below."""
    if line.authorization is None:
        return []
    stands = line.authorization.certified
    less = (
        _below(quantity, stands.quantity)
        or _below(visits, stands.visits)
        or (stands.period.end and period.end and period.end < stands.period.end)
        or (stands.period.start and period.start and period.start > stands.period.start)
    )
    return [_lack(line, "stands", "may not get less than is certified already")] if less else []


def _below(value: Decimal | None, other: Decimal | None) -> bool:
    return value is not None and other is not None and value < other


def _lack(line: CaseLine, key: str, text: str) -> Lack:
    return Lack(key, f"line {line.line.sequence} {text}")


def _told(line: CaseLine) -> dict[str, str | int | None]:
    service = line.authorization.certified if line.authorization else None
    return {
        "sequence": line.line.sequence,
        "state": line.state.value,
        "authorization": line.authorization.number if line.authorization else None,
        "quantity": f"{service.quantity:f}" if service and service.quantity is not None else None,
        "visits": f"{service.visits:f}" if service and service.visits is not None else None,
    }
