"""An adult with low back pain: what is certified at once, what is asked, what a person reads."""

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.decision import decide
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult
from tests.um.requests import context, line, request


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def test_a_complete_request_within_the_policy_is_certified_as_asked(rules: RuleSet) -> None:
    decision = decide(request(), context(), rules)
    assert decision.errors == ()
    (only,) = decision.lines
    assert only.result is EngineResult.CERTIFY
    assert only.certified is not None
    assert only.certified.quantity == 8
    assert only.policy_id == "LBP"


def test_lines_of_one_discipline_share_their_visits(rules: RuleSet) -> None:
    lines = (line(), line("97140", 8, 2), line("97530", 8, 3))
    decision = decide(request(*lines), context(), rules)
    assert [x.result for x in decision.lines] == [EngineResult.CERTIFY] * 3
    assert sum(d.visits for d in decision.draws) == 8
