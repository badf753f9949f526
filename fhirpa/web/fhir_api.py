"""/fhir/<version>: the operations of the guide and the resources that describe them.

http://hl7.org/fhir/us/davinci-pas and http://hl7.org/fhir/R4/http.html. One base per guide version
(conf-1). `%24submit` needs no route of its own: WSGI hands over the decoded path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, request

from fhirpa.fhir.codec import encode
from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.web import fhir_validate
from fhirpa.web.rate import RateLimit
from fhirpa.web.receive import receive
from fhirpa.web.render import body_response, fhir_response, is_pretty, outcome_response, required_media
from fhirpa.web.use_cases import UseCases
from fhirpa.web.watch import Watch
from fhirpa.workflow.ports import Answer, Incoming

VERSIONS = ("2.0.1", "2.2.1")
READABLE = ("OperationDefinition", "Questionnaire", "Basic")
SEARCHABLE = ("OperationDefinition", "Questionnaire")
SEARCHED = ("_id", "name", "status", "url", "version")
_FORM = "application/x-www-form-urlencoded"
_LONGEST_FORM = 10_000  # bytes


def install(app: Flask, use_cases: UseCases, limit: RateLimit, watch: Watch) -> None:
    """Add the endpoint of every guide version. `limit` is kept on $validate."""
    # Few combinations, and the same bytes for the life of the process.
    statement = lru_cache(maxsize=32)(partial(_statement, use_cases))
    api = _FhirApi(use_cases, statement, watch)
    blueprint = Blueprint("fhir", __name__, url_prefix=f"/fhir/<any({_listed(VERSIONS)}):version>")
    blueprint.add_url_rule("/Claim/$submit", "submit", api.submit, methods=["POST"])
    blueprint.add_url_rule("/Claim/$inquire", "inquire", api.inquire, methods=["POST"])
    blueprint.add_url_rule("/metadata", "metadata", api.metadata)
    blueprint.add_url_rule(f"/<any({_listed(READABLE)}):kind>/<resource_id>", "read", api.read)
    searched = f"/<any({_listed(SEARCHABLE)}):kind>"
    blueprint.add_url_rule(searched, "search", api.search)
    blueprint.add_url_rule(f"{searched}/_search", "search_by_post", api.search_by_post, methods=["POST"])
    fhir_validate.add_rules(blueprint, use_cases, limit)
    app.register_blueprint(blueprint)
    # A questionnaire's canonical address is the same for every guide version, and leads to it.
    app.add_url_rule("/fhir/Questionnaire/<resource_id>", "fhir_canonical", api.canonical)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f'"{v}"' for v in values)


@dataclass(frozen=True, slots=True)
class _FhirApi:
    """The views; each parses HTTP, calls one use case and renders."""

    use_cases: UseCases
    statement: Callable[[str, str, bool], bytes]  # version, format, pretty
    watch: Watch

    def submit(self, version: str) -> Response:
        """POST Claim/$submit."""
        return self._operation("submit", version, self.use_cases.submit)

    def inquire(self, version: str) -> Response:
        """POST Claim/$inquire."""
        return self._operation("inquire", version, self.use_cases.inquire)

    def metadata(self, version: str) -> Response:
        """GET metadata: the CapabilityStatement."""
        media = required_media()
        return body_response(self.statement(version, media.format, is_pretty()), media)

    def read(self, version: str, kind: str, resource_id: str) -> Response:
        """GET a definitional resource by id."""
        required_media()
        resource = self.use_cases.definitions(version).read(kind, resource_id)
        if resource is None:
            text = f"There is no {kind} with this id here."
            raise FhirError([Issue("error", "not-found", text, None, "unknown-resource")], 404)
        return fhir_response(resource)

    def canonical(self, resource_id: str) -> Response:
        """GET a questionnaire by its canonical address."""
        return self.read(VERSIONS[-1], "Questionnaire", resource_id)

    def search(self, version: str, kind: str) -> Response:
        """GET definitional resources; parameters that are not known are ignored."""
        return self._search(version, kind, request.args)

    def search_by_post(self, version: str, kind: str) -> Response:
        """POST _search: the same with the parameters in a form, which every server that searches takes."""
        if request.mimetype != _FORM:
            text = f"The Content-Type of a search is {_FORM}."
            refusal = outcome_response([Issue("error", "not-supported", text, None, "media-type")], 415)
            refusal.headers["Accept"] = _FORM
            return refusal
        request.max_content_length = _LONGEST_FORM
        return self._search(version, kind, request.values)

    def _search(self, version: str, kind: str, sent: Mapping[str, str]) -> Response:
        required_media()
        wanted = {name: sent[name] for name in SEARCHED if sent.get(name)}
        found = self.use_cases.definitions(version).search(kind, wanted)
        return fhir_response(_searchset(found, f"{_base(self.use_cases, version)}/{kind}", wanted))

    def _operation(self, name: str, version: str, use_case: Callable[[Incoming], Answer]) -> Response:
        answer = use_case(receive(self.use_cases, version))
        response = body_response(answer.body, required_media(), answer.status)
        return self.watch.of(name, version, answer, response)


def _base(use_cases: UseCases, version: str) -> str:
    return f"{use_cases.base_url}/fhir/{version}"


def _statement(use_cases: UseCases, version: str, media_format: str, pretty: bool) -> bytes:
    statement = use_cases.definitions(version).capability_statement(
        _base(use_cases, version), use_cases.max_body_bytes, use_cases.mode
    )
    return encode(statement, media_format, pretty)


def _searchset(found: Sequence[dict[str, Any]], address: str, wanted: Mapping[str, str]) -> dict[str, Any]:
    """The result of a search; its self link names the parameters that were used."""
    query = f"?{urlencode(wanted)}" if wanted else ""
    entries = [{"fullUrl": f"{address}/{r['id']}", "resource": r, "search": {"mode": "match"}} for r in found]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": [{"relation": "self", "url": address + query}],
    }
    return bundle | ({"entry": entries} if entries else {})
