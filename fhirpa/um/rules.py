"""What the policy, plan and code files hold, as the decision reads it.

Every limit, code group, period and sentence that `um.decide` uses is a value of one of these types;
`fhirpa.policies.load` builds them from YAML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from fhirpa.um.appeal_rules import AfterDecision
from fhirpa.um.attention import AttentionList
from fhirpa.um.clock_events import ClockEvent
from fhirpa.um.clock_rules import Downgrade, Ground, MissedNotice, RequestKind
from fhirpa.um.clock_state import Reckoning
from fhirpa.um.criterion import Criterion, ImpairmentCut, Operations
from fhirpa.um.determination import Due, InformationItem
from fhirpa.um.gold_card import GoldCard
from fhirpa.um.questionnaire import Questionnaires
from fhirpa.um.steps import Step
from fhirpa.um.terms import (
    CountedPer,
    Counting,
    Discipline,
    LevelOfService,
    LineOfBusiness,
    ReviewKind,
    Setting,
)


class TurnaroundClock(Protocol):
    """When a decision or the information asked for is due (`um.clock.TurnaroundRules`)."""

    @property
    def hospital_places(self) -> frozenset[str]:
        """Places of service of a member in hospital."""

    def decision_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        kind: RequestKind = RequestKind.PREAUTHORIZATION,
    ) -> Due:
        """The instant by which the request must be decided."""

    def awaiting_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        asked_at: datetime,
        kind: RequestKind = RequestKind.PREAUTHORIZATION,
    ) -> Due:
        """The same where the request waits for nothing but information asked for at `asked_at`."""

    def information_due(
        self, lob: LineOfBusiness, level: LevelOfService, asked_at: datetime, due: Due
    ) -> Due:
        """The instant by which the provider should supply what was asked."""

    def peer_to_peer_earliest(
        self, lob: LineOfBusiness, offered_at: datetime, *, afterwards: bool = False
    ) -> datetime:
        """The earliest instant for an adverse determination after this offer of a peer-to-peer talk."""

    def reckon(self, lob: LineOfBusiness, events: Sequence[ClockEvent]) -> Reckoning:
        """The state of the clock that these events of one line tell of."""

    def grounds_of(self, lob: LineOfBusiness) -> Mapping[str, Ground]:
        """The grounds for which a clock may be extended."""

    def downgrade_of(self, lob: LineOfBusiness) -> Downgrade:
        """When an expedited request may be handled as a standard one."""

    def extension_supply(self, lob: LineOfBusiness, kind: RequestKind, asked_at: datetime) -> Due | None:
        """The provider's time to send what an extension waits for; None where no clock stops for that."""

    def capped(self, supply: Due, due: Due) -> Due:
        """The time to supply, or the decision's own due time where that comes first."""

    def letter_due(self, lob: LineOfBusiness, told_at: datetime) -> Due | None:
        """Until when the letter about a downgrade must be out; None where the law names no time."""

    def missed_notice(self, lob: LineOfBusiness) -> MissedNotice | None:
        """The notice that a missed clock calls for."""

    def past_the_table(self) -> "TurnaroundClock":
        """The same clock for days whose holidays nobody has loaded yet: it may end early, never late."""


# --- plans ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VisitLimit:
    """A limit on visits (or on what `counts` says). Lines draw on the first limit that covers them."""

    bucket: str  # name of the accumulator; plans that share one share the count
    visits: Decimal
    hard: bool  # False: above it a note only
    disciplines: frozenset[Discipline]
    habilitative: bool | None = None  # None: both
    exempt_groups: frozenset[str] = frozenset()  # treatment of these groups is free of the limit
    exempt_members: frozenset[str] = frozenset()  # whoever has one of these diagnoses is free of it
    exempt_young: frozenset[str] = frozenset()  # these groups are free of it below `young_below_months`
    young_below_months: int = 0
    counts: Counting = Counting.VISITS
    per: CountedPer = CountedPer.YEAR
    dollars_per_visit: Decimal | None = None  # reserved for a visit, where the limit counts dollars
    starts: date | None = None  # by service date; None: as long as the plan
    ends: date | None = None

    def holds_on(self, day: date) -> bool:
        """True if the limit holds for a service of this day."""
        return (self.starts is None or day >= self.starts) and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Window:
    """A number of days; business days are Monday to Friday."""

    days: int
    business: bool = False


@dataclass(frozen=True, slots=True)
class DateExtension:
    """How far, and how often, an authorization may end later without anything more to certify."""

    days: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class AcuteOnly:
    """A plan that covers adults for acute therapy only: so many requests in a row, marked by a modifier.

    What began longer ago than `onset_within_days` is not taken for acute, whatever the modifier says.
    """

    modifier: str
    requests: int
    onset_within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A benefit plan: what of PT/OT it covers, how often, and which requests need a person."""

    code: str
    title: str
    line_of_business: LineOfBusiness
    effective: date
    ends: date | None
    year_starts: tuple[int, int]  # (month, day) on which a benefit year begins
    limits: tuple[VisitLimit, ...]
    units_per_day: Decimal  # timed units per discipline and day
    no_authorization: frozenset[str]  # service codes that need none
    closed_network: bool  # True: out-of-network requests go to a person
    retro: Window  # how long after the first service a request may come
    renewal_window_days: int  # how long before the end of an authorization a renewal may come
    authorization_from_visit: int = 1  # 1: always; 7: the first six visits need none, of...
    free_visits_per: CountedPer = CountedPer.CONDITION  # ...a condition in a benefit year, or the year
    always_authorized: frozenset[str] = frozenset()  # codes that need one from the first visit
    free_out_of_network: bool = True  # False: out of network from the first visit
    release_unused_after_days: int | None = None  # after an authorization's end; None: never by itself
    longest_days: int | None = None  # longest period of one authorization
    longest_days_adult: int | None = None  # the same for adults, where shorter
    whole_course: bool = False  # certify the planned course within the policy's total, not block by block
    direct_access_days: int = 0  # business days of treatment that need no order
    adults_acute_only: AcuteOnly | None = None
    referral_from: frozenset[str] = frozenset()  # taxonomies of who must refer; none: anybody may
    transition_days: int | None = None  # how long new members go on with a course that they bring
    pays_last: bool = False  # other insurance of the member comes first
    date_extension: DateExtension | None = None  # None: later dates are read by a person
    gold_card: bool = True  # False: the law of exemptions does not reach it, whatever its line of business


# --- codes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """A service code of the programme. `label` is our own short text."""

    code: str
    label: str
    disciplines: frozenset[Discipline]
    timed: bool = False
    max_per_day: Decimal | None = None
    evaluation: bool = False
    re_evaluation: bool = False
    passive: bool = False
    most_per_request: Decimal | None = None
    hands_on: bool = False  # cannot be given at a distance
    maintenance: bool = False  # the code itself says that it is for a maintenance programme
    at_home: bool = False  # the code itself says that therapy takes place at home
    review: str | None = None  # the reason why a person reads every such line


@dataclass(frozen=True, slots=True)
class ServiceTable:
    """The codes by which a line belongs to the programme and to a discipline."""

    codes: Mapping[str, ServiceCode]
    modifiers: Mapping[str, Discipline]
    service_types: Mapping[str, Discipline]  # X12 1365
    revenue_codes: Mapping[str, Discipline]
    taxonomies: Mapping[str, Discipline]
    habilitative_modifiers: Mapping[str, bool]
    foreign_modifiers: frozenset[str] = frozenset()  # of disciplines outside the programme
    assistants: frozenset[str] = frozenset()  # taxonomies of those who never evaluate or ask
    home_agencies: frozenset[str] = frozenset()  # taxonomies of those who come to the home
    telehealth_modifiers: frozenset[str] = frozenset()
    assistant_modifiers: frozenset[str] = frozenset()  # an assistant renders the line
    co_treatment_modifiers: Mapping[LineOfBusiness, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodePattern:
    """A prefix of ICD-10-CM codes (no dots), narrowed by the seventh character or by the operation."""

    prefix: str
    seventh: frozenset[str] = frozenset()
    needs_operation: bool = False  # counts only beside an operation of the group's kind

    def matches_code(self, code: str) -> bool:
        """True if the code begins as the pattern says."""
        return code.startswith(self.prefix) and (not self.seventh or code[6:7] in self.seventh)


class SurgeryNeed(StrEnum):
    """What a surgical diagnosis group expects to know of the operation."""

    NONE = "none"
    EXPECTED = "expected"  # the group holds without it; the policy asks for it
    REQUIRED = "required"  # without a recent operation the next group is tried


@dataclass(frozen=True, slots=True)
class DiagnosisGroup:
    """A group of diagnoses and the policy that it leads to. Groups are tried in the order of the file."""

    id: str
    policy: str | None  # None: no policy yet, a clinician reads it
    patterns: tuple[CodePattern, ...]
    prefixes: tuple[str, ...]  # those of the patterns, to pass by a code quickly
    surgery: SurgeryNeed = SurgeryNeed.NONE
    surgery_within_days: int = 0
    operations: Operations | None = None  # those of the group; None: any
    yields_to: frozenset[str] = frozenset()  # a sign gives way to these groups, which explain it
    chronic: bool = False  # not acute by itself
    disciplines: frozenset[Discipline] = frozenset(Discipline)  # those that the diagnosis supports (C06)
    policy_by_discipline: Mapping[Discipline, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """An outcome measure: its range, the better direction and the change that counts as progress."""

    id: str
    label: str
    lowest: Decimal
    highest: Decimal
    higher_is_better: bool
    change: Decimal | None = None  # None: never proves progress by itself
    change_share: Decimal | None = None  # or this share of the first value
    change_from: tuple[tuple[Decimal, Decimal], ...] = ()  # (first score at least, change), highest first
    change_in: Mapping[str, Decimal] = field(default_factory=dict)  # by policy, where it is another
    bare: tuple[Decimal, ...] = (Decimal(1),)  # factors by which a number without a unit may be meant
    mean: Decimal | None = None  # norm-referenced tests
    deviation: Decimal | None = None
    normed_months: tuple[int, int] | None = None  # youngest and oldest age with norms, in months
    loinc: str | None = None
    units: tuple[str, ...] = ()  # UCUM, the first is that of the range; none: points
    sides: bool = False  # measured left and right


# --- policies ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """A block of visits that may be certified at once, and when this block is the one."""

    visits: Decimal
    weeks: Decimal
    units_per_visit: Decimal
    lines_of_business: frozenset[LineOfBusiness] = frozenset()  # empty: all
    onset_within_days: int | None = None
    diagnoses: tuple[str, ...] = ()  # prefixes; empty: all
    number: int | None = None  # of the further blocks: 1 is the first
    unit_exception: bool = False  # its units a visit hold instead of the plan's units a day
    intensive: bool = False  # for an intensive programme that is asked for, once in an episode

    def most_units(self, plan_units: Decimal) -> Decimal:
        """Timed units of a visit, where the plan has so many a day."""
        return self.units_per_visit if self.unit_exception else min(plan_units, self.units_per_visit)


class PolicyRole(StrEnum):
    """How a policy comes to apply."""

    DIAGNOSIS = "diagnosis"  # by diagnosis group
    EVALUATION = "evaluation"  # by service code
    HOME = "home"  # its criteria join those of the diagnosis policy when therapy is at home
    MAINTENANCE = "maintenance"  # stands instead of the diagnosis policy where maintenance is asked for
    RENEWAL = "renewal"  # its criteria stand instead of the diagnosis policy's on a renewal
    OTHER = "other"  # where no policy is named: a clinician reads, with these criteria beside


@dataclass(frozen=True, slots=True)
class Policy:
    """A medical policy for PT/OT."""

    id: str
    version: int
    effective: date
    title: str
    source: str
    role: PolicyRole
    disciplines: frozenset[Discipline]
    criteria: tuple[Criterion, ...] = ()
    age_from_months: int | None = None
    age_below_months: int | None = None
    impairment: tuple[ImpairmentCut, ...] = ()  # one of them beyond its cut
    measures: tuple[str, ...] = ()  # those that show progress
    first: tuple[Block, ...] = ()  # the first that fits; none: always a clinician
    further: tuple[Block, ...] = ()
    total: Decimal | None = None  # visits of an episode; more is for a clinician
    most_per_week: Decimal | None = None
    habilitative: bool = False
    renews_as: str | None = None  # the policy that judges a renewal, where not the general one
    repeat_within_days: int | None = None  # evaluations: a second one so soon is for a clinician
    education: str | None = None


# --- texts and errors ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReasonText:
    """Why a line has the result that it has, in neutral words; the X12 886 code where we know one.

    `is_note` False: the answer's own sentence on the state of the line says it already.
    """

    key: str
    text: str
    step: Step  # on which the reason is given
    x12_code: str | None = None
    review: ReviewKind = ReviewKind.CLINICAL
    is_note: bool = True


@dataclass(frozen=True, slots=True)
class Voice:
    """What members read in one language: sentences with {placeholders}, and tips (education) by key."""

    texts: Mapping[str, str]
    tips: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorText:
    """A business error: X12 901 code, 889 follow-up action, element, and what to do about it."""

    key: str
    code: str
    follow_up: str
    element: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewerLoad:
    """What the plan reckons with when it expects work: no rule of a decision, and no target for anybody."""

    minutes: Mapping[str, int]  # of one review, by who reads: therapist, administrative, director
    referred: Decimal  # share of the therapists' reviews that go on to the director


@dataclass(frozen=True, slots=True)
class Programme:
    """Values that hold for every plan and policy."""

    longest_days: int  # no authorization lasts longer
    slack_days: int  # certified periods are so much longer than the visits need
    episode_days: int  # earlier visits within so many days count towards an episode's total
    continuation_days: int  # a request so soon after an authorization continues it
    adult_age: int
    paediatric_age: int  # below it the reviewer has experience with children
    epsdt_age: int  # below it no visit limit holds in...
    epsdt_lines: frozenset[LineOfBusiness]  # ...these lines of business (42 U.S.C. 1396d(r)(5))
    zone: tzinfo
    accident_diagnoses: tuple[str, ...] = ()  # prefixes of causes for which another payer may come first
    reviewer_load: ReviewerLoad = field(default_factory=lambda: ReviewerLoad({}, Decimal(0)))


@dataclass(frozen=True, slots=True)
class RuleSource:
    """The files that a rule set was built from, by path, and the SHA-256 (hex) over all of them."""

    digest: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of one version."""

    version: str
    programme: Programme
    plans: Mapping[str, Plan]
    services: ServiceTable
    places: Mapping[str, Setting]
    measures: Mapping[str, Measure]
    groups: tuple[DiagnosisGroup, ...]
    policies: Mapping[str, Policy]
    reasons: Mapping[str, ReasonText]
    errors: Mapping[str, ErrorText]
    texts: Mapping[str, str]  # notes to the provider, with {placeholders}
    education: Mapping[str, str]
    member_texts: Mapping[str, Voice]  # by language
    reviewer_texts: Mapping[str, str]
    information: Mapping[str, InformationItem]
    gold_card: GoldCard
    questionnaires: Questionnaires
    attention: AttentionList = field(default_factory=AttentionList)
    turnaround: TurnaroundClock | None = None
    plan_policies: Mapping[str, Mapping[str, Policy]] = field(default_factory=dict)  # where they differ
    after: AfterDecision | None = None  # appeals, and what else follows a determination
    source: RuleSource = field(default_factory=RuleSource, compare=False, repr=False)
    # Worked out of the fields above, once per rule set:
    surgical_groups: tuple[DiagnosisGroup, ...] = field(init=False, compare=False, repr=False)
    plain_groups: tuple[DiagnosisGroup, ...] = field(
        init=False, compare=False, repr=False
    )  # need no operation
    by_role: Mapping[PolicyRole, Policy] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        surgical = tuple(g for g in self.groups if g.surgery is not SurgeryNeed.NONE)
        plain = tuple(g for g in self.groups if g.surgery is not SurgeryNeed.REQUIRED)
        object.__setattr__(self, "surgical_groups", surgical)
        object.__setattr__(self, "plain_groups", plain)
        object.__setattr__(self, "by_role", {p.role: p for p in reversed(tuple(self.policies.values()))})

    @property
    def reason_codes(self) -> dict[str, str]:
        """X12 886 codes by reason key, where known."""
        return {r.key: r.x12_code for r in self.reasons.values() if r.x12_code}

    def for_plan(self, code: str | None) -> "RuleSet":
        """The rules as they hold in a plan: its own policies instead of those of all plans."""
        own = self.plan_policies.get(code or "")
        return replace(self, policies={**self.policies, **own}) if own else self

    @property
    def after_decision(self) -> AfterDecision:
        """What follows a determination. Raises ValueError for rules that hold nothing on it."""
        if self.after is None:
            raise ValueError("the rules hold nothing on appeals")
        return self.after

    def policy_for_role(self, role: PolicyRole) -> Policy | None:
        """The one policy of a role other than DIAGNOSIS."""
        return self.by_role.get(role)
