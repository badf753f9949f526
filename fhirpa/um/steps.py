"""The steps of a decision, in the order in which they are taken, and what came of each for one line.

docs/decision.md tells the road in words; a test keeps that page and these names the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Step(StrEnum):
    """A step of the decision. The order of the members is the order of the steps."""

    ELIGIBILITY = "eligibility"  # member, coverage, dates, providers
    PROGRAMME = "programme"  # is it physical or occupational therapy, and whose?
    BENEFIT = "benefit"  # does the plan cover it, there and then, and does it need an authorization?
    DUPLICATE = "duplicate"  # is another case open or certified for the same therapy?
    GOLD_CARD = "gold-card"  # is the provider exempt?
    CRITERIA = "criteria"  # policy and criteria
    LENGTH = "length"  # how much, how long, and what the plan's limit leaves
    STAFFING = "staffing"  # who has the line now


class Outcome(StrEnum):
    """What came of a step."""

    PASSED = "passed"  # nothing here holds the line
    SETTLED = "settled"  # the line has its answer here
    WAITS = "waits"  # somebody has the next move


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of one line: what came of it, by which reason codes, and the ids it was about."""

    step: Step
    outcome: Outcome
    codes: tuple[str, ...]
    about: tuple[str, ...] = ()  # plan, discipline, policy


PASSED: Final[Mapping[Step, str]] = MappingProxyType(
    {
        Step.ELIGIBILITY: "member-active",
        Step.PROGRAMME: "in-programme",
        Step.BENEFIT: "plan-covers",
        Step.DUPLICATE: "no-other-case",
        Step.GOLD_CARD: "no-exemption",
        Step.CRITERIA: "criteria-settled",
        Step.LENGTH: "amount-as-asked",
    }
)
BLOCK: Final = "block-certified"  # of the length of service: a part now, the rest waits


class Desk(StrEnum):
    """Who has a line after the decision; the codes of the step `staffing`."""

    NOBODY = "no-person-needed"
    PROVIDER = "requesting-provider"  # asked for information
    PHYSICAL_THERAPIST = "physical-therapist"
    OCCUPATIONAL_THERAPIST = "occupational-therapist"
    THERAPIST = "therapist"  # the discipline is the question
    BENEFIT_STAFF = "benefit-staff"
    APPEAL_PHYSICIAN = "appeal-physician"  # who took no part in the earlier decision
    CHILDREN = "experience-with-children"  # beside a therapist
