"""docs/evidence.md names every fact and every kind of resource that is read."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from fhirpa.pas.evidence import _NOT_VALID
from fhirpa.pas.evidence_facts import measure_of
from fhirpa.pas.evidence_resources import READERS
from fhirpa.pas.measure_names import is_known_measure, measure_name
from fhirpa.policies.load import load_rules
from fhirpa.um import evidence as um

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(\w+)`", PAGE))
FACTS = (
    *(um.Evidence, um.Diagnosis, um.Surgery, um.Protocol, um.Evaluation, um.Goal, um.PlanOfCare),
    *(um.MeasureScore, um.Order, um.PriorTherapy, um.Stay, um.Equipment, um.Document),
)


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
def test_the_page_names_every_fact(kind: type) -> None:
    assert {f.name for f in fields(kind)} - NAMED - {"source"} == set()


def test_the_page_names_every_resource_that_is_read_and_every_status_that_does_not_count() -> None:
    assert [r for r in READERS if r not in PAGE] == []
    assert sorted(s for s in _NOT_VALID if s not in PAGE and s != "refuted") == []


def test_every_measure_of_the_policies_is_read_by_its_name_and_code() -> None:
    for key, measure in load_rules().measures.items():
        assert is_known_measure(key)
        assert measure_name(key.lower()) == key
        if measure.loinc:
            coded = {"coding": [{"system": "http://loinc.org", "code": measure.loinc}]}
            assert measure_of(coded) == key
