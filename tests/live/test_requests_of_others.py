"""Requests nobody here wrote: the guide's examples and the public suite's payloads, over HTTP.

Every one is answered 200 in the shape of its version. What comes of each stands in the table: most are no
therapy (CT); some have an NPI with a wrong check digit (43), a coverage outside the dates (95), or update a
request that nobody sent (AA).
"""

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from fhirpa.fhir.codec import encode
from fhirpa.pas.versions import PasVersion
from fhirpa.testkit.answer import outcome
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from tests.pas.request_builder import Json
from tests.pas.test_read_guide_examples import _all
from tests.workflow.services import open_services

NPI, DATES, UNKNOWN = {"error": "43"}, {"error": "95"}, {"error": "AA"}
# In the order in which they are sent: an update comes after what it changes.
EXPECTED: dict[str, list[Json]] = {
    "2.0.1-Bundle-HomecareAuthorizationBundleExample": [{"lines": {"1": "CT", "2": "CT"}}],
    "2.0.1-Bundle-HomecareAuthorizationDifferentialBundleExample": [
        {"lines": {"1": "CT", "2": "C", "3": "CT"}}
    ],
    "2.0.1-Bundle-HomecareAuthorizationUpdateBundleExample": [{"lines": {"1": "CT", "2": "C", "3": "CT"}}],
    "2.0.1-Bundle-MedicalServicesAuthorizationBundleExample": [{"lines": {"1": "CT"}}],
    "2.0.1-Bundle-ReferralAuthorizationBundleExample": [NPI],
    "2.0.1-Bundle-SurgicalRequestBundleExample": [{"lines": {"1": "CT"}}],
    "2.2.1-Bundle-HomecareAuthorizationBundleExample": [{"lines": {"1": "CT", "2": "CT"}}],
    "2.2.1-Bundle-HomecareAuthorizationUpdateBundleExample": [{"lines": {"1": "CT", "2": "C", "3": "CT"}}],
    "2.2.1-Bundle-MedicalServicesAuthorizationBundleExample": [{"lines": {"1": "CT"}}],
    "2.2.1-Bundle-ReferralAuthorizationBundleExample": [{"lines": {"1": "CT"}}],
    "2.2.1-Bundle-SurgicalRequestBundleExample": [{"lines": {"1": "CT"}}],
    "2.0.1-approval_pa_submit_request_payload": [NPI],
    "2.0.1-denial_pa_submit_request_payload": [NPI],
    "2.0.1-must_support_pa_submit_request_payload": [NPI, NPI],
    "2.0.1-pended_pa_submit_request_payload": [NPI],
    "2.2.1-approval_pa_submit_request_payload": [DATES],
    "2.2.1-denial_pa_submit_request_payload": [DATES],
    "2.2.1-pended_pa_submit_request_payload": [DATES],
    "2.2.1-must_support_pa_submit_request_payload": [UNKNOWN, UNKNOWN],
    "2.2.1-claim_update_initial_submit_payload": [{"lines": {"1": "CT"}}],
    "2.2.1-claim_update_add_item_submit_payload": [{"lines": {"1": "CT", "2": "CT"}}],
    "2.2.1-claim_update_modify_cancel_submit_payload": [{"lines": {"1": "CT", "2": "C"}}],
    "2.2.1-claim_update_cancel_all_submit_payload": [{"lines": {"1": "C", "2": "C"}}],
}
MEDIA = {"json": "application/fhir+json", "xml": "application/fhir+xml"}


def _params(inquiries: bool) -> list[object]:
    place = {name: n for n, name in enumerate(EXPECTED)}
    chosen = [c for c in _all() if ("nquir" in c[0]) is inquiries]
    chosen.sort(key=lambda c: place.get(c[0], len(place)))
    if not chosen:
        return [pytest.param("", None, {}, marks=pytest.mark.skip(reason="shared: no examples beside us"))]
    return [pytest.param(name, version, bundle, id=name) for name, version, bundle in chosen]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    services = open_services(tmp_path_factory.mktemp("others"))
    yield create_app(bind(services)).test_client()
    services.close()


def call(client: FlaskClient, operation: str, version: PasVersion, bundle: Json, form: str) -> Json:
    response = client.post(
        f"/fhir/{version.label}/Claim/{operation}",
        data=encode(bundle, form),
        headers={"Content-Type": MEDIA[form], "Accept": MEDIA["json"]},
    )
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: Json = json.loads(response.data)
    return answer


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(("name", "version", "bundle"), _params(inquiries=False))
def test_a_request_of_others_is_answered(
    client: FlaskClient, name: str, version: PasVersion, bundle: Json, form: str
) -> None:
    answer = call(client, "$submit", version, bundle, form)
    assert (answer["resourceType"], answer["type"]) == ("Bundle", "collection")
    response = answer["entry"][0]["resource"]
    assert response["resourceType"] == "ClaimResponse"
    assert answer["identifier"]["value"] == bundle["identifier"]["value"]
    assert outcome(200, answer) in EXPECTED[name]


@pytest.mark.parametrize(("name", "version", "bundle"), _params(inquiries=True))
def test_an_inquiry_of_others_is_answered(
    client: FlaskClient, name: str, version: PasVersion, bundle: Json
) -> None:
    answer = call(client, "$inquire", version, bundle, "json")
    assert answer["resourceType"] == ("Parameters" if version.inquiry_as_parameters else "Bundle")
