"""Whatever state a case is in and whatever was sent: a sound response, valid R4, in neutral words."""

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from fhirpa.pas.inquiry_write import write_inquiry_response
from fhirpa.pas.versions import VERSIONS
from fhirpa.pas.write import write_error_response, write_response
from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.determination import BusinessError, CertifiedService, Due, InformationItem
from fhirpa.um.request import ServiceLine, Span
from fhirpa.um.terms import LineState, QuantityUnit
from tests.pas.case_builder import NOW, PAYER_URL, REASONS, TEXTS, case_of, ids, resources, sent
from tests.pas.request_builder import graph, item
from tests.pas.response_checker import problems

Json = dict[str, Any]
words = st.text("abcdefghij ", min_size=1, max_size=20).filter(lambda t: bool(t.strip()))
days = st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31))
times = st.integers(0, 500_000).map(lambda minutes: NOW + timedelta(minutes=minutes))
amounts = st.none() | st.decimals(Decimal("0.25"), Decimal(500), places=2)
units = st.none() | st.sampled_from(QuantityUnit)
information = st.builds(
    InformationItem, key=st.text("abc-", min_size=1), text=words, loinc=st.none() | st.just("18776-5")
)
dues = st.none() | st.builds(Due, times, st.just("rule"), words)


@st.composite
def decided(draw: st.DrawFn, line: ServiceLine) -> CaseLine:
    state = draw(st.sampled_from(LineState))
    service = CertifiedService(
        line.service,
        draw(amounts),
        draw(units),
        None,
        Span(draw(days), draw(days)),
        draw(st.sampled_from([(), ("GP",), ("59", "GP")])),
    )
    authorization = Authorization("A0000000018", service, draw(times))
    return CaseLine(
        line=line,
        state=state,
        authorization=draw(st.none() | st.just(authorization)),
        administrative_reference_number=draw(st.none() | st.just("R0000000021")),
        reasons=tuple(
            draw(st.lists(st.sampled_from(["benefit", "information-awaited", "other"]), max_size=3))
        ),
        notes=tuple(draw(st.lists(words, max_size=2))),
        information=tuple(draw(st.lists(information, max_size=3))),
        human_reviewed=draw(st.booleans()),
    )


@st.composite
def bodies(draw: st.DrawFn) -> Json:
    """Requests with parts missing that the answer would echo."""
    count = draw(st.integers(1, 3))
    body = deepcopy(sent(*(item(n) for n in range(1, count + 1))))
    claim = body["entry"][0]["resource"]
    for name in draw(st.sets(st.sampled_from(["identifier", "careTeam", "type", "provider", "insurer"]))):
        claim.pop(name)
    for line in claim["item"]:
        optional = [
            "extension",
            "quantity",
            "modifier",
            "servicedPeriod",
            "locationCodeableConcept",
            "category",
        ]
        for name in draw(st.sets(st.sampled_from(optional))):
            line.pop(name)
    missing = draw(st.sets(st.integers(1, len(body["entry"]) - 1)))
    body["entry"] = [e for i, e in enumerate(body["entry"]) if i not in missing]
    return body


@st.composite
def cases(draw: st.DrawFn) -> tuple[Case, Json]:
    body = draw(bodies())
    case = case_of(body, lambda line: draw(decided(line)))
    case = replace(
        case,
        due=draw(dues),
        information_due=draw(dues),
        notes=tuple(draw(st.lists(words, max_size=2))),
    )
    return case, body


def valid_r4(bundle: Json) -> None:
    """The model library reads it: names, cardinalities and types of the base standard."""
    Bundle.model_validate(bundle)


def test_the_model_library_would_notice_a_fault() -> None:
    body = sent()
    case = case_of(body, lambda line: CaseLine(line, LineState.CERTIFIED))
    response = write_response(
        case,
        graph(body),
        VERSIONS["2.2.1"],
        now=NOW,
        new_id=ids(),
        reason_codes={},
        texts=TEXTS,
        payer_url=PAYER_URL,
    )
    valid_r4(response)
    resources(response, "ClaimResponse")[0]["outcom"] = "complete"
    with pytest.raises(ValueError, match="outcom"):
        valid_r4(response)


@pytest.mark.parametrize("version", list(VERSIONS.values()), ids=lambda v: v.label)
@settings(max_examples=40, deadline=None)
@given(found=cases(), at_hand=st.booleans())
def test_any_case_is_written_soundly(version: Any, found: tuple[Case, Json], at_hand: bool) -> None:
    case, body = found
    response = write_response(
        case,
        graph(body) if at_hand else None,
        version,
        now=NOW,
        new_id=ids(),
        reason_codes=REASONS,
        texts=TEXTS,
        payer_url=PAYER_URL,
    )
    assert problems(response, version.label) == []
    (answer,) = resources(response, "ClaimResponse")
    assert [i["itemSequence"] for i in answer["item"]] == [x.line.sequence for x in case.lines]
    valid_r4(response)


@pytest.mark.parametrize("version", list(VERSIONS.values()), ids=lambda v: v.label)
@settings(max_examples=15, deadline=None)
@given(found=st.lists(cases(), max_size=3))
def test_any_inquiry_is_answered_soundly(version: Any, found: list[tuple[Case, Json]]) -> None:
    matches = [(case, graph(body)) for case, body in found]
    answer = write_inquiry_response(
        matches,
        graph(sent()),
        version,
        now=NOW,
        new_id=ids(),
        reason_codes=REASONS,
        texts=TEXTS,
        payer_url=PAYER_URL,
    )
    bundles = (
        [p["resource"] for p in answer.get("parameter", [])] if version.inquiry_as_parameters else [answer]
    )
    assert len(bundles) == (len(found) if version.inquiry_as_parameters else 1)
    for bundle in bundles:
        assert problems(bundle, version.label, inquiry=True) == []
        valid_r4(bundle)


@pytest.mark.parametrize("version", list(VERSIONS.values()), ids=lambda v: v.label)
@settings(max_examples=25, deadline=None)
@given(
    body=bodies(), paths=st.lists(st.sampled_from(["", "Bundle.entry[0].resource.item[7]", "x"]), min_size=1)
)
def test_any_error_is_written_soundly(version: Any, body: Json, paths: list[str]) -> None:
    errors = tuple(BusinessError("04", "C", f"text {p}.", "", p, "key") for p in paths)
    response = write_error_response(errors, graph(body), version, now=NOW, new_id=ids())
    assert problems(response, version.label) == []
    valid_r4(response)
