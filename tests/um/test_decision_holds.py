"""What holds for every request and context, whatever was sent."""

from collections import defaultdict
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fhirpa.policies.load import load_rules
from fhirpa.um.benefits import NO_LIMIT
from fhirpa.um.context import BenefitUse, DecisionContext, Enrolment, PriorLine, Provider
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision
from fhirpa.um.evidence import (
    Diagnosis,
    Document,
    Evaluation,
    Evidence,
    Goal,
    MeasureScore,
    Order,
    PlanOfCare,
    Source,
    Surgery,
)
from fhirpa.um.opening import open_case
from fhirpa.um.request import (
    AuthorizationRequest,
    CoverageSent,
    ExternalId,
    Frequency,
    Party,
    Person,
    Service,
    ServiceLine,
    Span,
)
from fhirpa.um.terms import (
    CodeKind,
    Discipline,
    EngineResult,
    LevelOfService,
    LineState,
    QuantityUnit,
    ReviewType,
)
from tests.um.requests import CLINIC, THERAPIST
from tests.um.words import unfriendly

RULES = load_rules()
NEAR = st.dates(date(2026, 9, 1), date(2027, 3, 1))
DAYS = st.one_of(NEAR, NEAR, NEAR, st.dates())
MAYBE_DAY = st.one_of(st.none(), DAYS)
COUNTS = st.one_of(
    st.integers(1, 40).map(Decimal),
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal("1E+30"), allow_nan=False),
)
CODES = st.sampled_from([*RULES.services.codes, "70450", "97110", "97110", "97140", None])
ICD = st.sampled_from(
    [p.prefix for g in RULES.groups for p in g.patterns] + ["M5450", "S52501D", "Z96651", "Z00", ""]
)
SOURCES = st.just(Source("Observation", "Bundle.entry[4].resource"))
PARTIES = st.one_of(
    st.builds(Party, npi=st.just(CLINIC), taxonomies=st.just(("225100000X",))),
    st.builds(Party, npi=st.sampled_from([CLINIC] * 4 + [THERAPIST] * 4 + ["1234567890", None])),
)


@st.composite
def spans(draw: st.DrawFn, bounds: st.SearchStrategy[date | None] = MAYBE_DAY) -> Span:
    return Span(draw(bounds), draw(bounds))


GOOD_SPANS = st.tuples(NEAR, st.integers(0, 200)).map(
    lambda t: Span(t[0], date.fromordinal(t[0].toordinal() + t[1]))
)
ORDERED_SPANS = st.tuples(st.dates(), st.dates()).map(lambda t: Span(min(t), max(t)))
HALF_SPANS = st.one_of(st.builds(Span, start=DAYS), st.builds(Span, end=DAYS))
PERIODS = st.one_of(st.none(), GOOD_SPANS, GOOD_SPANS, ORDERED_SPANS, HALF_SPANS)
MOSTLY = st.sampled_from([True] * 7 + [False])
FREQUENCIES = st.builds(Frequency, visits_per_week=COUNTS, weeks=st.one_of(st.none(), COUNTS))
GOALS = st.builds(
    Goal,
    text=st.one_of(st.none(), st.just("walk")),
    baseline=st.one_of(st.none(), st.just("a")),
    target=st.one_of(st.none(), st.just("b")),
    target_date=MAYBE_DAY,
    status=st.sampled_from([None, "met", "advanced", "not_advanced"]),
)
PLANS = st.builds(
    PlanOfCare,
    source=SOURCES,
    day=MAYBE_DAY,
    start=MAYBE_DAY,
    end=MAYBE_DAY,
    visits_per_week=st.one_of(st.none(), COUNTS),
    weeks=st.one_of(st.none(), COUNTS),
    goals=st.lists(GOALS, max_size=3).map(tuple),
    interventions=st.sampled_from([(), ("exercise",)]),
    home_programme=st.sampled_from([None, True, False]),
    discharge_plan=st.sampled_from([None, True, False]),
)
SCORES = st.builds(
    MeasureScore,
    measure=st.sampled_from([*RULES.measures, "OTHER"]),
    score=st.one_of(st.integers(0, 100).map(Decimal), st.decimals(allow_nan=False, allow_infinity=False)),
    source=SOURCES,
    day=MAYBE_DAY,
    sd_from_mean=st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False)),
    side=st.sampled_from([None, "left", "right"]),
)
EVIDENCE = st.builds(
    Evidence,
    diagnoses=st.lists(
        st.builds(Diagnosis, code=ICD, source=SOURCES, onset=MAYBE_DAY, principal=st.booleans()), max_size=2
    ).map(tuple),
    surgeries=st.lists(
        st.builds(Surgery, source=SOURCES, day=MAYBE_DAY, text=st.sampled_from([None, "knee arthroplasty"])),
        max_size=2,
    ).map(tuple),
    evaluations=st.lists(st.builds(Evaluation, source=SOURCES, day=MAYBE_DAY), max_size=2).map(tuple),
    plans_of_care=st.lists(PLANS, max_size=2).map(tuple),
    measures=st.lists(SCORES, max_size=4).map(tuple),
    orders=st.lists(st.builds(Order, source=SOURCES, day=MAYBE_DAY), max_size=2).map(tuple),
    documents=st.lists(
        st.builds(Document, source=SOURCES, loinc=st.sampled_from([None, "18776-5", "11504-8"])), max_size=2
    ).map(tuple),
    onset=MAYBE_DAY,
    red_flags=st.sampled_from([None, False, False, True]),
    red_flags_cleared=st.sampled_from([None, True]),
    setting_reason=st.sampled_from([None, "homebound"]),
    visits_attended=st.one_of(st.none(), st.decimals(-5, 30)),
    visits_scheduled=st.one_of(st.none(), st.decimals(-5, 30)),
    screening_date=MAYBE_DAY,
    regression_or_setback=st.sampled_from([None, True]),
)
# Evidence that settles most criteria, so that amounts and benefits are reached.
RICH = st.builds(
    Evidence,
    evaluations=st.just((Evaluation(Source("X", "x"), date(2026, 11, 28)),)),
    plans_of_care=st.tuples(
        st.builds(
            PlanOfCare,
            source=SOURCES,
            visits_per_week=st.one_of(st.integers(1, 5).map(Decimal), COUNTS),
            weeks=st.integers(1, 30).map(Decimal),
            goals=st.just((Goal("walk", "a", "b", date(2027, 1, 1)),)),
            interventions=st.just(("exercise",)),
        )
    ),
    measures=st.just((MeasureScore("ODI", Decimal(40), Source("X", "x"), date(2026, 11, 28)),)),
    orders=st.just((Order(Source("X", "x"), date(2026, 11, 20)),)),
    red_flags=st.just(False),
)

WILD_LINE = {
    "service": st.builds(
        Service, kind=st.sampled_from([CodeKind.PROCEDURE] * 5 + list(CodeKind)), code=CODES
    ),
    "modifiers": st.sampled_from([("GP",), ("GP",), ("GO",), (), ("GP", "GO"), ("GP", "96"), ("GN",)]),
    "service_type": st.sampled_from([None, "PT", "3"]),
    "place_of_service": st.sampled_from([None, "11", "11", "12", "24"]),
    "quantity": st.one_of(st.none(), COUNTS),
    "unit": st.sampled_from([None, *QuantityUnit]),
    "frequency": st.one_of(st.none(), FREQUENCIES),
    "period": PERIODS,
    "review_type": st.sampled_from([ReviewType.INITIAL, *ReviewType]),
    "diagnoses": st.sampled_from([(), ("M5450",)]),
    "rendering": st.one_of(st.none(), PARTIES),
    "cancelled": st.sampled_from([False, False, False, True]),
}
# Lines that belong to the programme, so that policy, amounts and benefits are reached.
NEAR_LINE = WILD_LINE | {
    "service": st.builds(
        Service, kind=st.just(CodeKind.PROCEDURE), code=st.sampled_from(["97110", "97140", "97530", "97035"])
    ),
    "modifiers": st.sampled_from([("GP",), ("GP",), ("GO",), ("GP", "96")]),
    "place_of_service": st.sampled_from([None, "11"]),
    "unit": st.sampled_from([QuantityUnit.VISITS, QuantityUnit.UNITS, None]),
    "period": st.one_of(
        st.none(), st.tuples(st.integers(0, 30), st.integers(0, 90)).map(lambda t: from_start(*t))
    ),
    "review_type": st.just(ReviewType.INITIAL),
    "rendering": st.none(),
}


def from_start(offset: int, length: int) -> Span:
    """A span that begins so many days after 2026-12-01."""
    first = date(2026, 12, 1).toordinal() + offset
    return Span(date.fromordinal(first), date.fromordinal(first + length))


@st.composite
def requests(draw: st.DrawFn, near: bool) -> AuthorizationRequest:
    lines = NEAR_LINE if near else WILD_LINE
    return AuthorizationRequest(
        bundle_identifier=ExternalId(None, "b"),
        trace_numbers=(),
        created=None,
        requester=Party(npi=CLINIC) if near else draw(PARTIES),
        insurer=Party(),
        patient=Person(
            member_id="M1" if near or draw(MOSTLY) else None,
            birth_date=None if near or draw(MOSTLY) else draw(DAYS),
        ),
        subscriber=None,
        coverage=CoverageSent(
            period=None if near or draw(MOSTLY) else draw(PERIODS), active=near or draw(MOSTLY)
        ),
        lines=tuple(
            draw(st.builds(ServiceLine, sequence=st.just(n + 1), **lines))
            for n in range(draw(st.integers(0, 4)))
        ),
        level_of_service=draw(st.sampled_from(list(LevelOfService))),
        diagnoses=("M5450",) if near else tuple(draw(st.lists(ICD, max_size=3))),
        evidence=draw(RICH if near else EVIDENCE),
    )


PRIORS = st.builds(
    PriorLine,
    case_number=st.sampled_from(["C1", "C2"]),
    sequence=st.integers(1, 3),
    discipline=st.sampled_from([None, *Discipline]),
    policy_id=st.none(),
    service_code=st.none(),
    diagnosis_group=st.sampled_from([None, "low_back"]),
    requester_npi=st.sampled_from([None, CLINIC, THERAPIST]),
    period=spans(),
    state=st.sampled_from(list(LineState)),
    received_at=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    authorization_number=st.sampled_from([None, "A1"]),
    certified_visits=st.one_of(st.none(), COUNTS),
    is_evaluation=st.booleans(),
)
USES = st.builds(
    BenefitUse,
    bucket=st.sampled_from(["PT", "OT", "REHAB", "HABIL", "THERAPY"]),
    year=st.sampled_from([2026, 2027]),
    visits=st.integers(0, 40).map(Decimal),
)


@st.composite
def contexts(draw: st.DrawFn, near: bool) -> DecisionContext:
    plans = st.sampled_from([*RULES.plans] if near else [*RULES.plans, "UNKNOWN"])
    births = st.just(date(1980, 1, 1)) if near else st.sampled_from([None, date(2020, 1, 1)])
    periods = st.just(Span(None, None)) if near or draw(MOSTLY) else spans()
    enrolments = st.builds(
        Enrolment,
        member_key=st.just("k"),
        member_id=st.just("M1"),
        plan_code=plans,
        period=periods,
        birth_date=births,
    )
    known = [CLINIC, THERAPIST] if near or draw(MOSTLY) else [THERAPIST]
    return DecisionContext(
        received_at=datetime.combine(draw(NEAR), draw(st.times()), UTC),
        enrolments=tuple(draw(st.lists(enrolments, min_size=int(near or draw(MOSTLY)), max_size=2))),
        providers={n: Provider(n, None, near or draw(MOSTLY)) for n in known},
        prior_lines=tuple(draw(st.lists(PRIORS, max_size=0 if near and draw(st.booleans()) else 3))),
        benefit_use=tuple(draw(st.lists(USES, max_size=3))),
        subscriber_known=draw(st.booleans()),
    )


def outgoing(value: Any) -> list[str]:
    """Every text of a decision that may leave the house (a criterion's status may not)."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, (tuple, list)):
        return [text for x in value for text in outgoing(x)]
    if is_dataclass(value):
        return [
            text
            for f in fields(value)
            if f.name not in ("status", "source", "sources")
            for text in outgoing(getattr(value, f.name))
        ]
    return []


def check_amounts(request: AuthorizationRequest, decision: Decision) -> None:
    asked = {x.sequence: x for x in request.lines}
    for item in decision.lines:
        wanted = asked[item.sequence].quantity
        if item.certified is None:
            assert item.result not in (EngineResult.CERTIFY, EngineResult.CERTIFY_BLOCK)
            continue
        assert item.certified.quantity is not None
        assert item.certified.quantity > 0
        assert item.certified.period.start is not None
        assert item.certified.period.end is not None
        assert item.certified.period.start <= item.certified.period.end
        if wanted is not None:
            assert item.certified.quantity <= wanted
            if item.result is EngineResult.CERTIFY:
                assert item.certified.quantity == wanted


def check_draws(context: DecisionContext, decision: Decision) -> None:
    if decision.plan_code is None:
        return
    limits = {x.bucket: x for x in RULES.plans[decision.plan_code].limits}
    before: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    drawn: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for use in context.benefit_use:
        before[use.bucket, use.year] += use.visits
    for draw in decision.draws:
        assert draw.visits > 0
        if draw.bucket != NO_LIMIT:
            drawn[draw.bucket, draw.year] += draw.visits
    for (bucket, year), visits in drawn.items():
        limit = limits[bucket]
        if limit.hard:
            assert before[bucket, year] + visits <= limit.visits


@settings(max_examples=150, deadline=None)
@given(requests(near=False), contexts(near=False))
def test_every_request_is_answered_within_bounds_and_without_a_no(
    request: AuthorizationRequest, context: DecisionContext
) -> None:
    check(request, context)


@settings(max_examples=150, deadline=None)
@given(requests(near=True), contexts(near=True))
def test_so_is_every_request_that_comes_as_far_as_amounts_and_benefits(
    request: AuthorizationRequest, context: DecisionContext
) -> None:
    check(request, context)


def check(request: AuthorizationRequest, context: DecisionContext) -> None:
    decision = decide(request, context, RULES)
    assert decision == decide(request, context, RULES)
    if decision.errors:
        assert decision.lines == ()
    else:
        assert [x.sequence for x in decision.lines] == [x.sequence for x in request.lines]
        open_case(
            request,
            decision,
            case_id="c",
            received_at=context.received_at,
            now=context.received_at,
            number=lambda prefix: f"{prefix}1",
        )
    check_amounts(request, decision)
    check_draws(context, decision)
    carriers = {x.sequence for x in decision.lines if x.certified is not None}
    assert {d.sequence for d in decision.draws} <= carriers
    assert [t for t in outgoing(decision) if unfriendly(t)] == []
    for item in decision.lines:
        if item.result is EngineResult.PEND_INFORMATION:
            assert item.information
        if item.result is not EngineResult.CERTIFY and not _is_cancelled(item.sequence, request):
            assert item.reasons
            silent = all(not RULES.reasons[r].is_note for r in item.reasons)
            assert item.notes or silent  # the writer's sentence on the state says it then


def _is_cancelled(sequence: int, request: AuthorizationRequest) -> bool:
    return any(x.cancelled for x in request.lines if x.sequence == sequence)


def test_no_result_of_the_engine_means_no() -> None:
    assert not any(unfriendly(x.value) for x in EngineResult)
    assert asdict(Decision())["lines"] == ()
