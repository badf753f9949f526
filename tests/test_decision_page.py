"""docs/decision.md lists the steps and reason codes that the code has, in the code's order."""

import re
from pathlib import Path

from fhirpa.policies.load import load_rules
from fhirpa.um.steps import BLOCK, PASSED, Desk, Step
from fhirpa.um.terms import EngineResult, ReviewKind

PAGE = (Path(__file__).parents[1] / "docs" / "decision.md").read_text(encoding="utf-8")
RULES = load_rules()


def sections() -> dict[str, dict[str, str]]:
    """By step: its codes, and who has a line with that code."""
    found: dict[str, dict[str, str]] = {}
    for part in PAGE.split("\n### ")[1:]:
        head = re.match(r"(.*) \(`([a-z-]+)`\)\n", part)
        assert head is not None, part[:40]
        body = part.split("\n## ")[0]
        found[head[2]] = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]*) \|", body, re.MULTILINE))
    return found


def test_the_page_has_the_steps_in_their_order() -> None:
    assert list(sections()) == [x.value for x in Step]
    for step in Step:
        assert f"### {RULES.reviewer_texts[f'step.{step}']} (`{step}`)" in PAGE


def test_each_step_has_its_reason_codes_and_no_others() -> None:
    for step, codes in sections().items():
        expected = {r.key for r in RULES.reasons.values() if r.step == step}
        expected |= {PASSED[Step(step)]} if Step(step) in PASSED else set()
        expected |= {BLOCK} if step == Step.LENGTH else set()
        expected |= {x.value for x in Desk} if step == Step.STAFFING else set()
        assert set(codes) == expected, step


def test_benefit_staff_have_what_is_administrative() -> None:
    for step, codes in sections().items():
        for code, who in codes.items():
            reason = RULES.reasons.get(code)
            administrative = reason is not None and reason.review is ReviewKind.ADMINISTRATIVE
            assert (who == "benefit staff") is administrative, (step, code)


def test_every_result_of_the_engine_is_in_the_table() -> None:
    table = PAGE.split("## Results")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE)
    assert rows == [x.value for x in EngineResult]
