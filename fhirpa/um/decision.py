"""The decision: a pure, total function from request, context and rules to a proposal for every line.

The steps and their order are those of `um.steps`: eligibility, programme, benefit, duplicates, gold card,
policy criteria, length of service, staffing. No value of the result means deny (Tex. Ins. Code 4201.156):
what the data leaves open is asked of the provider or read by a person.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from fhirpa.um import gates
from fhirpa.um.clock_calendar import HolidayTableEnds
from fhirpa.um.clock_case import request_kind
from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.context import BenefitUse, DecisionContext
from fhirpa.um.course import make_courses
from fhirpa.um.coverage_rules import coverage_notes
from fhirpa.um.determination import BenefitDraw, BusinessError, Decision, Due, LineRecommendation
from fhirpa.um.eligibility import Eligibility, check_eligibility, first_day
from fhirpa.um.gates import Reading
from fhirpa.um.judgement import Judgement, judge
from fhirpa.um.providers import provider_errors
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.rules import PolicyRole, RuleSet, TurnaroundClock
from fhirpa.um.services import OutsideLine, TherapyLine, classify
from fhirpa.um.staffing import recorded
from fhirpa.um.steps import Step
from fhirpa.um.terms import EngineResult, LevelOfService, LineOfBusiness
from fhirpa.um.wording import note

LINE_STEPS: Final[tuple[tuple[Step, Callable[[TherapyLine, Reading], LineRecommendation | None]], ...]] = (
    (Step.PROGRAMME, gates.programme),
    (Step.BENEFIT, gates.benefit),
    (Step.DUPLICATE, gates.duplicate),
    (Step.GOLD_CARD, gates.gold_card),
)


def decide(request: AuthorizationRequest, context: DecisionContext, rules: RuleSet) -> Decision:
    """Decide a request. Never raises for any request and context; errors are all reported at once.

    Cancelled lines get a proposal without effect (opening a case makes them cancelled) and draw nothing.
    """
    classified = [classify(x, request, context, rules) for x in request.lines if not x.cancelled]
    therapy = [x for x in classified if isinstance(x, TherapyLine)]
    eligibility, errors = _eligible(request, context, therapy, rules)
    if errors or eligibility is None:
        return Decision(errors=tuple(errors), rules_version=rules.version)
    rules = rules.for_plan(eligibility.plan.code)
    read = Reading(request, context, eligibility, rules)
    proposals = [gates.outside(x, rules) for x in classified if isinstance(x, OutsideLine)]
    answers = [(x, _first_answer(x, read)) for x in therapy]
    proposals += [answer for _, answer in answers if answer is not None]
    judged = _judge_courses(tuple(x for x, answer in answers if answer is None), read)
    proposals += judged.lines
    lines = _staffed(proposals, read)
    due, information_due = _due(request, context, eligibility, lines, rules)
    return Decision(
        lines=lines,
        draws=judged.draws,
        due=due,
        information_due=information_due,
        line_of_business=eligibility.plan.line_of_business,
        plan_code=eligibility.plan.code,
        member_key=eligibility.enrolment.member_key,
        rules_version=rules.version,
        notes=tuple(dict.fromkeys((*_request_notes(read, therapy), *judged.notes))),
    )


def _eligible(
    request: AuthorizationRequest, context: DecisionContext, therapy: list[TherapyLine], rules: RuleSet
) -> tuple[Eligibility | None, list[BusinessError]]:
    """Step eligibility: member, coverage, dates and providers; every error at once."""
    eligibility, errors = check_eligibility(request, context, rules)
    return eligibility, errors + provider_errors(request, context, rules, [x.line for x in therapy])


def _first_answer(line: TherapyLine, read: Reading) -> LineRecommendation | None:
    """The answer of the first step that has one; None: the line goes on to the criteria."""
    answers = (look(line, read) for _, look in LINE_STEPS)
    return next((x for x in answers if x is not None), None)


def _judge_courses(lines: tuple[TherapyLine, ...], read: Reading) -> Judgement:
    """Steps criteria and length: course by course, each with what those before it drew."""
    proposals: list[LineRecommendation] = []
    draws: list[BenefitDraw] = []
    notes: list[str] = []
    for course in make_courses(lines, read.request, read.context, read.eligibility, read.rules):
        used: tuple[BenefitUse | BenefitDraw, ...] = (*read.context.benefit_use, *draws)
        judged = judge(course, used, read.rules)
        proposals += judged.lines
        draws += judged.draws
        notes += judged.notes
    return Judgement(tuple(proposals), tuple(draws), tuple(notes))


def _staffed(lines: list[LineRecommendation], read: Reading) -> tuple[LineRecommendation, ...]:
    """Step staffing, and the record of all steps on each line; cancelled lines took none."""
    plan, born, rules = read.eligibility.plan.code, read.eligibility.birth_date, read.rules
    start = first_day(read.request, read.context, rules)
    out = [recorded(x, plan, born, start, rules) for x in lines]
    cancelled = (
        LineRecommendation(x.sequence, EngineResult.CONTACT_PAYER) for x in read.request.lines if x.cancelled
    )
    return _in_order(read.request, [*out, *cancelled])


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
    lob, level, received = eligibility.plan.line_of_business, request.level_of_service, context.received_at
    kinds = {request_kind(x, received, rules) for x in request.lines} or {RequestKind.PREAUTHORIZATION}
    try:
        return _dues(clock, lob, level, received, lines, kinds)
    except HolidayTableEnds:
        due, information_due = _dues(clock.past_the_table(), lob, level, received, lines, kinds)
        said = note(rules, "without-holidays", text=due.text)
        return replace(due, text=said), information_due


def _dues(
    clock: TurnaroundClock,
    lob: LineOfBusiness,
    level: LevelOfService,
    received_at: datetime,
    lines: tuple[LineRecommendation, ...],
    kinds: set[RequestKind],
) -> tuple[Due, Due | None]:
    if any(x.information for x in lines) and not any(_reads_a_person(x) for x in lines):
        dues = [clock.awaiting_due(lob, level, received_at, received_at, kind) for kind in kinds]
    else:
        dues = [clock.decision_due(lob, level, received_at, kind) for kind in kinds]
    due = min(dues, key=lambda d: d.at)
    asked = any(x.information for x in lines)
    return due, clock.information_due(lob, level, received_at, due) if asked else None


def _reads_a_person(line: LineRecommendation) -> bool:
    """True if more than information is awaited: what is left of a block may wait for nothing else."""
    block = line.result is EngineResult.CERTIFY_BLOCK
    return line.result is EngineResult.PEND_CLINICAL or (block and not line.information)


def _request_notes(read: Reading, therapy: list[TherapyLine]) -> list[str]:
    """Remarks on coverage that hold nothing up, and what helps after an evaluation."""
    request, eligibility, rules = read.request, read.eligibility, read.rules
    notes = []
    ends = [x.line.period.end for x in therapy if x.line.period and x.line.period.end]
    end = eligibility.enrolment.period.end
    if end is not None and any(e > end for e in ends):
        notes.append(note(rules, "coverage-ends", end=end))
    caused = any(x.startswith(rules.programme.accident_diagnoses) for x in request.diagnoses)
    if (request.accident or caused) and therapy:
        notes.append(note(rules, "accident"))
    policy = rules.policy_for_role(PolicyRole.EVALUATION)
    if policy and policy.education and any(x.is_evaluation for x in therapy):
        notes.append(rules.education[policy.education])
    start = first_day(request, read.context, rules)
    return notes + (coverage_notes(request, read.context, eligibility, start, rules) if therapy else [])
