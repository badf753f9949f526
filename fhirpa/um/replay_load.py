"""The work that waits for people, a week: reviews and hours, by what the plan reckons with."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fhirpa.um.rules import ReviewerLoad

DIRECTOR: Final = "director"
_THERAPIST: Final = "therapist"


@dataclass(frozen=True, slots=True)
class Work:
    """Reviews a week and the hours they take; no hours where nobody said how long a review is."""

    reviews: Decimal
    hours: Decimal | None


def expected_work(waiting: Mapping[str, int], load: ReviewerLoad, weeks: Decimal) -> dict[str, Work]:
    """Work a week by who has it: decisions that wait (`Tally.load_before`, `load_after`), over so many weeks.

    Nothing of the engine goes to the director; a share of what therapists read does.
    """
    reviews = {who: count / weeks for who, count in waiting.items()}
    read = sum((n for who, n in reviews.items() if _kind(who) == _THERAPIST), Decimal(0))
    if read and load.referred:
        reviews[DIRECTOR] = read * load.referred
    return {who: Work(n, _hours(who, n, load)) for who, n in sorted(reviews.items())}


def _kind(who: str) -> str:
    """The role, without the discipline."""
    return who.partition(" ")[0]


def _hours(who: str, reviews: Decimal, load: ReviewerLoad) -> Decimal | None:
    minutes = load.minutes.get(_kind(who))
    return None if minutes is None else reviews * minutes / 60
