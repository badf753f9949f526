"""Time of invariants: `.venv/bin/python -m bench.fhirpath`. CPU time of one thread, best of many short runs.

Single evaluations on made-up elements, then all official invariants on all elements of the fixtures, by key.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Expression, Node, compile_expression
from fhirpa.fhir.fhirpath.model import children_of
from fhirpa.fhir.json_codec import parse_json

ROOT = Path(__file__).parents[1]
EXPRESSIONS = ROOT / "tests" / "fhir" / "fhirpath" / "expressions.json"
FIXTURES = 20
CALLS, RUNS = 200, 100

_TASK = {
    "resourceType": "Task",
    "code": {"coding": [{"code": "attachment-request-code"}]},
    "input": [{"type": {"coding": [{"code": "attachments-needed"}]}}],
}
_EXTENSION = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-"
_ITEM = {
    "extension": [
        {"url": _EXTENSION + "certificationType", "valueCodeableConcept": {"coding": [{"code": "1"}]}}
    ]
}
_BUNDLE = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Claim"}}] * 10}
_ELE_1 = "hasValue() or (children().count() > id.count())"
SINGLE: list[tuple[str, str, Any, str]] = [
    ("ele-1, primitive", "string", "x", _ELE_1),
    ("ele-1, complex", "CodeableConcept", _TASK["code"], _ELE_1),
    ("ele-1, compiled", "CodeableConcept", _TASK["code"], " " + _ELE_1),
    ("ext-1", "Extension", _ITEM["extension"][0], "extension.exists() != value.exists()"),
    ("dom-6", "Claim", {"resourceType": "Claim", "text": {"div": "x"}}, "text.`div`.exists()"),
    (
        "ref-1",
        "Reference",
        {"reference": "Patient/1"},
        "reference.startsWith('#').not() or (reference.substring(1).trace('url') in "
        "%rootResource.contained.id.trace('ids'))",
    ),
    ("att-1", "Attachment", {"contentType": "x"}, "data.empty() or contentType.exists()"),
    (
        "per-1",
        "Period",
        {"start": "2026-01-01", "end": "2026-02-02"},
        "start.hasValue().not() or end.hasValue().not() or (start <= end)",
    ),
    ("FullDateRule", "date", "2026-01-01", "$this.toString().length() = 10"),
    ("ClaimFirst", "Bundle", _BUNDLE, "entry.first().resource is Claim"),
    (
        "AttachmentNeeded",
        "Task",
        _TASK,
        "$this.code.coding.where(code='attachment-request-code').count() > 0 implies "
        "$this.input.type.coding.where(code='attachments-needed').count() > 0",
    ),
    (
        "ImmediateLevelOfCare",
        "Claim.item",
        _ITEM,
        f"extension.where(url='{_EXTENSION}certificationType' and value.code='1').exists() implies "
        f"extension.where(url='{_EXTENSION}levelOfServiceCode').exists()",
    ),
]


def microseconds(work: Callable[[], Any]) -> float:
    """Of one call, in the fastest of RUNS runs."""
    best = float("inf")
    for _ in range(RUNS):
        started = time.thread_time_ns()
        for _ in range(CALLS):
            work()
        best = min(best, time.thread_time_ns() - started)
    return best / CALLS / 1000


def elements(resource: dict[str, Any]) -> Iterator[tuple[Node, Environment]]:
    """Every node of a Bundle with its environment."""
    root = Node.of_resource(resource)
    stack = [(root, Environment.of_resource(root))]
    while stack:
        node, env = stack.pop()
        yield node, env
        for child in children_of(node):
            is_resource = "Resource" in child.shape.lineage
            stack.append((child, Environment.of_resource(child) if is_resource else env))


def evaluate_all(bundle: dict[str, Any], by_type: dict[str, list[Expression]]) -> tuple[int, float]:
    """Number and milliseconds of all invariants on all elements of a Bundle."""
    work = [(e, node, env) for node, env in elements(bundle) for e in by_type[node.type_name]]
    started = time.thread_time()
    for expression, node, env in work:
        try:
            expression.holds(node, env)
        except EvaluationError:
            continue
    return len(work), (time.thread_time() - started) * 1000


def main() -> None:
    """Print both tables, and what a bare call takes now, to compare machines and their load by."""
    print(f"{'an empty call':24}{microseconds(lambda: None):8.2f} µs")
    for name, type_name, value, text in SINGLE:
        expression, node = compile_expression(text), Node.of(value, type_name)
        env = Environment.of_resource(node)
        print(f"{name:24}{microseconds(lambda e=expression, n=node, v=env: e.holds(n, v)):8.2f} µs")
    by_type: dict[str, list[Expression]] = defaultdict(list)
    started = time.thread_time()
    rows = json.loads(EXPRESSIONS.read_text())
    for _, text, types in rows:
        expression = compile_expression(text)
        for type_name in types:
            by_type[type_name].append(expression)
    print(f"{len(rows)} expressions compiled in {(time.thread_time() - started) * 1000:.0f} ms")
    files = sorted((ROOT / "fixtures" / "2.2.1" / "json").glob("*.json"))[:FIXTURES]
    bundles = [parse_json(path.read_bytes()) for path in files]
    best = min((sum_of(bundles, by_type) for _ in range(5)), key=lambda figures: figures[1])
    print(
        f"{best[0] / len(bundles):.0f} evaluations a Bundle: {best[1] / len(bundles):.2f} ms, "
        f"{best[1] / best[0] * 1000:.2f} µs each"
    )


def sum_of(bundles: list[dict[str, Any]], by_type: dict[str, list[Expression]]) -> tuple[int, float]:
    """Evaluations and milliseconds over all Bundles."""
    figures = [evaluate_all(bundle, by_type) for bundle in bundles]
    return sum(n for n, _ in figures), sum(ms for _, ms in figures)


if __name__ == "__main__":
    main()
