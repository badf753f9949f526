"""A payer in memory: it opens and changes cases of one member, and knows its own earlier decisions."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.clock_case import clocked
from fhirpa.um.context import BenefitUse, DecisionContext, PriorLine
from fhirpa.um.decision import decide
from fhirpa.um.determination import BusinessError
from fhirpa.um.opening import open_case
from fhirpa.um.request import AuthorizationRequest, ExternalId, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import LineState, UpdateSign
from fhirpa.um.updating import update_case
from tests.um.requests import RECEIVED, context


class Payer:
    """What the store and the use cases do, without either. Time passes a day with every request."""

    def __init__(self, rules: RuleSet, plan: str = "SANDBOX-COM", **known: Any) -> None:
        self.rules, self.plan, self.known = rules, plan, known
        self.cases: dict[str, Case] = {}
        self.now = RECEIVED
        self._numbers = count(1)

    def number(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers)}"

    def submit(self, request: AuthorizationRequest) -> Case:
        """Open a case; the request must have no business error."""
        decision = decide(request, self.context(), self.rules)
        assert decision.errors == ()
        case = open_case(
            request,
            decision,
            case_id=self.number("case"),
            received_at=self.now,
            now=self.now,
            number=self.number,
        )
        return self._keep(clocked(None, case, self.now, self.rules, sent=True))

    def update(self, case: Case, sent: AuthorizationRequest) -> Case:
        """Change a case; the update must have no business error."""
        changed = self.try_update(case, sent)
        assert isinstance(changed, Case), changed
        return self._keep(changed)

    def try_update(self, case: Case, sent: AuthorizationRequest) -> Case | tuple[BusinessError, ...]:
        """Change a case, or the business errors; nothing is kept."""
        return update_case(case, sent, self.context(), self.rules, now=self.now, number=self.number)

    def context(self) -> DecisionContext:
        """What the payer knows now, all cases included."""
        lines = [(c, x) for c in self.cases.values() for x in c.lines]
        relevant = (LineState.CERTIFIED, LineState.MODIFIED)
        return context(
            self.plan,
            received_at=self.now,
            prior_lines=tuple(_prior(c, x) for c, x in lines if x.state in relevant or x.state.is_pended),
            benefit_use=tuple(
                BenefitUse(d.bucket, d.year, d.amount, c.case_number)
                for c in self.cases.values()
                for d in c.draws
            ),
            **self.known,
        )

    def _keep(self, case: Case) -> Case:
        self.cases[case.case_id] = case
        self.now += timedelta(days=1)
        return case


def _prior(case: Case, item: CaseLine) -> PriorLine:
    given = item.authorization
    return PriorLine(
        case_number=case.case_number,
        sequence=item.line.sequence,
        discipline=item.discipline,
        policy_id=item.policy_id,
        service_code=item.line.service.code,
        diagnosis_group=item.diagnosis_group,
        requester_npi=case.request.requester.npi,
        period=given.certified.period if given else item.line.period or Span(),
        state=item.state,
        received_at=case.received_at,
        authorization_number=given.number if given else None,
        certified_visits=given.certified.visits if given else None,
        is_evaluation=item.is_evaluation,
    )


def next_version(case: Case, *lines: Any, **more: Any) -> AuthorizationRequest:
    """An update of a case as its sender writes it: these lines (none: those it has), flagged or not."""
    asked = lines or case.request.lines
    values = {
        "update": UpdateSign.CERTAIN,
        "trace_numbers": (ExternalId("urn:trace", f"v{case.version + 1}"),),
    }
    return replace(case.request, lines=tuple(asked), **{**values, **more})
