"""No fact of a vignette is lost on the way into the request."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.guide import GUIDES
from tests.clinical.blind_build import build_request
from tests.clinical.blind_labels import Values, Vignette, read_all
from tests.clinical.blind_run import GUIDE

CASES = read_all()
UNSAID = (None, [], "")


def bundle(case: Vignette) -> Values:
    return build(build_request(case).request, GUIDES[GUIDE], Identity("blind"))


def parts(case: Vignette) -> dict[str, list[Values]]:
    """What holds facts, by name: the request, the records, and of these operation, plan, goals and scores."""
    records = [r for r in case.facts["records"].values() if r]
    plans = [r["plan_of_care"] for r in records if r.get("plan_of_care")]
    return {
        "record": records,
        "surgery": [r["surgery"] for r in records if r.get("surgery")],
        "plan": plans,
        "goal": [g for p in plans for g in p.get("goals") or ()],
        "measure": [m for r in records for m in r.get("measures") or ()],
        "request": [case.facts["request"]],
    }


def examples() -> dict[tuple[str, str], Vignette]:
    """For each fact, by where it stands and its name, the first case in which it is told."""
    found: dict[tuple[str, str], Vignette] = {}
    for case in CASES:
        for part, holders in parts(case).items():
            for name in {k for h in holders for k, value in h.items() if value not in UNSAID}:
                found.setdefault((part, name), case)
    return found


EXAMPLES = examples()
NEEDED = {  # without these nothing is built
    *(("request", name) for name in ("start", "weeks", "days", "kind")),
    *(("measure", name) for name in ("name", "score", "day")),
    ("goal", "text"),
}


@pytest.mark.parametrize(("part", "name"), sorted(set(EXAMPLES) - NEEDED))
def test_a_fact_that_is_told_changes_the_request(part: str, name: str) -> None:
    case = EXAMPLES[part, name]
    facts: dict[str, Any] = deepcopy(case.facts)
    without = replace(case, facts=facts)
    for holder in parts(without)[part]:
        holder.pop(name, None)
    assert bundle(without) != bundle(case)
