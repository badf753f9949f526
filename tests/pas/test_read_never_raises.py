"""Whatever arrives, checks and readers answer."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.checks import check_inquiry, check_request
from fhirpa.pas.evidence import read_attached_evidence
from fhirpa.pas.inquiry_read import read_inquiry
from fhirpa.pas.read import read_request, sender_of
from fhirpa.pas.versions import V201, V221, PasVersion
from tests.pas.request_builder import Json, bundle, cancelled, claim, concept, entry, ext, item, ref, support
from tests.pas.test_evidence import GOALS, MEASURES, POC, document, observation, response

VERSIONS = st.sampled_from([V201, V221])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=12),
    st.sampled_from(
        ["2026-02-30", "2026-03", "#", "#x", "Patient/p1", "MB", "PT", "1e999999", "٣", "9999-12-31"]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["reference", "coding", "code", "system", "value", "extension", "url", "item", "x"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


PRIOR = concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")


def rich() -> Json:
    """A bundle in which every reader has something to read."""
    asking = {
        **claim(),
        "related": [{"claim": ref("Claim/c0"), "relationship": PRIOR}],
        "billablePeriod": {"start": "2026-03-01"},
    }
    asking["item"] = [item(), item(2, modifierExtension=[cancelled()])]
    asking["item"][0]["extension"].append(
        ext("extension-requestedService", valueReference=ref("ServiceRequest/sr"))
    )
    repeat = {
        "count": 9,
        "frequency": 2,
        "period": 1,
        "periodUnit": "wk",
        "boundsDuration": {"value": 6, "code": "wk"},
    }
    resources: list[Json] = [
        response(POC, *GOALS, *MEASURES),
        observation(code={"text": "ODI"}, valueQuantity={"value": 40}, component=[{"code": {"text": "TUG"}}]),
        document("57154-7", author=[ref("PractitionerRole/role")]),
        {
            "resourceType": "Goal",
            "id": "g",
            "description": {"text": "walk"},
            "target": [{"detailString": "x"}],
        },
        {
            "resourceType": "CarePlan",
            "id": "cp",
            "goal": [ref("Goal/g")],
            "activity": [{"detail": {"scheduledTiming": {"repeat": repeat}}}],
        },
    ]
    asking["supportingInfo"] = [
        support(i, f"{r['resourceType']}/{r['id']}") for i, r in enumerate(resources, 1)
    ]
    order = {
        "resourceType": "ServiceRequest",
        "id": "sr",
        "authoredOn": "2026-02-01",
        "requester": ref("Practitioner/pt"),
        "quantityQuantity": {"value": 9, "unit": "visit"},
        "occurrenceTiming": {"repeat": repeat},
    }
    package = {"resourceType": "Bundle", "id": "b", "entry": [entry(response(POC, id="inner"))]}
    others: list[Json] = [
        order,
        package,
        {
            "resourceType": "Condition",
            "id": "d",
            "code": concept("http://hl7.org/fhir/sid/icd-10-cm", "M54.50"),
        },
        {
            "resourceType": "Procedure",
            "id": "s",
            "code": {"text": "repair"},
            "performedDateTime": "2026-01-01",
        },
        {**claim(), "id": "c0"},
    ]
    asking["supportingInfo"].append(support(9, "Bundle/b"))
    return bundle(*resources, *others, of=asking)


RICH = rich()


def nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path, *(p for k in keys for p in nodes(value[k], (*path, k)))]


PATHS = [p for p in nodes(RICH) if p]


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    whole = deepcopy(RICH)
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=8)):
        node: Any = whole
        try:
            for step in path[:-1]:
                node = node[step]
            if draw(st.booleans()):
                node[path[-1]] = draw(JSON)
            else:
                del node[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # a change before has removed this place
    return whole


def everything(of: Json, version: PasVersion) -> None:
    graph = BundleGraph(of)
    for issue in (*check_request(graph, version), *check_inquiry(graph, version)):
        assert issue.key
        assert issue.expression
    request = read_request(graph, version)
    assert isinstance(sender_of(request), str)
    hash(request)  # all parts are immutable
    hash(read_inquiry(graph, version))
    hash(read_attached_evidence(graph, version))


def test_the_rich_bundle_has_no_errors() -> None:
    assert [
        i for i in check_request(BundleGraph(RICH), V221) if i.is_error and i.key != "claim-related"
    ] == []


@settings(max_examples=600, deadline=None)
@given(of=mutated(), version=VERSIONS)
def test_no_mutation_makes_a_reader_raise(of: Json, version: PasVersion) -> None:
    everything(of, version)


@settings(max_examples=150, deadline=None)
@given(
    of=st.dictionaries(st.sampled_from(["resourceType", "entry", "type", "identifier"]), JSON),
    version=VERSIONS,
)
def test_no_object_at_all_makes_a_reader_raise(of: Json, version: PasVersion) -> None:
    everything(of, version)


def test_deep_nesting_and_cycles_are_survived() -> None:
    whole = rich()
    deep: Json = {"linkId": "poc.date", "answer": [{"valueDate": "2026-02-26"}]}
    for _ in range(5000):
        deep = {"linkId": "group", "item": [deep]}
    whole["entry"][7]["resource"]["item"] = [deep]
    whole["entry"].append(
        entry(observation(id="o2", code={"text": "TUG"}, valueInteger=9, hasMember=[ref("Observation/o")]))
    )
    whole["entry"][8]["resource"]["hasMember"] = [ref("Observation/o2")]
    everything(whole, V221)
