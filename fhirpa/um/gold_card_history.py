"""Which decided lines count towards an exemption: from cases to eligible requests (28 TAC 19.1730(3))."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.gold_card_evaluation import FinalRequest
from fhirpa.um.rules import RuleSet
from fhirpa.um.services import setting_of
from fhirpa.um.terms import CodeKind, DeterminationKind

# Approved, or an adverse determination. Administrative outcomes, what was withdrawn and what needed no
# authorization count for neither. What was certified in part and closed, the provider agreed to.
_APPROVED = frozenset({DeterminationKind.CERTIFIED, DeterminationKind.CERTIFIED_IN_PART})
_ADVERSE = frozenset({DeterminationKind.DENIED_MEDICAL, DeterminationKind.REDUCED})


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """How a line came out, and when it was first decided as a whole."""

    approved: bool
    decided_at: datetime


def line_outcome(determined: Sequence[tuple[DeterminationKind, datetime]]) -> LineOutcome | None:
    """The outcome that a line's determinations (oldest first) amount to; None if none of them counts.

    The last one says how, so that a decision after appeal stands for the first; the first one that settled
    the whole line says when, so that an appeal moves no request into another period.
    """
    counted = [(kind, at) for kind, at in determined if kind in _APPROVED | _ADVERSE]
    if not counted:
        return None
    whole = [at for kind, at in counted if kind is not DeterminationKind.CERTIFIED_IN_PART]
    return LineOutcome(counted[-1][0] in _APPROVED, whole[0] if whole else counted[-1][1])


def final_requests(case: Case, outcomes: Mapping[int, LineOutcome], rules: RuleSet) -> Iterator[FinalRequest]:
    """One entry per service for which the case is a final and eligible request of its requester.

    Several lines for one service are one request: final when all of them are, on the day of the last, and
    approved when none of them has an adverse determination.
    """
    npi, plan = case.request.requester.npi, rules.plans.get(case.plan_code)
    reached = case.line_of_business in rules.gold_card.lines_of_business and (plan is None or plan.gold_card)
    if npi is None or not reached:
        return
    by_service: dict[str, list[CaseLine]] = {}
    for item in case.lines:
        service = _service(item, case, rules)
        if service is not None:
            by_service.setdefault(service, []).append(item)
    for service, lines in by_service.items():
        counted = [outcomes[x.line.sequence] for x in lines if x.line.sequence in outcomes]
        if counted and not any(x.state.is_pended for x in lines):
            last = max(x.decided_at for x in counted).astimezone(rules.programme.zone).date()
            yield FinalRequest(npi, service, last, all(x.approved for x in counted))


def all_final_requests(
    cases: Iterable[tuple[Case, Mapping[int, LineOutcome]]], rules: RuleSet
) -> Iterator[FinalRequest]:
    """The eligible requests of many cases."""
    for case, outcomes in cases:
        yield from final_requests(case, outcomes, rules)


def _service(item: CaseLine, case: Case, rules: RuleSet) -> str | None:
    if item.discipline is None:
        return None
    line = item.line
    is_code = line.service.kind is CodeKind.PROCEDURE
    code = rules.services.codes.get(line.service.code or "") if is_code else None
    party = line.rendering or case.request.requester
    setting = setting_of(line, code, set(party.taxonomies), rules)
    service = rules.gold_card.service_of(code.code if code else None, item.discipline, setting)
    return service.id if service else None
