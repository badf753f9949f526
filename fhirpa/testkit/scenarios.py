"""All scenarios, in the order in which the README tells them."""

from fhirpa.testkit.scenario import Scenario
from fhirpa.testkit.scenarios_back import BACK
from fhirpa.testkit.scenarios_back_ways import BACK_WAYS
from fhirpa.testkit.scenarios_bad import BAD
from fhirpa.testkit.scenarios_children import CHILDREN
from fhirpa.testkit.scenarios_edges import EDGES
from fhirpa.testkit.scenarios_programme import PROGRAMME

CHAPTERS: tuple[tuple[str, tuple[Scenario, ...]], ...] = (
    ("Low back", BACK),
    ("Low back: other plans, other ways to ask", BACK_WAYS),
    ("Surgery, stroke, home, evaluations", PROGRAMME),
    ("Children", CHILDREN),
    ("Benefits, eligibility, providers, other ways to send evidence", EDGES),
    ("Refused before anything is decided", BAD),
)
SCENARIOS: tuple[Scenario, ...] = tuple(s for _, scenarios in CHAPTERS for s in scenarios)
