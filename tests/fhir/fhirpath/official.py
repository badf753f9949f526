"""The invariants of the official packages, and the nodes that they are about.

`expressions.json` lists every expression of a constraint or extension context in ../shared/packages: how
often it stands there, and the types and backbone paths of R4 on which it stands.
"""

import json
import os
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.fhirpath.model import children_of
from fhirpa.fhir.json_codec import parse_json
from fhirpa.fhir.tables import type_names

SHARED = Path(os.environ.get("FHIRPA_SHARED", Path(__file__).parents[4] / "shared"))
ROOT = Path(__file__).parents[3]
EXPRESSIONS = Path(__file__).with_name("expressions.json")
Row = tuple[int, str, tuple[str, ...]]


def known_expressions() -> list[Row]:
    """The committed list: count, expression, types."""
    return [(count, text, tuple(types)) for count, text, types in json.loads(EXPRESSIONS.read_text())]


def package_files(pattern: str, folder: str = "package/") -> Iterator[tuple[str, bytes]]:
    """Name and content of the JSON files below `folder` in the packages that fit `pattern`."""
    for path in sorted((SHARED / "packages").glob(pattern)):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.startswith(folder) and member.name.endswith(".json"):
                    content = archive.extractfile(member)
                    assert content is not None
                    yield member.name, content.read()


def extract_expressions() -> list[Row]:
    """The list as the packages have it: most frequent first."""
    counts: Counter[str] = Counter()
    types: dict[str, set[str]] = defaultdict(set)
    for _, body in package_files("*.tgz"):
        definition = json.loads(body)
        if not isinstance(definition, dict) or definition.get("resourceType") != "StructureDefinition":
            continue
        for element in definition.get("snapshot", {}).get("element", []):
            for constraint in element.get("constraint", []):
                if "expression" in constraint:
                    counts[constraint["expression"]] += 1
                    types[constraint["expression"]] |= _types(element, definition["type"])
        counts.update(definition.get("contextInvariant", []))
    order = sorted(counts, key=lambda text: (-counts[text], text))
    return [(counts[text], text, tuple(sorted(types[text]))) for text in order]


def _types(element: dict[str, Any], root: str) -> set[str]:
    path = element["path"]
    if path in type_names():
        return {path}
    if not element.get("type") and "." not in path:
        return {root} & type_names()
    codes = {kind["code"] for kind in element.get("type", [])}
    names = type_names() | {"date", "dateTime", "string", "markdown", "code", "decimal", "xhtml", "uri"}
    return codes & names


def nodes_of(resource: dict[str, Any]) -> Iterator[tuple[Node, Node, Node]]:
    """Every node with its resource and its root resource."""
    root = Node.of_resource(resource)
    stack = [(root, root, root)]
    while stack:
        node, own, outer = stack.pop()
        yield node, own, outer
        for child in children_of(node):
            if type(child.value) is dict and "resourceType" in child.value:
                contained = node.value.get("contained") if type(node.value) is dict else None
                is_contained = type(contained) is list and any(child.value is c for c in contained)
                stack.append((child, child, outer if is_contained else child))
            else:
                stack.append((child, own, outer))


def fixtures() -> Iterator[dict[str, Any]]:
    """The request bundles of this repository."""
    for path in sorted((ROOT / "fixtures").glob("2.*/json/*.json")):
        yield parse_json(path.read_bytes())


def guide_examples() -> Iterator[dict[str, Any]]:
    """The examples of both versions of the PAS guide; none where ../shared is absent."""
    for _, body in package_files("*davinci-pas*.tgz", "package/example/"):
        yield parse_json(body)
