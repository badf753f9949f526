"""Preauthorization exemptions ("gold card"): the terms of the law as data, and the exemptions in force.

Tex. Ins. Code ch. 4201 subch. N; 28 TAC 19.1730 to 19.1733. Every number comes from `gold_card.yaml`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from fhirpa.um.terms import Discipline, LineOfBusiness, Setting

_DAY = timedelta(days=1)


class Holder(StrEnum):
    """Whose exemption counts for a request."""

    REQUESTER = "requester"
    ORDERING = "ordering"  # 28 TAC 19.1731(d): care that an exempt provider orders and another renders


class FewClaims(StrEnum):
    """What a review does when there are fewer claims than the smallest sample."""

    KEEP = "keep"  # no review, the exemption stays
    ALL = "all"  # all of them are the sample


@dataclass(frozen=True, slots=True)
class ExemptService:
    """A particular health care service, as this plan defines it for exemptions."""

    id: str
    label: str
    disciplines: frozenset[Discipline]
    settings: frozenset[Setting]
    not_codes: frozenset[str] = frozenset()  # codes that belong to no such service

    def covers(self, code: str | None, discipline: Discipline, setting: Setting) -> bool:
        """True if a line of this code (None: a whole service type) is of this service."""
        return discipline in self.disciplines and setting in self.settings and code not in self.not_codes


@dataclass(frozen=True, slots=True)
class Rescission:
    """When and how an exemption may be taken back."""

    months: frozenset[int]  # calendar months in which the notice may be given
    sample_least: int
    sample_most: int
    few_claims: FewClaims
    notice_days: int  # at least so many days between notice and effect
    effect_days: int  # the exemption ends so many days after the notice where nobody appeals
    upheld_days: int  # and so many after an independent review has upheld it
    license_state: str
    same_specialty: bool  # the reviewer has the same or a similar specialty


@dataclass(frozen=True, slots=True)
class Terms:
    """The law as it binds evaluations from a day on."""

    effective: date
    citation: str
    period_months: int
    least_requests: int
    least_share: Decimal  # of requests approved to be granted, of claims in order to keep
    notice_days: int  # a grant is told so many days after the evaluation
    notice_months: int  # and so many months after the day that follows the period
    least_months: int  # an exemption holds at least so long
    rescission: Rescission


@dataclass(frozen=True, slots=True)
class GoldCard:
    """All of `gold_card.yaml`. `terms` are sorted by effective date."""

    lines_of_business: frozenset[LineOfBusiness]
    holders: frozenset[Holder]
    services: tuple[ExemptService, ...]
    terms: tuple[Terms, ...]

    def terms_on(self, day: date) -> Terms | None:
        """The terms of an evaluation that takes place on this day; None before the law."""
        return next((t for t in reversed(self.terms) if t.effective <= day), None)

    def service_of(self, code: str | None, discipline: Discipline, setting: Setting) -> ExemptService | None:
        """The one service that a line belongs to: the first of the file that covers it."""
        return next((s for s in self.services if s.covers(code, discipline, setting)), None)

    def service(self, key: str) -> ExemptService | None:
        """The service of an id."""
        return next((s for s in self.services if s.id == key), None)


# --- exemptions ----------------------------------------------------------------------------------------


class EventKind(StrEnum):
    """What can happen to an exemption. Every one is somebody's act, none is the engine's."""

    GRANTED = "granted"
    NOT_GRANTED = "not_granted"  # told with the statistics; the provider stays under authorization
    RESCINDED = "rescinded"
    REVIEW_REQUESTED = "review_requested"  # the provider asked for independent review
    UPHELD = "upheld"
    OVERTURNED = "overturned"


@dataclass(frozen=True, slots=True)
class ExemptionEvent:
    """One entry of the history. `told_on` is the day of notice, `effective` when an exemption ends by it."""

    npi: str
    service: str
    kind: EventKind
    told_on: date
    by: str
    reason: str
    effective: date | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """An exemption of one provider for one service. `ends` is its last day; None while no end is known."""

    npi: str
    service: str
    starts: date
    ends: date | None = None
    ending: date | None = None  # the last day that a rescission named, also while it is under review
    under_review: bool = False

    def holds_on(self, day: date) -> bool:
        """True if the exemption is in force on this day."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


def exemptions(events: Iterable[ExemptionEvent]) -> tuple[Exemption, ...]:
    """The exemptions that a history (in the order it happened, any providers) amounts to."""
    found: dict[tuple[str, str], list[Exemption]] = {}
    for event in events:
        spans = found.setdefault((event.npi, event.service), [])
        if event.kind is EventKind.GRANTED:
            spans.append(Exemption(event.npi, event.service, event.told_on))
        elif spans:
            spans[-1] = _after(spans[-1], event)
    return tuple(x for spans in found.values() for x in spans)


def _after(known: Exemption, event: ExemptionEvent) -> Exemption:
    last = event.effective - _DAY if event.effective else None
    match event.kind:
        case EventKind.RESCINDED:
            return replace(known, ends=last, ending=last)
        case EventKind.REVIEW_REQUESTED:  # it stays in force until the review is over (4201.654)
            return replace(known, ends=None, under_review=True)
        case EventKind.UPHELD:
            return replace(known, ends=last, ending=last, under_review=False)
        case EventKind.OVERTURNED:
            return replace(known, ends=None, ending=None, under_review=False)
        case _:
            return known


def current(known: Iterable[Exemption], npi: str, service: str, day: date) -> Exemption | None:
    """The exemption of a provider for a service that is in force on a day."""
    return next((x for x in known if (x.npi, x.service) == (npi, service) and x.holds_on(day)), None)
