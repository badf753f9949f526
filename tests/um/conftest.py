"""The packaged rules, with a clock that tests can predict."""

from dataclasses import replace

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.rules import RuleSet
from tests.um.requests import FakeClock


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return replace(load_rules(), turnaround=FakeClock())
