"""Walking through a resource."""

from collections.abc import Iterator
from typing import Any


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in a resource, but not those of nested Bundles."""
    if isinstance(node, list):
        for part in node:
            yield from nodes(part)
    elif isinstance(node, dict) and node.get("resourceType") != "Bundle":
        yield node
        for part in node.values():
            yield from nodes(part)
