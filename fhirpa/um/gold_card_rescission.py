"""Taking an exemption back: what a person's review must hold before anybody may be told of it.

Tex. Ins. Code 4201.654, .655: a sample of claims, read by a physician licensed in Texas. Nothing here
decides; it only finds what is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from fhirpa.um.gold_card import Exemption, FewClaims, Terms
from fhirpa.um.gold_card_evaluation import least_end
from fhirpa.um.request import Span


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The physician who read the sample, with the licence as it was on the day of the review."""

    id: str
    license_number: str
    license_state: str
    license_active: bool
    administrative_license: bool  # an administrative-medicine licence does not do (4201.152)
    specialty: str
    same_or_similar_specialty: bool  # as that of the provider; attested


@dataclass(frozen=True, slots=True)
class SampledClaim:
    """One claim of the sample; `met`: it met the criteria that a preauthorization review would have used."""

    reference: str
    met: bool


@dataclass(frozen=True, slots=True)
class SampleReview:
    """A retrospective review of a random sample of claims of one period, and who did it."""

    period: Span
    claims_in_period: int  # from which the sample was drawn
    method: str  # how it was drawn, so that it can be drawn again
    claims: tuple[SampledClaim, ...]
    reviewer: Reviewer
    reviewed_on: date

    @property
    def met(self) -> int:
        """Claims that met the criteria."""
        return sum(x.met for x in self.claims)


def rescission_faults(
    exemption: Exemption, review: SampleReview, told_on: date, terms: Terms
) -> tuple[str, ...]:
    """Every reason why this review cannot carry a notice of rescission on this day; () if it can."""
    return (
        *_state_faults(exemption, told_on, terms),
        *_sample_faults(review, told_on, terms),
        *_reviewer_faults(review.reviewer, terms),
    )


def _state_faults(exemption: Exemption, told_on: date, terms: Terms) -> Iterator[str]:
    if not exemption.holds_on(told_on):
        yield "the exemption is not in force on the day of the notice"
    if exemption.ending is not None:
        yield "a notice of rescission was given already"
    if told_on <= least_end(exemption, terms):
        yield f"the exemption holds until {least_end(exemption, terms)} in any case"
    if told_on.month not in terms.rescission.months:
        months = ", ".join(f"{date(2000, m, 1):%B}" for m in sorted(terms.rescission.months))
        yield f"a notice of rescission is given in {months} only"


def _sample_faults(review: SampleReview, told_on: date, terms: Terms) -> Iterator[str]:
    rule, size = terms.rescission, len(review.claims)
    least = rule.sample_least
    if rule.few_claims is FewClaims.ALL:
        least = max(1, min(least, review.claims_in_period))
    if not least <= size <= rule.sample_most:
        yield f"a sample has {least} to {rule.sample_most} claims, this one has {size}"
    if len({x.reference for x in review.claims}) < size:
        yield "a claim stands in the sample twice"
    if size > review.claims_in_period:
        yield "the sample is larger than the number of claims in the period"
    if not review.method.strip():
        yield "the review does not say how the sample was drawn"
    if Decimal(review.met) >= terms.least_share * size:
        yield f"{review.met} of {size} claims met the criteria, which keeps the exemption"
    if review.period.end is None or not review.period.end < review.reviewed_on <= told_on:
        yield "the review lies after its period and not after the notice"


def _reviewer_faults(reviewer: Reviewer, terms: Terms) -> Iterator[str]:
    rule = terms.rescission
    if not (reviewer.id.strip() and reviewer.license_number.strip()):
        yield "the review names no reviewer with a licence number"
    if reviewer.license_state != rule.license_state or not reviewer.license_active:
        yield f"the reviewer needs an active licence of {rule.license_state}"
    if reviewer.administrative_license:
        yield "a licence for administrative medicine does not do"
    if rule.same_specialty and not reviewer.same_or_similar_specialty:
        yield "the reviewer needs the same or a similar specialty"


def ends_after_notice(told_on: date, terms: Terms) -> date:
    """First day without the exemption when nobody asks for independent review."""
    rule = terms.rescission
    return told_on + timedelta(days=max(rule.effect_days, rule.notice_days))


def ends_after_review(upheld_on: date, terms: Terms) -> date:
    """First day without the exemption after an independent review has upheld the rescission."""
    return upheld_on + timedelta(days=terms.rescission.upheld_days)
