"""Who has a line after the decision: PT reviews PT, OT reviews OT, children a therapist who knows children.

Domain §1 (who does what). A medical director gets a line from a therapist who cannot certify it, never from
the engine; an appeal is read by a physician who took no part in the earlier decision.
"""

from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from fhirpa.um.days import years_old
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.rules import RuleSet
from fhirpa.um.steps import BLOCK, PASSED, Desk, Outcome, Step, StepTaken
from fhirpa.um.terms import Discipline, EngineResult, ReviewKind

_THERAPIST: Final = {
    Discipline.PT: Desk.PHYSICAL_THERAPIST,
    Discipline.OT: Desk.OCCUPATIONAL_THERAPIST,
    None: Desk.THERAPIST,
}
WITH_A_PERSON: Final = frozenset({EngineResult.PEND_CLINICAL, EngineResult.CERTIFY_BLOCK})
_APPEAL: Final = "appeal-review"
_PASSED: Final = MappingProxyType(
    {
        step: StepTaken(step, Outcome.SETTLED if step is Step.LENGTH else Outcome.PASSED, (code,))
        for step, code in PASSED.items()
    }
)


def recorded(
    item: LineRecommendation, plan_code: str, birth_date: date | None, start: date, rules: RuleSet
) -> LineRecommendation:
    """The proposal with the steps that led to it; the last one says who has the line."""
    desks = _desks(item, birth_date, start, rules)
    return replace(item, steps=_steps(item, plan_code, desks, rules))


def _desks(
    item: LineRecommendation, birth_date: date | None, start: date, rules: RuleSet
) -> tuple[Desk, ...]:
    if item.information:
        return (Desk.PROVIDER,)
    if item.result not in WITH_A_PERSON:
        return (Desk.NOBODY,)
    if _APPEAL in item.reasons:
        return (Desk.APPEAL_PHYSICIAN,)
    if item.review is ReviewKind.ADMINISTRATIVE:
        return (Desk.BENEFIT_STAFF,)
    child = birth_date is not None and years_old(birth_date, start) < rules.programme.paediatric_age
    return (_THERAPIST[item.discipline], *((Desk.CHILDREN,) if child else ()))


def _steps(
    item: LineRecommendation, plan_code: str, desks: tuple[Desk, ...], rules: RuleSet
) -> tuple[StepTaken, ...]:
    """The steps that the line went through, up to the one that gave its answer, then who has it.

    Which step gives a reason stands beside the reason's text (reasons.yaml).
    """
    about = {
        Step.ELIGIBILITY: plan_code,
        Step.PROGRAMME: item.discipline.value if item.discipline else "",
        Step.CRITERIA: item.policy_id or "",
    }
    by_step = [(rules.reasons[r].step, r) for r in item.reasons]
    taken: list[StepTaken] = []
    for step, passed in _PASSED.items():
        named = (about[step],) if about.get(step) else ()
        given = tuple([r for at, r in by_step if at is step]) if by_step else ()
        if given:
            block = (BLOCK,) if item.certified is not None else ()
            taken.append(StepTaken(step, _outcome(item), (*block, *given), named))
            break
        taken.append(StepTaken(step, passed.outcome, passed.codes, named) if named else passed)
    waits = Outcome.PASSED if desks == (Desk.NOBODY,) else Outcome.WAITS
    return (*taken, StepTaken(Step.STAFFING, waits, tuple(x.value for x in desks)))


def _outcome(item: LineRecommendation) -> Outcome:
    waits = item.result in WITH_A_PERSON or item.result is EngineResult.PEND_INFORMATION
    return Outcome.WAITS if waits else Outcome.SETTLED
