"""Values of the decision in plain words, for the explanation."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from fhirpa.um.context import Enrolment, PriorLine, Provider
from fhirpa.um.determination import BenefitDraw, LineRecommendation
from fhirpa.um.request import Span
from fhirpa.um.rules import Block, Policy, VisitLimit
from fhirpa.um.terms import QuantityUnit


def says(value: Any) -> str:
    """A value in words: the fields of a fact by name, without where it was found."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value) if f.name != "source")
        return ", ".join(f"{n.replace('_', ' ')} {says(x)}" for n, x in pairs if not _is_nothing(x))
    if isinstance(value, tuple):
        return "; ".join(says(x) for x in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _is_nothing(value: Any) -> bool:
    """True for what a field says nothing by; a score of zero says something."""
    return value is None or value is False or value == ()


def number(value: Decimal | None) -> str:
    """A number without trailing zeros; '-' for none."""
    return "-" if value is None else f"{value.normalize():f}"


def span(period: Span | None) -> str:
    """A span of days in words."""
    if period is None:
        return "no dates"
    return f"{period.start or 'open'} through {period.end or 'open'}"


def amount(quantity: Decimal | None, unit: QuantityUnit | None) -> str:
    """A quantity with its unit."""
    return f"{number(quantity)} {unit.value if unit else ''}".strip()


def begins(said: str, text: str) -> bool:
    """True if a note is the text with its {placeholders} filled."""
    return said.startswith(text.partition("{")[0]) and bool(text.partition("{")[0])


def enrolment_text(item: Enrolment) -> str:
    """An enrolment and where it is known from."""
    origin = "from a request (sandbox)" if item.brought_along else "from the roster"
    return f"enrolled {origin} in {item.plan_code}, {span(item.period)}, born {item.birth_date or '-'}"


def provider_text(npi: str, provider: Provider) -> str:
    """A provider as known then."""
    network = "in" if provider.in_network else "outside"
    return (
        f"provider {npi} {network} the network, specialties {', '.join(provider.taxonomies) or 'not known'}"
    )


def limit_text(limit: VisitLimit) -> str:
    """A visit limit of the plan."""
    kind = "hard" if limit.hard else "soft"
    disciplines = "/".join(sorted(x.value for x in limit.disciplines))
    return f"{kind} limit {limit.bucket}: {number(limit.visits)} visits a benefit year of {disciplines}"


def draw_text(draw: BenefitDraw) -> str:
    """What was drawn."""
    lines = in_list(draw.shared_by or (draw.sequence,))
    return f"drawn from {draw.bucket} of {draw.year}: {number(draw.visits)} visits (lines {lines})"


def prior_text(line: PriorLine) -> str:
    """A line of another case."""
    discipline = line.discipline.value if line.discipline else "-"
    return (
        f"case {line.case_number} line {line.sequence}: {discipline} {line.service_code or '-'}, "
        f"{line.state.value}, {span(line.period)}, {number(line.certified_visits)} visits certified"
    )


def policy_text(name: str, policy: Policy | None) -> str:
    """A policy with its version and source."""
    if policy is None:
        return f"policy {name}"
    return f"policy {name} version {policy.version} of {policy.effective}: {policy.title} ({policy.source})"


def block_text(block: Block) -> str:
    """A block that may be certified at once."""
    number_of = "" if block.number is None else f", as block {block.number}"
    lines = "/".join(sorted(x.value for x in block.lines_of_business))
    return (
        f"{number(block.visits)} visits in {number(block.weeks)} weeks, "
        f"{number(block.units_per_visit)} units a visit{number_of}{f', for {lines}' if lines else ''}"
    )


def certified_text(line: LineRecommendation) -> str:
    """What a line got."""
    given = line.certified
    if given is None:
        return f"line {line.sequence}: nothing certified"
    return (
        f"line {line.sequence}: certified {amount(given.quantity, given.unit)} "
        f"({number(given.visits)} visits), {span(given.period)}"
    )


def in_list(values: Iterable[int]) -> str:
    """Numbers, separated by commas."""
    return ", ".join(map(str, values))
