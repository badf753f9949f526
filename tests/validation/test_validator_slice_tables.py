"""Every slicing in the committed tables: its items can be told, or it stands here by name with the reason."""

from collections.abc import Iterator

import pytest

from fhirpa.validation import load_set
from fhirpa.validation.discriminators import never_told
from fhirpa.validation.elements import Element
from fhirpa.validation.plans import ElementPlan, Plans, SlicePlan
from fhirpa.validation.rules import compiled

SETS = ("pas-2.0.1", "pas-2.2.1")

# Profile, sliced element and slice -> why nobody can tell its items. Nothing is then held against one.
NOT_TOLD = {
    # The published snapshot leaves out the url of its parts.
    ("quantity-confidenceInterval", "Extension.extension", "confidence"),
    ("quantity-confidenceInterval", "Extension.extension", "interval"),
    # Sliced by the pattern of category, of which this slice says nothing.
    ("pdex-priorauthorization", "ExplanationOfBenefit.adjudication", "denialreason"),
}
# Profile and element with slices that nothing is said of how to tell: a slice of one uri that cannot repeat.
WITHOUT_SLICING = {("hrex-consent", "Consent.policy:hrex.uri")}


def _slices(plan: ElementPlan, path: str) -> Iterator[tuple[str, SlicePlan]]:
    for slice_ in plan.slicing.slices if plan.slicing else ():
        yield path, slice_
        yield from _slices(slice_.element, f"{path}:{slice_.name}")
    for child in plan.children:
        yield from _slices(child, f"{path}.{child.label}")


def _elements(element: Element, path: str) -> Iterator[tuple[str, Element]]:
    yield path, element
    for name, child in (element.children or {}).items():
        yield from _elements(child, f"{path}.{name}")
    for name, slice_ in (element.slices or {}).items():
        yield from _elements(slice_, f"{path}:{name}")


@pytest.mark.parametrize("name", SETS)
def test_the_items_of_every_slice_can_be_told(name: str) -> None:
    plans = Plans(load_set(name))
    told, untold = 0, set()
    for canonical in plans.tables.canonicals("profile"):
        plan = plans.profile(canonical)
        assert plan is not None
        for path, slice_ in _slices(plan.root, plan.profile.type):
            if slice_.matches is never_told:
                untold.add((canonical.rpartition("/")[2].partition("|")[0], path, slice_.name))
            else:
                told += 1
                assert slice_.url or slice_.wishes(), (canonical, path, slice_.name)
    assert told > 1000
    assert untold == NOT_TOLD


@pytest.mark.parametrize("name", SETS)
def test_no_slices_of_the_tables_are_passed_over(name: str) -> None:
    tables = load_set(name)
    plans = Plans(tables)
    passed_over = set()
    for canonical in tables.canonicals("profile"):
        profile, plan = tables.profile(canonical), plans.profile(canonical)
        assert profile is not None
        assert plan is not None
        compiled_slices = {(path, s.name.rpartition("/")[2]) for path, s in _slices(plan.root, profile.type)}
        for path, element in _elements(profile.root, profile.type):
            plain = path.replace("[x]", "")
            if any((plain, slice_) not in compiled_slices for slice_ in element.slices or {}):
                passed_over.add((canonical.rpartition("/")[2].partition("|")[0], plain))
    assert passed_over == WITHOUT_SLICING


@pytest.mark.parametrize("name", SETS)
def test_the_engine_reads_every_context_and_rule_of_an_extension(name: str) -> None:
    tables = load_set(name)
    texts = set()
    for canonical in tables.canonicals("profile"):
        profile = tables.profile(canonical)
        assert profile is not None
        texts |= {c.expression for c in profile.context if c.kind == "fhirpath"}
        texts |= set(profile.context_invariants)
    assert len(texts) > 15
    assert {t for t in texts if compiled(t) is None} == set()
