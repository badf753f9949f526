"""A policy in words: what is looked at, when each criterion is met, and what happens otherwise."""

from collections.abc import Iterator
from textwrap import fill, indent

from fhirpa.um.criterion import Criterion, ImpairmentCut, Road
from fhirpa.um.expression.facts import VOCABULARY
from fhirpa.um.expression.printer import show_value
from fhirpa.um.expression.vocabulary import Fact, Parameter
from fhirpa.um.rules import Block, Policy
from fhirpa.um.terms import LineOfBusiness

_WIDTH = 100
_ROADS = {
    Road.INFORMATION: "the provider is asked",
    Road.CLINICAL: "a therapist reviewer reads it",
    Road.NOBODY: "the line goes on",
}


def explain_policy(policy: Policy, lob: LineOfBusiness | None = None) -> Iterator[str]:
    """The lines of a page on a policy; parameters as they hold in a line of business, or in each."""
    yield f"{policy.id}: {policy.title} (version {policy.version}, from {policy.effective})"
    yield f"Source: {policy.source}"
    yield f"For: {', '.join(sorted(policy.disciplines))}{_ages(policy)}"
    yield from _blocks("First block", policy.first)
    yield from _blocks("Further blocks", policy.further)
    if policy.total is not None:
        yield f"Visits of an episode before a therapist reviewer reads: {policy.total}"
    if policy.impairment:
        yield f"Shows a limitation: {'; '.join(map(_cut, policy.impairment))}"
    for criterion in policy.criteria:
        yield ""
        yield from explain_criterion(criterion, lob)


def explain_criterion(criterion: Criterion, lob: LineOfBusiness | None = None) -> Iterator[str]:
    """The lines of a page on one criterion."""
    yield f"{criterion.id}  {criterion.question}"
    if criterion.from_block:
        yield f"  Read from block {criterion.from_block} on (0 is the first)."
    if criterion.applies_when is not None:
        yield from _text("Applies when", criterion.applies_when.text)
    yield from _text("Met when", criterion.met_when.text)
    for name, parameter in criterion.parameters.items():
        yield f"    {name} = {_parameter(parameter, lob)}"
    for fact in facts_of(criterion):
        yield fill(
            f"{fact.name}: {fact.meaning}", _WIDTH, initial_indent="    - ", subsequent_indent="      "
        )
    yield f"  Otherwise: {_otherwise(criterion)}"
    for text in dict.fromkeys(item.text for item in criterion.ask.values()):
        yield _filled("  Asked: ", text)
    yield f"  Source: {criterion.citation}"


def facts_of(criterion: Criterion) -> tuple[Fact, ...]:
    """The facts that the expressions of a criterion use, by name."""
    names = set(criterion.met_when.names)
    if criterion.applies_when is not None:
        names |= criterion.applies_when.names
    return tuple(VOCABULARY[name] for name in sorted(names & VOCABULARY.keys()))


def _filled(first: str, text: str) -> str:
    return fill(text, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def _text(title: str, expression: str) -> Iterator[str]:
    yield f"  {title}:"
    yield indent(expression.strip(), "      ")


def _parameter(parameter: Parameter, lob: LineOfBusiness | None) -> str:
    if lob is not None:
        return show_value(parameter.type, parameter.of(lob.value))
    lines = (f"{line} {show_value(parameter.type, x)}" for line, x in parameter.by_line.items())
    default = show_value(parameter.type, parameter.default)
    return ", ".join((default, *lines))


def _otherwise(criterion: Criterion) -> str:
    """Both roads, in words that hold for those who are asked and for those who read."""
    wanted = _ROADS[criterion.when_undetermined] if criterion.ask else _reads(criterion.when_undetermined)
    open_ = _ROADS[criterion.when_not_met] if criterion.ask else _reads(criterion.when_not_met)
    said = f"if the data does not tell, {wanted}; if it tells otherwise, {open_}"
    if not criterion.holds:
        said = "it is asked for the next request, and nothing waits for it"
    return said + ("; a clinician goes first" if criterion.urgent else "")


def _reads(road: Road) -> str:
    """Where nothing can be asked for, a person reads."""
    return _ROADS[Road.CLINICAL if road is Road.INFORMATION else road]


def _ages(policy: Policy) -> str:
    low, high = policy.age_from_months, policy.age_below_months
    return (f", from {low} months of age" if low else "") + (f", below {high} months of age" if high else "")


def _blocks(title: str, blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        when = [*sorted(block.lines_of_business), *(f"diagnosis {d}" for d in block.diagnoses)]
        when += [f"onset within {block.onset_within_days} days"] if block.onset_within_days else []
        when += [f"block {block.number}"] if block.number is not None else []
        when += ["intensive programme"] if block.intensive else []
        when += ["whatever the plan's units a day"] if block.unit_exception else []
        where = f" ({', '.join(when)})" if when else ""
        size = f"{block.visits} visits in {block.weeks} weeks, {block.units_per_visit} units a visit"
        yield f"{title}: {size}{where}"


def _cut(cut: ImpairmentCut) -> str:
    if cut.measure is None:
        return f"diagnosis {', '.join(cut.diagnoses)}"
    parts = [
        f"at least {cut.at_least}" if cut.at_least is not None else "",
        f"at most {cut.at_most}" if cut.at_most is not None else "",
        f"{cut.below_other_side} below the other side" if cut.below_other_side is not None else "",
        f"below {cut.share_of_other_side} of the other side" if cut.share_of_other_side is not None else "",
    ]
    return f"{cut.measure} {' and '.join(p for p in parts if p) or 'any score'}"
