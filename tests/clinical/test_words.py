"""Every sentence that leaves with the vignettes, read as a provider and as a regulator."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.determination import Decision
from fhirpa.um.evidence import Evaluation, Order
from fhirpa.um.rules import RuleSet
from tests.clinical.administration import ADMINISTRATION
from tests.clinical.adults import ADULTS
from tests.clinical.children import CHILDREN
from tests.clinical.distinctions import DISTINCTIONS
from tests.clinical.vignettes import Vignette, evidence, pt
from tests.um.requests import HERE, OTHER_CLINIC, FakeClock, day
from tests.um.words import unfriendly

ALL = [*ADULTS, *CHILDREN, *ADMINISTRATION, *DISTINCTIONS]
RULES = replace(load_rules(), turnaround=FakeClock())
BENEFIT = ("benefit-review", "benefit-none-left", "soft-limit", "adult-acute-question", "plan-question")
_NECESSITY = re.compile(r"\bnecess|\bappropriate|\bneeded\b|\bskill|\bevidence|\bcriteri", re.IGNORECASE)


def sentences(decision: Decision) -> Iterator[str]:
    """All that a provider may read."""
    yield from decision.notes
    for line in decision.lines:
        yield from line.notes
        yield from (item.text for item in line.information)
        yield from (c.question for c in line.criteria)


@pytest.mark.parametrize("vignette", ALL, ids=lambda v: v.says)
def test_every_sentence_is_neutral_and_finished(vignette: Vignette) -> None:
    for text in sentences(vignette.decided(RULES)):
        assert not unfriendly(text), text
        assert text[0].isupper(), text
        assert text.rstrip()[-1] in ".?", text
        assert not re.search(r"[{}]|\bNone\b|  ", text), text


@pytest.mark.parametrize("vignette", ALL, ids=lambda v: v.says)
def test_no_line_hears_the_same_sentence_twice(vignette: Vignette) -> None:
    for line in vignette.decided(RULES).lines:
        assert len(line.notes) == len(set(line.notes))
        keys = [x.key for x in line.information]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("key", BENEFIT)
def test_a_benefit_note_never_speaks_of_necessity(key: str) -> None:
    text = RULES.reasons[key].text
    assert not _NECESSITY.search(text), text


@pytest.mark.parametrize("vignette", ALL, ids=lambda v: v.says)
def test_who_is_asked_learns_what_and_why(vignette: Vignette) -> None:
    """An item has a key, a text that says what to do, and a reason behind its colon."""
    for line in vignette.decided(RULES).lines:
        for item in line.information:
            assert item.key
            assert item.text.startswith("Please ")
            assert len(item.text.split()) > 8


def test_what_is_too_old_is_named_with_its_day_and_the_time_that_counts() -> None:
    old = evidence(
        orders=(Order(HERE, day(-120), OTHER_CLINIC),), evaluations=(Evaluation(HERE, day(-45), None),)
    )
    decision = Vignette("", "", (), (pt(),), facts=old).decided(RULES)
    order, evaluation = decision.lines[0].information
    assert f"ordered on {day(-120)}" in order.text
    assert "90 days" in order.text
    assert f"evaluated on {day(-45)}" in evaluation.text
    assert "30 days" in evaluation.text


def test_the_check_of_necessity_would_see_it() -> None:
    assert _NECESSITY.search("These visits are not medically necessary.")


@pytest.mark.parametrize("rules", [RULES])
def test_every_reason_says_who_goes_on_or_asks_something(rules: RuleSet) -> None:
    """A provider knows from each reason of a pended line who acts next: a reviewer, a person, or they."""
    closed = {"no-authorization", "outside-programme", "soft-limit", "information-awaited"}
    acts = re.compile(r"\?|[Rr]eview|\b[Pp]erson\b|Please|reads|clear from")
    for key, reason in rules.reasons.items():
        assert key in closed or acts.search(reason.text), key
