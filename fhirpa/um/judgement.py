"""Judging one course: criteria first, then the policy's amount, then the benefit; one proposal per line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fhirpa.um.amounts import requested_visits
from fhirpa.um.benefits import Granted, free_draw, free_visits, grant
from fhirpa.um.context import BenefitUse
from fhirpa.um.course import Course, criteria_policies
from fhirpa.um.criteria import Review, review
from fhirpa.um.days import add_days
from fhirpa.um.determination import BenefitDraw, CertifiedService, InformationItem, LineRecommendation
from fhirpa.um.diagnosis import fits_age
from fhirpa.um.gates import not_required, pend_clinical
from fhirpa.um.length import (
    Stretch,
    certified_share,
    choose_block,
    episode_left,
    stretches,
    units_per_visit,
)
from fhirpa.um.request import Span
from fhirpa.um.rules import Block, PolicyRole, RuleSet
from fhirpa.um.services import TherapyLine
from fhirpa.um.terms import Discipline, EngineResult, QuantityUnit
from fhirpa.um.wording import note, reason_notes, review_of

_ONE = Decimal(1)
_OPEN = frozenset({EngineResult.CERTIFY_BLOCK, EngineResult.PEND_CLINICAL, EngineResult.PEND_INFORMATION})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Proposals for the lines of a course, what they draw, and notes for the whole request."""

    lines: tuple[LineRecommendation, ...]
    draws: tuple[BenefitDraw, ...] = ()
    notes: tuple[str, ...] = ()


def judge(course: Course, used: Sequence[BenefitUse | BenefitDraw], rules: RuleSet) -> Judgement:
    """Propose a result for every line of the course; `used` is what the benefit year already holds."""
    free = _below_trigger(course, used)
    if free is not None:
        lines = tuple(not_required(x, None, rules) for x in course.lines)
        return Judgement(lines, (free_draw(course, free),))
    found = review(course, rules)
    notes = _course_notes(course, found, rules)
    re_evaluations = [_re_evaluation(x, course, rules) for x in course.lines if x.is_re_evaluation]
    treatment = [x for x in course.lines if not x.is_re_evaluation]
    block = choose_block(course)
    draws: tuple[BenefitDraw, ...] = ()
    proposals = _held(course, treatment, found, rules)
    if proposals is None and block is None:
        proposals = [pend_clinical(x, "no-policy", rules) for x in treatment]
    elif proposals is None and block is not None:
        proposals, draws = _amounts(course, block, used, rules)
    lines = tuple(_finish(x, course, found) for x in (*(proposals or ()), *re_evaluations))
    if any(x.result in _OPEN for x in lines):
        notes = (*_policy_notes(course, rules), *notes)
    return Judgement(lines, draws, notes)


def _below_trigger(course: Course, used: Sequence[BenefitUse | BenefitDraw]) -> Decimal | None:
    """The visits asked, where the plan asks for authorization only from a later one; else None.

    Therapy at home needs it from the first, and so do some codes and providers out of network, by plan.
    """
    plan, asked = course.plan, requested_visits(course, course.lines)
    if asked is None or course.is_home or plan.authorization_from_visit <= 1:
        return None
    if any(x.code is not None and x.code.code in plan.always_authorized for x in course.lines):
        return None
    if course.out_of_network and not plan.free_out_of_network:
        return None
    so_far = course.earlier_visits + free_visits(course, used)
    return asked if so_far + asked <= plan.authorization_from_visit - 1 else None


def _held(
    course: Course, lines: list[TherapyLine], found: Review, rules: RuleSet
) -> list[LineRecommendation] | None:
    """Proposals if the course waits as a whole, else None."""
    policy = course.policy
    key = None
    if policy is None or not policy.first:
        key = "no-policy"
    elif course.discipline not in policy.disciplines & _supported(course):
        key = "discipline-outside"
    elif not fits_age(policy, course.birth_date, course.start):
        key = "age-outside"
    elif _beyond_acute(course, rules):
        key = "adult-acute-question"
    elif policy.role is PolicyRole.MAINTENANCE and choose_block(course) is None:
        key = "plan-question"  # plans differ on maintenance
    elif _co_treated(course, rules):
        key = "co-treatment-question"
    if not course.diagnoses:
        return [_awaiting(x, (rules.information["diagnosis"],), found, rules) for x in lines]
    if key is not None:
        return [pend_clinical(x, key, rules) for x in lines]
    unit = [rules.information["quantity-unit"]] if _unit_unclear(course) else []
    information = (*found.information, *unit)
    if found.urgent or (found.questions and not information):
        return [_questioned(x, found, rules) for x in lines]
    if information:
        return [_awaiting(x, information, found, rules) for x in lines]
    if episode_left(course) == 0:
        return [pend_clinical(x, "total-reached", rules) for x in lines]
    return None


def _beyond_acute(course: Course, rules: RuleSet) -> bool:
    """True for an adult whose plan covers acute therapy only, where condition or time is not acute."""
    acute = course.plan.adults_acute_only
    if acute is None or course.age is None or course.age < rules.programme.adult_age:
        return False
    marked = any(acute.modifier in x.line.modifiers for x in course.lines)
    chronic = course.group is not None and course.group.chronic
    asks_more = course.policy is not None and course.policy.role is PolicyRole.MAINTENANCE
    if asks_more or course.block_number >= acute.requests or (chronic and not marked):
        return True
    began, days = course.began, acute.onset_within_days
    return began is not None and days is not None and began < add_days(course.start, -days)


def _supported(course: Course) -> frozenset[Discipline]:
    """The disciplines that the diagnosis supports (criterion C06)."""
    return course.group.disciplines if course.group else frozenset(Discipline)


def _co_treated(course: Course, rules: RuleSet) -> bool:
    """True if a modifier says that two disciplines treat at once (TMPPM: goals and reason are documented)."""
    markers = rules.services.co_treatment_modifiers.get(course.line_of_business, frozenset())
    return any(markers & set(x.line.modifiers) for x in course.lines)


def _unit_unclear(course: Course) -> bool:
    return any(x.line.quantity is not None and x.line.unit is QuantityUnit.OTHER for x in course.lines)


def _questioned(line: TherapyLine, found: Review, rules: RuleSet) -> LineRecommendation:
    pended = pend_clinical(line, "clinical-review", rules)
    return replace(pended, notes=(*pended.notes, *found.questions))


def _awaiting(
    line: TherapyLine, information: tuple[InformationItem, ...], found: Review, rules: RuleSet
) -> LineRecommendation:
    return LineRecommendation(
        sequence=line.line.sequence,
        result=EngineResult.PEND_INFORMATION,
        discipline=line.discipline,
        reasons=("information-awaited",),
        notes=(*reason_notes(rules, "information-awaited"), *found.questions),
        information=information,
    )


def _finish(item: LineRecommendation, course: Course, found: Review) -> LineRecommendation:
    """Add to a proposal what all lines of the course carry."""
    return replace(
        item,
        discipline=course.discipline,
        policy_id=course.policy.id if course.policy else None,
        diagnosis_group=course.group_id,
        criteria=found.results,
    )


def _course_notes(course: Course, found: Review, rules: RuleSet) -> tuple[str, ...]:
    notes = [note(rules, "remark", text=item.text) for item in found.remarks]
    policies = (*((course.policy,) if course.policy else ()), *criteria_policies(course, rules))
    notes += [rules.education[p.education] for p in policies if p.education]
    notes += [rules.education[key] for key in found.education]
    return tuple(dict.fromkeys(notes))


def _policy_notes(course: Course, rules: RuleSet) -> tuple[str, ...]:
    """Which policies the course was read against, and what they rest on."""
    return tuple(
        note(rules, "policy-read", title=p.title, policy=p.id, version=p.version, source=p.source)
        for p in criteria_policies(course, rules)
    )


def _amounts(
    course: Course, block: Block, used: Sequence[BenefitUse | BenefitDraw], rules: RuleSet
) -> tuple[list[LineRecommendation], tuple[BenefitDraw, ...]]:
    """The criteria are settled: certify what policy and benefit allow, pend the rest."""
    lines: list[LineRecommendation] = []
    draws: list[BenefitDraw] = []
    for stretch in stretches(course, block, rules):
        sharing = tuple(x.line.sequence for x in stretch.lines)
        units = units_per_visit(course, stretch)
        granted = grant(course, stretch.visits, stretch.period, sharing, (*used, *draws), rules, units)
        draws += granted.draws
        lines += [_certified_line(x, stretch, granted, course, rules) for x in stretch.lines]
    return lines, tuple(draws)


def _certified_line(
    line: TherapyLine, stretch: Stretch, granted: Granted, course: Course, rules: RuleSet
) -> LineRecommendation:
    share, whole = certified_share(line, stretch, granted.visits, course)
    if share is None:
        key = "benefit-none-left" if granted.over else "total-reached"
        return pend_clinical(line, key, rules)
    reasons = () if whole else _reasons_for_rest(stretch, granted)
    soft = granted.over and granted.limit is not None and not granted.limit.hard
    return LineRecommendation(
        sequence=line.line.sequence,
        result=EngineResult.CERTIFY if whole else EngineResult.CERTIFY_BLOCK,
        certified=share,
        reasons=reasons,
        notes=reason_notes(rules, *(("soft-limit",) if soft else ()), *reasons, visits=granted.visits),
        review=review_of(rules, reasons),
    )


def _reasons_for_rest(stretch: Stretch, granted: Granted) -> tuple[str, ...]:
    """Who has what is not certified: benefit review for the limit, a clinician for the rest."""
    reasons = []
    if granted.visits < stretch.visits:
        reasons.append("benefit-review")
    if stretch.asked is not None and stretch.visits < stretch.asked:
        reasons.append("over-plan-of-care" if stretch.planned_only else "over-policy")
    if stretch.shortened:
        reasons.append("beyond-period")
    return tuple(reasons) or ("over-policy",)


def _re_evaluation(line: TherapyLine, course: Course, rules: RuleSet) -> LineRecommendation:
    """A re-evaluation belongs to a renewal; it draws no visit of its own."""
    if not course.is_renewal:
        return pend_clinical(line, "re-evaluation", rules)
    asked = line.line.quantity or _ONE
    most = line.code.most_per_request if line.code else None
    quantity = asked if most is None else min(asked, most)
    sent = line.line.period
    day = (sent.start if sent else None) or course.start
    share = CertifiedService(
        line.line.service,
        quantity,
        line.line.unit or QuantityUnit.VISITS,
        quantity,
        Span(day, max((sent.end if sent else None) or day, day)),
        line.line.modifiers,
    )
    whole = quantity >= asked
    return LineRecommendation(
        sequence=line.line.sequence,
        result=EngineResult.CERTIFY if whole else EngineResult.CERTIFY_BLOCK,
        certified=share,
        reasons=() if whole else ("over-policy",),
        notes=() if whole else reason_notes(rules, "over-policy"),
    )
