"""The same facts in another legal shape give the same evidence."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V221
from fhirpa.um.evidence import Evidence, without_sources
from tests.pas.evidence_render import Record, bundles, record
from tests.pas.request_builder import Json


def facts_of(of: Json) -> Evidence:
    """The evidence apart from where it stood: neither sources, nor the order, nor the carrying documents."""
    bare = without_sources(read_request(BundleGraph(of), V221).evidence)
    parts: dict[str, Any] = {f.name: getattr(bare, f.name) for f in fields(Evidence)}
    ordered = {name: tuple(sorted(x, key=repr)) for name, x in parts.items() if isinstance(x, tuple)}
    plans = tuple(replace(p, goals=tuple(sorted(p.goals, key=repr)), visits=None) for p in bare.plans_of_care)
    return replace(bare, **{**ordered, "plans_of_care": plans, "documents": ()})


@st.composite
def twice(draw: st.DrawFn) -> tuple[Record, Json, Json]:
    of = draw(record())
    return of, draw(bundles(of)), draw(bundles(of))


@settings(max_examples=80, deadline=None)
@given(twice())
def test_another_legal_shape_gives_equal_evidence(case: tuple[Record, Json, Json]) -> None:
    of, one, other = case
    facts = facts_of(one)
    assert facts == facts_of(other)
    assert len(facts.measures) == len(of.scores)
    assert len(facts.diagnoses) == len(of.diagnoses)
    assert bool(facts.plans_of_care) is (of.plan is not None)
    assert len(facts.orders) == (of.ordered is not None)
    assert len(facts.evaluations) == (of.evaluated is not None)
    assert len(facts.surgeries) == (of.operation is not None)
    assert facts.visits_attended == (of.attended[0] if of.attended else None)
    if of.plan:
        (plan,) = facts.plans_of_care
        assert (plan.visits_per_week, plan.weeks) == (of.plan.weekly, of.plan.weeks)
        assert len(plan.goals) == len(of.plan.goals)
        assert plan.home_programme is (True if of.plan.home_programme else None)
