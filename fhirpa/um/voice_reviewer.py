"""The reviewer's voice: facts beside each criterion and its question, where each was found, and the road.

No rating and no proposal (Tex. Ins. Code 4201.156): a criterion that the data settles and one that it leaves
open look the same; the reviewer reads the facts.
"""

from collections.abc import Iterator
from typing import Final

from fhirpa.um.evidence import Source
from fhirpa.um.explanation import CriterionExplained, LineExplained, PolicyNamed, Situation
from fhirpa.um.rules import RuleSet
from fhirpa.um.steps import Step

_READ: Final = frozenset({Situation.CLINICAL, Situation.BENEFIT})


def criterion_lines(criterion: CriterionExplained) -> Iterator[str]:
    """The question, then what was found, where, and the criterion's own source."""
    yield f"{criterion.id}: {criterion.question}"
    for fact in criterion.facts:
        yield f"  {fact}"
    if criterion.sources:
        yield f"  in {'; '.join(place(x) for x in criterion.sources)}"
    if criterion.citation:
        yield f"  source: {criterion.citation}"


def place(source: Source) -> str:
    """Where a fact was found: resource, path, and its date where it has one."""
    day = f", {source.day.isoformat()}" if source.day else ""
    return f"{source.resource} {source.path}{day}".strip()


def step_lines(line: LineExplained, rules: RuleSet) -> Iterator[str]:
    """The steps of the decision on a line with the words of their codes."""
    for taken in line.steps:
        said = " ".join(code_text(code, rules) for code in taken.codes)
        yield f"{rules.reviewer_texts[f'step.{taken.step}']}: {said} [{', '.join(taken.codes)}]"


def desks_of(line: LineExplained) -> tuple[str, ...]:
    """Codes of who is to read a line that waits for a person; () where none does, or it is not known."""
    if line.situation not in _READ:
        return ()
    return next((x.codes for x in line.steps if x.step is Step.STAFFING), ())


def policy_line(policy: PolicyNamed, rules: RuleSet) -> str:
    """The policy that a line was read against."""
    text = rules.reviewer_texts["read-against"]
    return text.format(title=policy.title, policy=policy.id, version=policy.version)


def code_text(code: str, rules: RuleSet) -> str:
    """The words of a step's reason code; those of a reason without what is filled in."""
    text = rules.reviewer_texts.get(f"code.{code}")
    if text is not None:
        return text
    reason = rules.reasons.get(code)
    return reason.text.replace("{", "").replace("}", "") if reason else code
