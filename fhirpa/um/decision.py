"""The decision: a pure, total function from request, context and rules to a proposal for every line.

The order is eligibility, providers, programme, what needs no authorization, dates, duplicates, policy and
criteria, length of service, benefits. No value of the result means deny (Tex. Ins. Code 4201.156): what the
data leaves open is asked of the provider or read by a person.
"""

from dataclasses import replace
from datetime import datetime

from fhirpa.um.clock_calendar import HolidayTableEnds
from fhirpa.um.context import BenefitUse, DecisionContext
from fhirpa.um.course import make_courses
from fhirpa.um.coverage_rules import coverage_notes
from fhirpa.um.determination import BenefitDraw, Decision, Due, LineRecommendation
from fhirpa.um.eligibility import Eligibility, check_eligibility, first_day
from fhirpa.um.gates import gate, outside
from fhirpa.um.judgement import judge
from fhirpa.um.providers import provider_errors
from fhirpa.um.request import AuthorizationRequest, ServiceLine
from fhirpa.um.rules import PolicyRole, RuleSet, TurnaroundClock
from fhirpa.um.services import OutsideLine, TherapyLine, classify
from fhirpa.um.terms import EngineResult, LevelOfService, LineOfBusiness
from fhirpa.um.wording import note

_WITH_A_PERSON = frozenset({EngineResult.PEND_CLINICAL, EngineResult.CERTIFY_BLOCK})


def decide(request: AuthorizationRequest, context: DecisionContext, rules: RuleSet) -> Decision:
    """Decide a request. Never raises for any request and context; errors are all reported at once.

    Cancelled lines get a proposal without effect (opening a case makes them cancelled) and draw nothing.
    """
    open_lines = [x for x in request.lines if not x.cancelled]
    classified = [classify(x, request, context, rules) for x in open_lines]
    therapy = [x for x in classified if isinstance(x, TherapyLine)]
    eligibility, errors = check_eligibility(request, context, rules)
    errors += provider_errors(request, context, rules, [x.line for x in therapy])
    if errors or eligibility is None:
        return Decision(errors=tuple(errors), rules_version=rules.version)
    proposals = [outside(x, rules) for x in classified if isinstance(x, OutsideLine)]
    proposals += [_cancelled(x) for x in request.lines if x.cancelled]
    left: list[TherapyLine] = []
    for line in therapy:
        settled = gate(line, request, context, eligibility, rules)
        if settled is None:
            left.append(line)
        else:
            proposals.append(settled)
    draws: list[BenefitDraw] = []
    start = first_day(request, context, rules)
    notes = _request_notes(request, therapy, eligibility, rules)
    notes += coverage_notes(request, context, eligibility, start, rules) if therapy else []
    for course in make_courses(tuple(left), request, context, eligibility, rules):
        used: tuple[BenefitUse | BenefitDraw, ...] = (*context.benefit_use, *draws)
        judged = judge(course, used, rules)
        proposals += judged.lines
        draws += judged.draws
        notes += judged.notes
    lines = _in_order(request, proposals)
    due, information_due = _due(request, context, eligibility, lines, rules)
    return Decision(
        lines=lines,
        draws=tuple(draws),
        due=due,
        information_due=information_due,
        line_of_business=eligibility.plan.line_of_business,
        plan_code=eligibility.plan.code,
        member_key=eligibility.enrolment.member_key,
        rules_version=rules.version,
        notes=tuple(dict.fromkeys(notes)),
    )


def _cancelled(line: ServiceLine) -> LineRecommendation:
    return LineRecommendation(sequence=line.sequence, result=EngineResult.CONTACT_PAYER)


def _in_order(
    request: AuthorizationRequest, proposals: list[LineRecommendation]
) -> tuple[LineRecommendation, ...]:
    """The proposals in the order of the request's lines."""
    place = {x.sequence: index for index, x in enumerate(request.lines)}
    return tuple(sorted(proposals, key=lambda x: place[x.sequence]))


def _due(
    request: AuthorizationRequest,
    context: DecisionContext,
    eligibility: Eligibility,
    lines: tuple[LineRecommendation, ...],
    rules: RuleSet,
) -> tuple[Due | None, Due | None]:
    """When the decision is due, and until when information is asked for, counted from receipt."""
    clock = rules.turnaround
    if clock is None:
        return None, None
    lob, level = eligibility.plan.line_of_business, request.level_of_service
    try:
        return _dues(clock, lob, level, context.received_at, lines)
    except HolidayTableEnds:
        due, information_due = _dues(clock.past_the_table(), lob, level, context.received_at, lines)
        said = note(rules, "without-holidays", text=due.text)
        return replace(due, text=said), information_due


def _dues(
    clock: TurnaroundClock,
    lob: LineOfBusiness,
    level: LevelOfService,
    received_at: datetime,
    lines: tuple[LineRecommendation, ...],
) -> tuple[Due, Due | None]:
    if not any(x.information for x in lines):
        return clock.decision_due(lob, level, received_at), None
    if any(x.result in _WITH_A_PERSON for x in lines):
        due = clock.decision_due(lob, level, received_at)
    else:
        due = clock.awaiting_due(lob, level, received_at, received_at)
    return due, clock.information_due(lob, level, received_at, due)


def _request_notes(
    request: AuthorizationRequest,
    therapy: list[TherapyLine],
    eligibility: Eligibility,
    rules: RuleSet,
) -> list[str]:
    """Remarks on modifiers and coverage that hold nothing up, and what helps after an evaluation."""
    notes = []
    plan = eligibility.plan
    unused = rules.programme.warned_modifiers.get(plan.line_of_business, frozenset())
    for modifier in sorted({m for x in therapy for m in x.line.modifiers} & unused):
        notes.append(note(rules, "modifier-remark", modifier=modifier))
    treatment = [x for x in therapy if not x.is_evaluation and not x.is_re_evaluation]
    wanted = plan.treatment_modifiers
    if wanted and any(not wanted & set(x.line.modifiers) for x in treatment):
        notes.append(note(rules, "modifier-missing", modifiers=" or ".join(sorted(wanted))))
    ends = [x.line.period.end for x in therapy if x.line.period and x.line.period.end]
    end = eligibility.enrolment.period.end
    if end is not None and any(e > end for e in ends):
        notes.append(note(rules, "coverage-ends", end=end))
    if request.accident and therapy:
        notes.append(note(rules, "accident"))
    policy = rules.policy_for_role(PolicyRole.EVALUATION)
    if policy and policy.education and any(x.is_evaluation for x in therapy):
        notes.append(rules.education[policy.education])
    return notes
