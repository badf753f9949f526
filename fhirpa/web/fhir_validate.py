"""/fhir/<version>/<Type>/$validate and /fhir/<version>/<Type>/<id>/$validate.

http://hl7.org/fhir/R4/resource-operation-validate.html
"""

from dataclasses import dataclass

from flask import Blueprint, Response, request

from fhirpa.config import MEBIBYTE
from fhirpa.fhir.tables import resource_types
from fhirpa.web.rate import RateLimit
from fhirpa.web.receive import receive
from fhirpa.web.render import body_response, required_media
from fhirpa.web.use_cases import UseCases
from fhirpa.workflow.validate_call import Asked


def add_rules(blueprint: Blueprint, use_cases: UseCases, limit: RateLimit) -> None:
    """Add the operation to the blueprint of the endpoints."""
    view = _Validate(use_cases, limit)
    kinds = ", ".join(sorted(resource_types()))
    of_type = f"/<any({kinds}):kind>/$validate"
    of_instance = f"/<any({kinds}):kind>/<resource_id>/$validate"
    blueprint.add_url_rule(of_type, "validate", view.answer, methods=["POST"])
    blueprint.add_url_rule(of_instance, "validate_instance", view.answer, methods=["GET", "POST"])


@dataclass(frozen=True, slots=True)
class _Validate:
    use_cases: UseCases
    limit: RateLimit

    def answer(self, version: str, kind: str, resource_id: str | None = None) -> Response:
        """POST $validate; GET for a resource that the endpoint serves, which needs no body."""
        incoming = receive(self.use_cases, version)
        self.limit.spend(request.remote_addr, cost(len(incoming.body)))
        asked = Asked(
            kind,
            resource_id,
            tuple(request.args.getlist("mode")),
            tuple(request.args.getlist("profile")),
        )
        answer = self.use_cases.validate(incoming, asked)
        return body_response(answer.body, required_media(), answer.status)


def cost(size: int) -> int:
    """Tokens of the rate limit for a body of `size` bytes: one, and one more for each whole MiB."""
    return 1 + size // MEBIBYTE
