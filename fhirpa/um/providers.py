"""The requesting and rendering providers: can they be told apart, are they on file, in the network?"""

from collections.abc import Iterable

from fhirpa.um.context import DecisionContext, Provider
from fhirpa.um.determination import BusinessError
from fhirpa.um.eligibility import business_error
from fhirpa.um.npi import is_valid_npi
from fhirpa.um.request import AuthorizationRequest, Party, ServiceLine
from fhirpa.um.rules import RuleSet


def provider_errors(
    request: AuthorizationRequest,
    context: DecisionContext,
    rules: RuleSet,
    programme_lines: Iterable[ServiceLine],
) -> list[BusinessError]:
    """Every fault of the requester and of those who render a line, each provider once.

    Only for lines of the programme must the rendering provider be known; a wrong check digit is an
    error on every line.
    """
    errors = [*_faults(request.requester, "requester", context, rules, must_be_known=True)]
    in_programme = {x.sequence for x in programme_lines}
    seen: set[str] = set()
    for line in request.lines:
        party = line.rendering
        if party is None or line.cancelled:
            continue
        must = line.sequence in in_programme
        for error in _faults(party, "rendering", context, rules, must_be_known=must):
            if f"{error.key} {error.path}" not in seen:
                seen.add(f"{error.key} {error.path}")
                errors.append(error)
    return errors


def _faults(
    party: Party, role: str, context: DecisionContext, rules: RuleSet, *, must_be_known: bool
) -> list[BusinessError]:
    if not party.npi:
        return [business_error(rules, f"{role}-npi-missing", party.path)] if must_be_known else []
    if not is_valid_npi(party.npi):
        return [business_error(rules, f"{role}-npi-invalid", f"{party.path}.identifier")]
    if must_be_known and party.npi not in context.providers:
        return [business_error(rules, f"{role}-unknown", f"{party.path}.identifier")]
    return []


def rendering_provider(
    line: ServiceLine, request: AuthorizationRequest, context: DecisionContext
) -> Provider | None:
    """Who renders the line as the roster knows them; the requester where nobody else is named."""
    party = line.rendering or request.requester
    return context.providers.get(party.npi or "")


def in_network(line: ServiceLine, request: AuthorizationRequest, context: DecisionContext) -> bool:
    """True if the roster has who renders the line inside the network."""
    provider = rendering_provider(line, request, context)
    return provider is not None and provider.in_network


def taxonomies(line: ServiceLine, request: AuthorizationRequest, context: DecisionContext) -> tuple[str, ...]:
    """Specialties of who renders the line: those sent and those on file."""
    party = line.rendering or request.requester
    known = rendering_provider(line, request, context)
    return (*party.taxonomies, *(known.taxonomies if known else ()))
