"""Every vignette gets the answer that a good utilization-management department gives."""

from dataclasses import replace

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.request import Span
from fhirpa.um.rules import RuleSet, Window
from tests.clinical.administration import ADMINISTRATION
from tests.clinical.adults import ADULTS
from tests.clinical.children import CHILDREN
from tests.clinical.distinctions import DISTINCTIONS
from tests.clinical.vignettes import Vignette, agrees, pt, told
from tests.um.requests import FakeClock, day

ALL = [*ADULTS, *CHILDREN, *ADMINISTRATION, *DISTINCTIONS]


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """The packaged rules; commercial requests come within two business days of the start."""
    packaged = load_rules()
    commercial = replace(packaged.plans["SANDBOX-COM"], retro=Window(2, business=True))
    return replace(packaged, plans={**packaged.plans, commercial.code: commercial}, turnaround=FakeClock())


@pytest.mark.parametrize("vignette", ALL, ids=lambda v: v.says)
def test_the_answer_is_what_a_good_department_gives(vignette: Vignette, rules: RuleSet) -> None:
    decision = vignette.decided(rules)
    assert agrees(vignette.answer, decision), f"{told(decision)}; expected because {vignette.why}"


@pytest.mark.parametrize("more", [{"accident": True}, {"diagnoses": ("M5450", "V4352XD")}])
def test_an_accident_is_asked_about_and_holds_nothing_up(rules: RuleSet, more: dict[str, object]) -> None:
    back = Vignette("work injury", "§9 coverage order", ("certify 8",), (pt(),), more=more)
    decision = back.decided(rules)
    assert agrees(back.answer, decision)
    assert any("workers' compensation" in n for n in decision.notes)


def test_there_are_enough_vignettes_and_each_is_told_once() -> None:
    titles = [v.says for v in ALL]
    assert len(titles) == len(set(titles)) >= 100


def test_an_extension_begins_the_day_after_the_running_authorization(rules: RuleSet) -> None:
    vignette = next(v for v in ADMINISTRATION if v.says.startswith("renewal asked from today"))
    certified = vignette.decided(rules).lines[0].certified
    assert certified is not None
    assert certified.period == Span(day(11), day(41))
