"""All scenarios, in the order in which the README tells them."""

from fhirpa.testkit.scenario import Scenario
from fhirpa.testkit.scenarios_back import BACK

SCENARIOS: tuple[Scenario, ...] = (*BACK,)
