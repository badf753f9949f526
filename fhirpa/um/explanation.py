"""The explanation of a case: what was decided or waits, why, and what it rests on, line by line.

One typed picture; three voices make words of it: `voice_provider`, `voice_member`, `voice_reviewer`. It holds
no status of a criterion: that stays in the audit record (Tex. Ins. Code 4201.156). A criterion is here as its
neutral question beside the facts that were found, with their places and the citation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fhirpa.um.case import AdverseReason, Authorization, Case, CaseLine
from fhirpa.um.determination import InformationItem
from fhirpa.um.evidence import Source
from fhirpa.um.rules import RuleSet
from fhirpa.um.steps import StepTaken
from fhirpa.um.terms import Discipline, LineState, ReviewKind


class Situation(StrEnum):
    """How a line stands. With something certified beside an open one, that is a block."""

    CERTIFIED = "certified"
    CHANGED = "certified-changed"  # otherwise than asked, the rest closed
    INFORMATION = "information"
    CLINICAL = "clinical"
    BENEFIT = "benefit"
    DIRECTOR = "director"
    NOT_REQUIRED = "not-required"
    CONTACT_PAYER = "contact-payer"
    DENIED_MEDICAL = "denied-medical"  # by a medical director
    DENIED_ADMINISTRATIVE = "denied-administrative"  # by a person, under a rule of the plan
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """True while somebody has the next move."""
        return self in _OPEN


_OPEN: Final = frozenset({Situation.INFORMATION, Situation.CLINICAL, Situation.BENEFIT, Situation.DIRECTOR})
_SITUATION: Final[Mapping[LineState, Situation]] = MappingProxyType(
    {
        LineState.PENDED_INFORMATION: Situation.INFORMATION,
        LineState.PENDED_CLINICAL: Situation.CLINICAL,
        LineState.PENDED_DIRECTOR: Situation.DIRECTOR,
        LineState.CERTIFIED: Situation.CERTIFIED,
        LineState.MODIFIED: Situation.CHANGED,
        LineState.NOT_REQUIRED: Situation.NOT_REQUIRED,
        LineState.CONTACT_PAYER: Situation.CONTACT_PAYER,
        LineState.DENIED_MEDICAL: Situation.DENIED_MEDICAL,
        LineState.DENIED_ADMINISTRATIVE: Situation.DENIED_ADMINISTRATIVE,
        LineState.CANCELLED: Situation.CANCELLED,
    }
)
_WITHOUT_AUTHORIZATION: Final = frozenset(
    {LineState.CANCELLED, LineState.CONTACT_PAYER, LineState.NOT_REQUIRED}
)


@dataclass(frozen=True, slots=True)
class CriterionExplained:
    """One criterion: its question, what was found, where, and the source of the criterion itself."""

    id: str
    question: str
    citation: str
    facts: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class PolicyNamed:
    """The policy that a line was read against."""

    id: str
    title: str
    version: int
    source: str


@dataclass(frozen=True, slots=True)
class LineExplained:
    """One line. `authorization` beside an open situation is a block that is certified already."""

    sequence: int
    service: str | None
    discipline: Discipline | None
    situation: Situation
    authorization: Authorization | None = None
    reasons: tuple[str, ...] = ()  # keys of reasons.yaml
    notes: tuple[str, ...] = ()  # of the decision, in the provider's words
    wanted: tuple[InformationItem, ...] = ()
    policy: PolicyNamed | None = None
    education: str | None = None
    criteria: tuple[CriterionExplained, ...] = ()
    steps: tuple[StepTaken, ...] = ()
    adverse: AdverseReason | None = None


@dataclass(frozen=True, slots=True)
class Dues:
    """By when the plan decides, and by when it wants what it asked for."""

    decision: datetime | None = None
    information: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole case as it stands."""

    case_number: str
    lines: tuple[LineExplained, ...]
    dues: Dues
    notes: tuple[str, ...] = ()  # on the request as a whole, in the provider's words


def explain_case(case: Case, rules: RuleSet) -> Explanation:
    """The explanation of a case as it stands; total. `rules` name the policies it was read against."""
    lines = tuple(explain_line(x, rules) for x in case.lines)
    return Explanation(case.case_number, lines, dues_of(case), (*case.notes, *case.update_notes))


def dues_of(case: Case) -> Dues:
    """The clocks of a case that run for plan and provider."""
    return Dues(
        decision=case.due.at if case.due else None,
        information=case.information_due.at if case.information_due else None,
    )


def explain_line(line: CaseLine, rules: RuleSet | None = None) -> LineExplained:
    """The explanation of one line; without rules the policy is not named."""
    policy = rules.policies.get(line.policy_id or "") if rules else None
    return LineExplained(
        sequence=line.line.sequence,
        service=line.line.service.code,
        discipline=line.discipline,
        situation=situation_of(line),
        authorization=None if line.state in _WITHOUT_AUTHORIZATION else line.authorization,
        reasons=line.reasons,
        notes=line.notes,
        wanted=line.information,
        policy=PolicyNamed(policy.id, policy.title, policy.version, policy.source) if policy else None,
        education=policy.education if policy else None,
        criteria=tuple(
            CriterionExplained(x.criterion_id, x.question, x.citation, x.facts, x.sources)
            for x in line.criteria
        ),
        steps=line.steps,
        adverse=line.adverse,
    )


def situation_of(line: CaseLine) -> Situation:
    """How the line stands, and with whom."""
    if line.state is LineState.PENDED_CLINICAL and line.review is ReviewKind.ADMINISTRATIVE:
        return Situation.BENEFIT
    return _SITUATION[line.state]
