"""The reviewer's voice: facts beside each criterion and its question, where each was found, and the road.

No rating and no proposal (Tex. Ins. Code 4201.156): a criterion that the data settles and one that it leaves
open look the same; the reviewer reads the facts.
"""

from collections.abc import Iterator, Mapping

from fhirpa.um.evidence import Source
from fhirpa.um.explanation import CriterionExplained, LineExplained
from fhirpa.um.rules import RuleSet
from fhirpa.um.steps import Desk, Step, StepTaken


def criterion_lines(criterion: CriterionExplained, texts: Mapping[str, str]) -> Iterator[str]:
    """The question, then what was found, where, and the criterion's own source."""
    yield f"{criterion.id}: {criterion.question}"
    for fact in criterion.facts:
        yield f"  {fact}"
    if criterion.sources:
        yield f"  in {'; '.join(place(x, texts) for x in criterion.sources)}"
    if criterion.citation:
        yield f"  source: {criterion.citation}"


def place(source: Source, texts: Mapping[str, str]) -> str:
    """Where a fact was found: resource, path, and its date where it has one."""
    key = "source-dated" if source.day else "source"
    return texts[key].format(resource=source.resource, path=source.path, day=source.day).strip()


def step_lines(line: LineExplained, rules: RuleSet) -> Iterator[str]:
    """The steps of the decision on a line with the words of their codes."""
    for taken in line.steps:
        said = " ".join(code_text(code, rules) for code in taken.codes)
        yield f"{rules.reviewer_texts[f'step.{taken.step}']}: {said} [{', '.join(taken.codes)}]"


def who_has_it(steps: tuple[StepTaken, ...], rules: RuleSet) -> str:
    """In words: whose the line was after the engine's decision; '' where that is not known or nobody's."""
    codes = next((x.codes for x in steps if x.step is Step.STAFFING), (Desk.NOBODY.value,))
    if codes == (Desk.NOBODY.value,):
        return ""
    return " ".join(code_text(code, rules) for code in codes)


def policy_line(line: LineExplained, rules: RuleSet) -> str:
    """The policy that the line was read against; '' where there is none."""
    policy = line.policy
    if policy is None:
        return ""
    text = rules.reviewer_texts["read-against"]
    return text.format(title=policy.title, policy=policy.id, version=policy.version)


def code_text(code: str, rules: RuleSet) -> str:
    """The words of a step's reason code; those of a reason without what is filled in."""
    text = rules.reviewer_texts.get(f"code.{code}")
    if text is not None:
        return text
    reason = rules.reasons.get(code)
    return reason.text.replace("{", "").replace("}", "") if reason else code
