"""Time that `um.decide` takes per case: `.venv/bin/python -m bench.decide`.

The cases are the blind vignettes of fixtures/vignettes, built and read once; only the decision is timed. CPU
time of one thread; a case's figure is its fastest of PASSES runs.
"""

import time
from statistics import mean, median

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import VERSIONS
from fhirpa.policies.load import load_rules
from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.guide import GUIDES
from fhirpa.um.context import DecisionContext
from fhirpa.um.decision import decide
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.rules import RuleSet
from tests.clinical.blind_build import build_request
from tests.clinical.blind_labels import read_all
from tests.clinical.blind_state import context_for, rules_for

PASSES = 20
GUIDE = "2.2.1"
Ready = tuple[AuthorizationRequest, DecisionContext, RuleSet]


def prepared() -> list[Ready]:
    """Every vignette as the decision gets it."""
    rules, out = load_rules(), []
    for case in read_all():
        built = build_request(case)
        bundle = build(built.request, GUIDES[GUIDE], Identity(f"bench/{case.id}"))
        request = read_request(BundleGraph(bundle), VERSIONS[GUIDE])
        own = rules_for(case, rules)
        out.append((request, context_for(case, built, request, own), own))
    return out


def fastest(case: Ready) -> float:
    """Microseconds of the fastest of PASSES decisions."""
    times = []
    for _ in range(PASSES):
        started = time.thread_time_ns()
        decide(*case)
        times.append(time.thread_time_ns() - started)
    return min(times) / 1000


def main() -> None:
    """Print one line."""
    times = sorted(map(fastest, prepared()))
    late = times[int(len(times) * 0.99)]
    print(
        f"decide, {len(times)} cases: mean {mean(times):.0f} µs, median {median(times):.0f} µs, "
        f"99 % below {late:.0f} µs, slowest {times[-1]:.0f} µs"
    )


if __name__ == "__main__":
    main()
