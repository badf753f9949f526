"""The guide's own examples and the public conformance suite's payloads, where they are at hand."""

import json
import os
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from fhirpa.fhir import structure
from fhirpa.fhir.canonical import content_hash
from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.tables import resource_types
from tests.fhir.resource_strategies import Json

SHARED = Path(os.environ.get("FHIRPA_SHARED", Path(__file__).parents[3] / "shared"))
READ_BY_OTHERS = frozenset({"Claim", "ClaimResponse", "Coverage", "Patient", "Organization"})
# Sent by the conformance suite to be refused: the only example with structural faults.
BROKEN = {"nonconformant_pas_bundle": [("empty-value", "Bundle.entry")]}


def _packages() -> Iterator[tuple[str, bytes]]:
    for path in sorted((SHARED / "packages").glob("*davinci-pas*.tgz")):
        with tarfile.open(path) as archive:
            for member in archive:
                if "/example/" in member.name and member.name.endswith(".json"):
                    content = archive.extractfile(member)
                    assert content is not None
                    yield f"{path.stem}-{Path(member.name).stem}", content.read()


def _payloads() -> Iterator[tuple[str, bytes]]:
    for path in sorted((SHARED / "pas" / "payloads").glob("*/*.json")):
        content = json.loads(path.read_text(), parse_float=Decimal)
        for index, one in enumerate(content if isinstance(content, list) else [content]):
            yield f"{path.parent.name}-{path.stem}-{index}", encode(one, "json")


def _params(types: frozenset[str] = resource_types()) -> list[object]:
    found = [
        pytest.param(name, resource, id=name)
        for name, body in (*_packages(), *_payloads())
        if (resource := decode(body, "json")).get("resourceType") in types
    ]
    skip = pytest.mark.skip(reason="FHIRPA_SHARED holds no examples")
    return found or [pytest.param("", {}, marks=skip)]


@pytest.mark.parametrize(("name", "resource"), _params())
def test_an_example_is_structurally_right_and_the_same_in_both_formats(name: str, resource: Json) -> None:
    broken = next((faults for part, faults in BROKEN.items() if part in name), [])
    assert [(i.key, i.expression) for i in structure.check(resource)] == broken
    if broken:
        return
    for format in ("json", "xml"):
        for pretty in (False, True):
            assert content_hash(decode(encode(resource, format, pretty), format)) == content_hash(resource)
    body = encode(resource, "xml")
    assert encode(decode(body, "xml"), "xml") == body


@pytest.mark.parametrize(("name", "resource"), _params(READ_BY_OTHERS))
def test_another_reader_of_xml_sees_the_same(name: str, resource: Json) -> None:
    """fhir.resources (R4B) reads our XML as it reads our JSON; narratives, which it rewrites, aside."""
    content = {k: v for k, v in resource.items() if k not in ("text", "contained")}
    model = get_fhir_model_class(resource["resourceType"])
    theirs = model.model_validate_xml(encode(content, "xml"))
    assert json.loads(theirs.model_dump_json()) == json.loads(model.model_validate(content).model_dump_json())
