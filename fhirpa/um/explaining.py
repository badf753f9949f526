"""A decision step by step, in plain words: what was looked at on each, and what came of it.

For auditors and regulators. It reads the decision and its input and judges nothing anew. A criterion that the
data did not settle is told as what happened to it: somebody was asked, or a clinician reads it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Final

from fhirpa.um import steps
from fhirpa.um.context import DecisionContext
from fhirpa.um.determination import CriterionResult, Decision, LineRecommendation
from fhirpa.um.evidence import Evidence, Source
from fhirpa.um.explaining_words import (
    amount,
    begins,
    block_text,
    certified_text,
    draw_text,
    enrolment_text,
    in_list,
    limit_text,
    number,
    policy_text,
    prior_text,
    provider_text,
    says,
    span,
)
from fhirpa.um.replay import DecisionInput
from fhirpa.um.replay_tally import waits_for
from fhirpa.um.rules import Plan, RuleSet
from fhirpa.um.terms import CriterionStatus, EngineResult

_RESULT: Final = {
    EngineResult.CERTIFY: "certified as asked",
    EngineResult.CERTIFY_BLOCK: "certified in part, the rest waits",
    EngineResult.PEND_INFORMATION: "waits for information",
    EngineResult.PEND_CLINICAL: "waits for a person",
    EngineResult.NOT_REQUIRED: "no authorization required",
    EngineResult.CONTACT_PAYER: "not part of the programme",
}
_CAME: Final = {
    CriterionStatus.MET: "settled by these facts",
    CriterionStatus.UNDETERMINED: "left open by what was sent",
    CriterionStatus.NOT_MET: "put as a question",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the road: its id and name, what was looked at, what came of it; one text per fact."""

    id: str
    title: str
    looked_at: tuple[str, ...] = ()
    came: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """One fact that was known: what kind, what it says, and where it was found."""

    kind: str
    says: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class CriterionRead:
    """One criterion as it was read for the lines of a discipline."""

    id: str
    lines: tuple[int, ...]
    question: str
    citation: str
    came: str
    facts: tuple[str, ...]
    sources: tuple[Source, ...]


def explain_steps(taken: DecisionInput, decision: Decision, rules: RuleSet) -> tuple[Step, ...]:
    """The steps in the order in which they are taken (`um.steps`); `rules` are those that decided."""
    teller = _Teller(taken, decision, rules)
    if decision.errors:
        return (teller.eligibility(),)
    return (
        teller.eligibility(),
        teller.programme(),
        teller.benefit(),
        teller.duplicate(),
        teller.exemption(),
        teller.criteria(),
        teller.length(),
        teller.staffing(),
    )


def criteria_read(decision: Decision) -> tuple[CriterionRead, ...]:
    """Every criterion once for the lines that were read together."""
    found: dict[CriterionResult, list[int]] = {}
    for line in decision.lines:
        for result in line.criteria:
            found.setdefault(result, []).append(line.sequence)
    return tuple(
        CriterionRead(
            x.criterion_id, tuple(lines), x.question, x.citation, _CAME[x.status], x.facts, x.sources
        )
        for x, lines in found.items()
    )


def known_facts(evidence: Evidence) -> tuple[Known, ...]:
    """Every fact of the evidence with its source; what is unknown is not there."""
    return tuple(_known(evidence))


def _known(evidence: Evidence) -> Iterator[Known]:
    for field in fields(evidence):
        value = getattr(evidence, field.name)
        kind = field.name.replace("_", " ")
        for item in value if isinstance(value, tuple) else (value,):
            if item is not None:
                yield Known(kind, says(item), getattr(item, "source", None))


@dataclass(frozen=True, slots=True)
class _Teller:
    """The texts of one decision's steps."""

    taken: DecisionInput
    decision: Decision
    rules: RuleSet

    @property
    def _context(self) -> DecisionContext:
        return self.taken.context

    @property
    def _plan(self) -> Plan | None:
        return self.rules.plans.get(self.decision.plan_code or "")

    def eligibility(self) -> Step:
        request, coverage = self.taken.request, self.taken.request.coverage
        patient = request.patient
        looked = [
            f"member id {patient.member_id or coverage.member_id or '-'}, born {patient.birth_date or '-'}",
            f"coverage as sent: plan {coverage.plan_code or '-'}, {span(coverage.period)}, "
            f"{'active' if coverage.active else 'not active'}",
            f"first day of service {request.service_start or '-'}; received {self._context.received_at}",
            *(enrolment_text(x) for x in self._context.enrolments),
            *(provider_text(npi, x) for npi, x in sorted(self._context.providers.items())),
        ]
        plan = self._plan
        came = [f"{e.text} ({e.key})" for e in self.decision.errors]
        if plan is not None:
            came.append(f"plan {plan.code}, line of business {plan.line_of_business.value}")
        return Step(steps.Step.ELIGIBILITY, "Eligibility, coverage and providers", tuple(looked), tuple(came))

    def programme(self) -> Step:
        looked = [
            f"line {x.sequence}: {x.service.code or x.service_type or '-'} {' '.join(x.modifiers)} "
            f"at place {x.place_of_service or '-'}, {x.review_type.value} request"
            for x in self.taken.request.lines
        ]
        came = [
            f"line {x.sequence}: {x.discipline.value if x.discipline else 'no discipline'}"
            for x in self.decision.lines
        ]
        return self._step(steps.Step.PROGRAMME, "Programme and discipline", looked, came)

    def benefit(self) -> Step:
        plan = self._plan
        looked = [limit_text(x) for x in plan.limits] if plan else []
        looked += [
            f"used before, {x.bucket} in {x.year}: {number(x.visits)} visits"
            for x in self._context.benefit_use
        ]
        came = [draw_text(x) for x in self.decision.draws]
        return self._step(steps.Step.BENEFIT, "Benefit", looked, came)

    def duplicate(self) -> Step:
        looked = [prior_text(x) for x in self._context.prior_lines]
        return self._step(
            steps.Step.DUPLICATE, "Other cases of the member", looked or ["no other case is on file"], []
        )

    def exemption(self) -> Step:
        looked = [
            f"NPI {x.npi}, service {x.service}, from {x.starts} through {x.ends or 'open'}"
            for x in self._context.exemptions
        ]
        looked = looked or ["these providers hold no exemption"]
        return self._step(steps.Step.GOLD_CARD, "Exemption from authorization (gold card)", looked, [])

    def criteria(self) -> Step:
        looked = [policy_text(x, self.rules.policies.get(x)) for x in self._policies()]
        groups = dict.fromkeys((x.discipline, x.diagnosis_group) for x in self.decision.lines)
        looked += [f"{d.value}: diagnosis group {g}" for d, g in groups if d and g]
        came = [
            f"{x.id} (lines {in_list(x.lines)}): {x.question} {x.came}" for x in criteria_read(self.decision)
        ]
        for line in self.decision.lines:
            came += [f"line {line.sequence}: asked for {i.key}: {i.text}" for i in line.information]
        return self._step(steps.Step.CRITERIA, "Policy and criteria", looked, came)

    def length(self) -> Step:
        looked = [
            f"line {x.sequence} asks {amount(x.quantity, x.unit)} for {span(x.period)}"
            for x in self.taken.request.lines
        ]
        for name in self._policies():
            policy = self.rules.policies.get(name)
            for block in (*policy.first, *policy.further) if policy else ():
                looked.append(f"policy {name} allows at once {block_text(block)}")
            if policy and policy.total is not None:
                looked.append(f"policy {name}: an episode's total is {number(policy.total)} visits")
        came = [certified_text(x) for x in self.decision.lines if x.certified is not None]
        return self._step(
            steps.Step.LENGTH, "Length of service", looked, came or ["the engine certified nothing"]
        )

    def staffing(self) -> Step:
        came = []
        for line in self.decision.lines:
            who = waits_for(line)
            desk = f", with {who}" if who else ""
            came.append(f"line {line.sequence}: {_RESULT[line.result]}{desk}")
        for line in self.decision.lines:
            came += [self._reason(line, x) for x in line.reasons if x not in self.rules.reasons]
        for label, due in (("decision", self.decision.due), ("information", self.decision.information_due)):
            if due is not None:
                came.append(f"{label} due {due.at} by rule {due.rule}: {due.text}")
        return Step(steps.Step.STAFFING, "Result, and who has what waits", (), tuple(came))

    def _step(self, key: steps.Step, title: str, looked: Iterable[str], came: list[str]) -> Step:
        """The step with the reasons that were given on it; 'nothing held the request here' without any."""
        given = [
            self._reason(line, x)
            for line in self.decision.lines
            for x in line.reasons
            if x in self.rules.reasons and self.rules.reasons[x].step is key
        ]
        return Step(key, title, tuple(looked), tuple([*came, *given] or ["nothing held the request here"]))

    def _reason(self, line: LineRecommendation, key: str) -> str:
        text = self.rules.reasons[key].text if key in self.rules.reasons else key
        said = next((n for n in line.notes if begins(n, text)), text)
        return f"line {line.sequence}: {said} ({key})"

    def _policies(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(x.policy_id for x in self.decision.lines if x.policy_id))
