"""Every vignette gets the answer that a good utilization-management department gives."""

from dataclasses import replace

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.rules import RuleSet, Window
from tests.clinical.administration import ADMINISTRATION
from tests.clinical.adults import ADULTS
from tests.clinical.children import CHILDREN
from tests.clinical.vignettes import Vignette, agrees, told
from tests.um.requests import FakeClock


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """The packaged rules; commercial requests come within two business days of the start."""
    packaged = load_rules()
    commercial = replace(packaged.plans["SANDBOX-COM"], retro=Window(2, business=True))
    return replace(packaged, plans={**packaged.plans, commercial.code: commercial}, turnaround=FakeClock())


@pytest.mark.parametrize("vignette", [*ADULTS, *CHILDREN, *ADMINISTRATION], ids=lambda v: v.says)
def test_the_answer_is_what_a_good_department_gives(vignette: Vignette, rules: RuleSet) -> None:
    decision = vignette.decided(rules)
    assert agrees(vignette.answer, decision), f"{told(decision)}; expected because {vignette.why}"
