"""The guide's own request examples and the public conformance suite's presets, where they are at hand."""

import json
import os
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.checks import check_inquiry, check_request
from fhirpa.pas.inquiry_read import read_inquiry
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V201, V221, PasVersion
from tests.pas.request_builder import Json

SHARED = Path(os.environ.get("FHIRPA_SHARED", Path(__file__).parents[3] / "shared"))
REQUESTOR = "8189991234"


def _packages() -> Iterator[tuple[str, PasVersion, Json]]:
    for path in sorted((SHARED / "packages").glob("*davinci-pas*.tgz")):
        version = V221 if "2.2.1" in path.name else V201 if "2.0.1" in path.name else None
        if version is None:
            continue
        with tarfile.open(path) as archive:
            for member in archive:
                if "/example/Bundle-" in member.name:
                    content = archive.extractfile(member)
                    assert content is not None
                    yield Path(member.name).stem, version, json.load(content)


def _presets() -> Iterator[tuple[str, PasVersion, Json]]:
    for path in sorted((SHARED / "pas" / "payloads").glob("*server*/*_payload.json")):
        version = V221 if path.parent.name.endswith("v221") else V201
        content = json.loads(path.read_text())
        for bundle in content if isinstance(content, list) else [content]:
            yield path.stem, version, bundle


@cache
def _all() -> list[tuple[str, PasVersion, Json]]:
    return [
        (f"{version.label}-{name}", version, bundle)
        for name, version, bundle in (*_packages(), *_presets())
        if bundle["entry"][0]["resource"]["resourceType"] == "Claim"
    ]


def _params(inquiries: bool) -> list[object]:
    chosen = [c for c in _all() if ("nquir" in c[0]) is inquiries]
    if not chosen:
        return [pytest.param(V221, {}, marks=pytest.mark.skip(reason="FHIRPA_SHARED holds no examples"))]
    return [pytest.param(version, bundle, id=name) for name, version, bundle in chosen]


@pytest.mark.parametrize(("version", "bundle"), _params(inquiries=False))
def test_a_request_example_is_accepted_and_read(version: PasVersion, bundle: Json) -> None:
    graph = BundleGraph(bundle)
    assert [i for i in check_request(graph, version) if i.is_error] == []
    request = read_request(graph, version)
    claim = bundle["entry"][0]["resource"]
    assert request.requester.npi == REQUESTOR
    assert request.patient.member_id in ("12345678901", "1122334455", "MEM-1234567")
    assert [x.sequence for x in request.lines] == [i["sequence"] for i in claim.get("item", [])]
    for line, item in zip(request.lines, claim.get("item", []), strict=True):
        assert line.service.code == item["productOrService"]["coding"][0]["code"]
        assert line.service_type == item["category"]["coding"][0]["code"]
    assert len(request.diagnoses) == len(claim.get("diagnosis", []))


@pytest.mark.parametrize(("version", "bundle"), _params(inquiries=True))
def test_an_inquiry_example_is_accepted_and_read(version: PasVersion, bundle: Json) -> None:
    graph = BundleGraph(bundle)
    assert [i for i in check_inquiry(graph, version) if i.is_error] == []
    inquiry = read_inquiry(graph, version)
    assert REQUESTOR in inquiry.provider_npis
    assert "12345678901" in inquiry.member_ids
    assert "G0154" in inquiry.service_codes
