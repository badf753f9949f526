"""Breaking Bundles: fullUrls; references that lead nowhere, to two places, to a wrong type or profile."""

from collections.abc import Iterator
from typing import Any

from fhirpa.fhir.bundle import BundleGraph, Target
from fhirpa.fhir.tables import type_table
from fhirpa.validation.tables import TableSet
from tests.validation.mutation.edits import GONE, Edit
from tests.validation.mutation.mutant import Mutant, Said
from tests.validation.mutation.profile_operators import Tools, stranger_to
from tests.validation.mutation.walk import Site, objects

Json = dict[str, Any]


def bundle_mutants(tools: Tools, bundle: Json) -> Iterator[Mutant]:
    """Mutants of the entries of a Bundle and of the references in them."""
    if bundle["resourceType"] != "Bundle":
        return
    for index, entry in enumerate(bundle["entry"]):
        yield from _full_url(bundle, entry, index)
        yield from _references(tools, bundle, index)


def _full_url(bundle: Json, entry: Json, index: int) -> Iterator[Mutant]:
    url, kind = entry.get("fullUrl"), bundle["type"]
    if not isinstance(url, str) or kind.startswith(("batch", "transaction")):
        return
    at = f"Bundle.entry[{index}].fullUrl"
    said = (Said("bundle", at), Said("cardinality", at))
    yield Mutant("fullUrl missing", kind, said, (Edit(entry, "fullUrl", GONE),))
    name = entry["resource"]["resourceType"]
    yield Mutant("fullUrl relative", kind, said, (Edit(entry, "fullUrl", f"{name}/x"),))
    if "id" in entry["resource"]:
        other = f"http://example.org/fhir/{name}/another"
        yield Mutant("fullUrl of another id", kind, said, (Edit(entry, "fullUrl", other),))
    version = f"http://example.org/fhir/{name}/{entry['resource'].get('id', 'x')}/_history/1"
    rule = (Said("invariant", f"Bundle.entry[{index}]", "bdl-8"),)
    yield Mutant("fullUrl with a version", kind, rule, (Edit(entry, "fullUrl", version),))
    if index:
        twice = Edit(entry, "fullUrl", bundle["entry"][0]["fullUrl"])
        yield Mutant("fullUrl twice", kind, (Said("invariant", "Bundle", "bdl-7"),), (twice,))


def _references(tools: Tools, bundle: Json, index: int) -> Iterator[Mutant]:
    graph = BundleGraph(bundle)
    resource = bundle["entry"][index]["resource"]
    entry = next((e for e in graph.entries if e.index == index), None)
    if entry is None:
        return
    for at in objects(resource):
        if at.type != "Reference" or "reference" not in at.value:
            continue
        place = f"Bundle.entry[{index}].resource{at.place[len(resource['resourceType']) :]}"
        target = graph.resolve(at.value, entry)
        rule = f"{resource['resourceType']}{at.place[len(resource['resourceType']) :]}"
        nowhere = Edit(at.value, "reference", "urn:uuid:00000000-0000-4000-8000-00000000dead")
        said = Said("reference", place, severity="warning")
        yield Mutant("leads nowhere", rule, (said,), (nowhere,))
        if isinstance(target, Target) and not target.contained and len(bundle["entry"]) > 1:
            own = bundle["entry"][target.entry.index]
            other = bundle["entry"][index - 1 if index else 1]
            if other is not own and "fullUrl" in own:
                twice = Edit(other, "fullUrl", own["fullUrl"])
                yield Mutant("leads to two", rule, (Said("reference", place),), (twice,))


def target_mutants(tools: Tools, bundle: Json) -> Iterator[Mutant]:
    """References to an entry whose type is not allowed, or that breaks the profile that it must meet."""
    if bundle["resourceType"] != "Bundle":
        return
    graph = BundleGraph(bundle)
    for entry in graph.entries:
        for site in tools.walk.resource(entry.resource):
            wire = site.wire
            if (
                wire is None
                or wire.type != "Reference"
                or "types" not in site.element.stated
                or site.is_slice
            ):
                continue
            for _, _, value, place in site.spots():
                yield from _wrong_entry(tools, graph, site, value, f"{entry.path}{place[len(entry.type) :]}")
                yield from _wrong_profile(tools, graph, entry, site, value)


def _wrong_entry(tools: Tools, graph: BundleGraph, site: Site, value: Json, place: str) -> Iterator[Mutant]:
    if "reference" not in value or stranger_to(tools, site.element) is None:
        return
    allowed = _allowed(tools.walk.tables, site)
    other = next((e for e in graph.entries if e.type not in allowed and e.full_url), None)
    if other is not None and allowed:
        edit = Edit(value, "reference", other.full_url)
        yield Mutant("target entry", site.rule, (Said("reference", place),), (edit,))


def _allowed(tables: TableSet, site: Site) -> set[str]:
    targets = [t for ref in site.element.types for t in ref.targets]
    found = [(tables.profile(t), t) for t in targets]
    return {p.type if p else t for p, t in found}


def _wrong_profile(tools: Tools, graph: BundleGraph, entry: Any, site: Site, value: Json) -> Iterator[Mutant]:
    """The target loses its meta, and an element that the one profile for its type demands."""
    target = graph.resolve(value, entry)
    if not isinstance(target, Target) or target.contained:
        return
    tables = tools.walk.tables
    targets = [t for ref in site.element.types for t in ref.targets]
    named = [p for t in targets if ":" in t and (p := tables.profile(t)) and p.type == target.entry.type]
    unknown = [t for t in targets if ":" in t and tables.profile(t) is None]
    if len(named) != 1 or {target.entry.type, "Resource"} & set(targets) or unknown:
        return
    resource = target.resource
    for child in (named[0].root.children or {}).values():
        keys = [n for n in resource if n == child.name]
        mandatory = type_table(named[0].type).required
        if keys and child.min and "min" in child.stated and child.name not in mandatory:
            edits = [Edit(resource, keys[0], GONE)]
            edits += [Edit(resource, "meta", GONE)] if "meta" in resource else []
            place = f"{target.path}.{child.name}"
            said = (Said("cardinality", place), Said("slicing", place))
            yield Mutant("target profile", f"{site.rule} {child.name}", said, tuple(edits))
