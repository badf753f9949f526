"""What an endpoint says about itself: CapabilityStatement, operation definitions, topic, questionnaire.

The resources are data in `capability/`; here they are read and the statement's blanks are filled.
http://hl7.org/fhir/us/davinci-pas CapabilityStatement/IntermediaryCapabilities (conf-1, spec-55).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from fhirpa import __version__
from fhirpa.fhir.data import data_path
from fhirpa.fhir.json_codec import MAX_DEPTH
from fhirpa.fhir.tables import resource_types
from fhirpa.pas.versions import VERSIONS

Json = dict[str, Any]

# http://hl7.org/fhir/R4/resource-operation-validate.html
_VALIDATE = {"name": "validate", "definition": "http://hl7.org/fhir/OperationDefinition/Resource-validate"}
_MODES = {
    "sandbox": {
        "mode_description": "Sandbox for trying out requests with made-up data",
        "security_description": "Open access: this is a sandbox, and it takes no real patient data.",
    },
    "strict": {
        "mode_description": "Prior authorization for members of this payer",
        "security_description": "Open access within the network that this server is reached from.",
    },
}


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitional resources of one guide version. What is handed out is shared: never change it."""

    version: str
    template: Json
    words: Mapping[str, str]
    resources: Mapping[tuple[str, str], Json]  # by type and id

    def capability_statement(self, base_url: str, max_body_bytes: int, mode: str) -> Json:
        """The statement of the endpoint at `base_url` (with version, no trailing slash).

        `mode` is 'sandbox' or 'strict'; `max_body_bytes` the limit that the endpoint keeps.
        """
        blanks = {
            "version": self.version,
            "base_url": base_url,
            "software_version": __version__,
            "max_body_bytes": str(max_body_bytes),
            "max_depth": str(MAX_DEPTH),
            **_MODES[mode],
            **self.words,
        }
        statement: Json = _filled(self.template, blanks)
        (rest,) = statement["rest"]
        rest["resource"] = _with_validate(rest["resource"])
        return statement

    def read(self, resource_type: str, resource_id: str) -> Json | None:
        """The resource of this type and id, or None."""
        return self.resources.get((resource_type, resource_id))

    def search(self, resource_type: str, wanted: Mapping[str, str] | None = None) -> Sequence[Json]:
        """The resources of a type that fit every parameter of SEARCHED that is given; a comma means or."""
        of_type = [r for (kind, _), r in self.resources.items() if kind == resource_type]
        tests = [(SEARCHED[name], value) for name, value in (wanted or {}).items()]
        return [r for r in of_type if all(any(fits(r, v) for v in value.split(",")) for fits, value in tests)]

    def publishing(self, resources: Iterable[Json]) -> "Definitions":
        """The same with more resources."""
        more = {(r["resourceType"], r["id"]): r for r in resources}
        return replace(self, resources={**self.resources, **more})


@cache
def load(version: str) -> Definitions:
    """The definitions of a guide version, read once. Raises KeyError for a version that is not served."""
    label = VERSIONS[version].label
    folder = data_path("capability")
    own = folder.joinpath(label)
    return Definitions(
        version=label,
        template=_json(folder.joinpath("CapabilityStatement.json")),
        words=_json(own.joinpath("words.json")),
        resources={(r["resourceType"], r["id"]): r for r in (*_resources(folder), *_resources(own))},
    )


def _with_validate(resources: list[Json]) -> list[Json]:
    """Every type of R4 has the operation: those that have more to say first, then the others by name."""
    told = [{**r, "operation": [*r.get("operation", ()), _VALIDATE]} for r in resources]
    others = resource_types() - {r["type"] for r in resources}
    return told + [{"type": name, "operation": [_VALIDATE]} for name in sorted(others)]


def _resources(folder: Traversable) -> list[Json]:
    """Every <Type>-<id>.json in the folder, in the order of the names."""
    names = sorted(p.name for p in folder.iterdir() if "-" in p.name and p.name.endswith(".json"))
    return [_json(folder.joinpath(name)) for name in names]


def _json(file: Traversable) -> Json:
    content: Json = json.loads(file.read_text(encoding="utf-8"))
    return content


def _filled(value: Any, blanks: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(v, blanks) for name, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, blanks) for v in value]
    return value.format_map(blanks) if isinstance(value, str) else value


def _is_named(resource: Json, canonical: str) -> bool:
    """Canonical with or without |version (http://hl7.org/fhir/R4/references.html#canonical)."""
    url, _, version = canonical.partition("|")
    return resource.get("url") == url and version in ("", resource.get("version"))


def _is_token(element: str, resource: Json, value: str) -> bool:
    """A token fits a code, whatever system stands before it (R4 search, token)."""
    return resource.get(element) == value.rpartition("|")[2]


def _begins(resource: Json, name: str) -> bool:
    """A string parameter fits what begins with it, in whatever case (R4 search, string)."""
    return str(resource.get("name", "")).casefold().startswith(name.casefold())


SEARCHED: Final[Mapping[str, Callable[[Json, str], bool]]] = MappingProxyType(
    {
        "_id": partial(_is_token, "id"),
        "name": _begins,
        "status": partial(_is_token, "status"),
        "url": _is_named,
        "version": partial(_is_token, "version"),
    }
)
