"""A second FHIRPath engine as witness: of an invariant that a mutant breaks it does not say that it holds."""

from collections import Counter
from functools import cache
from typing import Any

import pytest
from fhirpathpy import compile as other_compile
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models

from fhirpa.fhir.tables import resource_types
from fhirpa.validation import load_set
from tests.validation.mutation.invariant_score import InvariantScore
from tests.validation.mutation.invariants import Subject
from tests.validation.mutation.profile_operators import Tools
from tests.validation.mutation.score import specimens
from tests.validation.mutation.specimens import Specimens
from tests.validation.mutation.walk import Walk
from tests.validation.sources import validator

# What fhirpathpy does not have, or not as the specification.
LEFT_OUT = ("resolve(", "memberOf(", "htmlChecks", "%extension", "conformsTo(", "hasValue(")
# Where it is wrong, and why.
EXPLAINED = {
    "app-4": "it finds nothing by the name of the type that the node has",
    "pas-sequence": "equal values of two elements are distinct for it",
    "pas-item-link": "equal values of two elements are two for it",
    "sdcqr-2": "equal values of two elements are distinct for it",
    "mdd-1": "it compares times of different precision, for which there is no answer",
    "us-core-1": "an element of type dateTime is no DateTime for it",
    "sdc-adaptive-1": "its extension() gives the first of several only",
}


@cache
def compiled(text: str) -> Any:
    return other_compile(text, models["r4"], {"traceFn": lambda label, items: None})


class Witness:
    """Asks fhirpathpy, and counts: broken, no answer, left out."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()

    def __call__(self, subject: Subject) -> bool | None:
        node = subject.node()
        text = subject.expression.text
        if node is None or any(part in text for part in LEFT_OUT):
            self.answers["left out"] += 1
            return None
        context = {"resource": subject.resource, "rootResource": subject.resource, "context": node.value}
        base = ResourceNode.create_node(node.value, node.shape.name, node.beside)
        try:
            answer = compiled(text)(base, context)
        except Exception:
            self.answers["no answer"] += 1
            return None
        holds = answer == [True]
        self.answers["holds" if holds else "broken"] += 1
        return holds


@pytest.mark.deep
def test_another_engine_agrees_that_an_invariant_is_broken() -> None:
    tables = load_set("pas-2.2.1")
    tools = Tools(Walk(tables), Specimens(tables))
    witness, score = Witness(), InvariantScore()
    of_types = (tools.specimens.of_type(name) for name in sorted(resource_types()))
    score.take(validator("pas-2.2.1"), tools, of_types, witness=witness)
    score.take(validator("pas-2.2.1"), tools, specimens(tables), witness=witness)
    print(f"\n{dict(witness.answers)}")
    assert {name for name in score.escaped if name.rpartition(" ")[2] not in EXPLAINED} == set()
    assert witness.answers["broken"] > 400
