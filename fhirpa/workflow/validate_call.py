"""What a caller of $validate asks for: resource, mode and profile, from the body and the query together.

http://hl7.org/fhir/R4/resource-operation-validate.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.fhir.tables import resource_types

MODES: Final = ("create", "update", "delete", "profile")
_OF_AN_INSTANCE: Final = ("update", "delete")
_VALUES: Final = {
    "mode": ("valueCode", "valueString"),
    "profile": ("valueUri", "valueCanonical", "valueUrl", "valueString"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says: the type, an id for one resource of it, and the parameters of the query."""

    type: str
    id: str | None = None
    modes: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `resource` is None where the body held none; `at` is its FHIRPath if the body wraps it."""

    resource: dict[str, Any] | None
    mode: str | None
    profile: str | None
    at: str | None


def read_call(sent: dict[str, Any] | None, asked: Asked) -> Call:
    """The call that `sent`, the body, and the address make.

    Raises FhirError (400) where the operation does not define such a call.
    """
    parameters = _parameters(sent, asked.type)
    if parameters is None:
        resource, at = sent, None
    else:
        resource, at = _wrapped(parameters)
    named = parameters or []
    mode = _single("mode", (*asked.modes, *_values(named, "mode")))
    profile = _single("profile", (*asked.profiles, *_values(named, "profile")))
    _check_mode(mode, profile, asked)
    if resource is None and asked.id is None:
        text = "There is no resource: send it as the body, or in Parameters under the name 'resource'."
        _refuse(400, "required", text, "validate-resource-missing")
    _check_type(resource, asked.type)
    return Call(resource, mode, profile, at)


def _parameters(sent: dict[str, Any] | None, kind: str) -> list[Any] | None:
    """The parameters, where the body is the operation's Parameters and not the resource itself."""
    if sent is None or sent.get("resourceType") != "Parameters":
        return None
    parameters = sent.get("parameter")
    found = parameters if isinstance(parameters, list) else []
    if kind == "Parameters":
        inner, _ = _wrapped(found)
        return found if inner is not None and inner.get("resourceType") == kind else None
    return found


def _wrapped(parameters: list[Any]) -> tuple[dict[str, Any] | None, str | None]:
    for index, parameter in enumerate(parameters):
        if isinstance(parameter, dict) and parameter.get("name") == "resource":
            inner = parameter.get("resource")
            if isinstance(inner, dict):
                return inner, f"Parameters.parameter[{index}].resource"
    return None, None


def _values(parameters: list[Any], name: str) -> Iterable[str]:
    for parameter in parameters:
        if isinstance(parameter, dict) and parameter.get("name") == name:
            value = next((parameter[v] for v in _VALUES[name] if v in parameter), None)
            if not isinstance(value, str):
                text = f"The parameter '{name}' needs a {' or '.join(_VALUES[name][:2])}."
                _refuse(400, "invalid", text, "validate-parameter")
            yield value


def _single(name: str, values: Iterable[str]) -> str | None:
    """The one value of a parameter; the same one in query and body is one."""
    found = {v for v in values if v}
    if len(found) > 1:
        text = f"The parameter '{name}' has more than one value; the operation takes one."
        _refuse(400, "invalid", text, "validate-parameter")
    return found.pop() if found else None


def _check_mode(mode: str | None, profile: str | None, asked: Asked) -> None:
    if mode is not None and mode not in MODES:
        text = f"The mode is none of {', '.join(MODES)}."
        _refuse(400, "code-invalid", text, "validate-mode")
    if mode in _OF_AN_INSTANCE and asked.id is None:
        text = f"The mode '{mode}' is for a resource that the server has: {asked.type}/[id]/$validate."
        _refuse(400, "invalid", text, "validate-mode")
    if mode == "profile" and profile is None:
        text = "The mode 'profile' needs the parameter 'profile': the canonical url to validate against."
        _refuse(400, "required", text, "validate-mode")


def _check_type(resource: dict[str, Any] | None, kind: str) -> None:
    """A type that is none of R4 is a finding of the validation; another one than the address says is not."""
    found = resource.get("resourceType") if resource is not None else kind
    if isinstance(found, str) and found in resource_types() and found != kind:
        text = f"The resource is a {found}, the address is for {kind}: POST it to {found}/$validate."
        _refuse(400, "invalid", text, "validate-type")


def _refuse(status: int, code: str, text: str, key: str) -> NoReturn:
    raise FhirError([Issue("error", code, text, None, key)], status)
