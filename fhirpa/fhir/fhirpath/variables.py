"""%names: http://hl7.org/fhir/R4/fhirpath.html#vars."""

from typing import Any, Final

from fhirpa.fhir.fhirpath.code import Run
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError

_CODE_SYSTEMS: Final = {"sct": "http://snomed.info/sct", "loinc": "http://loinc.org"}
_PREFIXES: Final = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}
_NODES: Final = {"resource": "resource", "rootResource": "root_resource", "context": "context"}


def variable(name: str) -> Run:
    """A closure that gives the items of %name. One that the environment lacks raises EvaluationError."""
    if name in _NODES:
        return _node(name, _NODES[name])
    if name == "ucum":
        return lambda this, env: [env.ucum]
    for prefix, url in _PREFIXES.items():
        if name.startswith(prefix):
            return _fixed(url + name.removeprefix(prefix))
    return _fixed(_CODE_SYSTEMS[name]) if name in _CODE_SYSTEMS else _other(name)


def _node(name: str, attribute: str) -> Run:
    def run(this: Any, env: Environment) -> list[Any]:
        node = getattr(env, attribute)
        if node is None:
            raise EvaluationError(f"%{name} is not known here")
        return [node]

    return run


def _fixed(value: str) -> Run:
    items = [value]
    return lambda this, env: items


def _other(name: str) -> Run:
    def run(this: Any, env: Environment) -> list[Any]:
        if name not in env.variables:
            raise EvaluationError(f"%{name} is not known here")
        return list(env.variables[name])

    return run
