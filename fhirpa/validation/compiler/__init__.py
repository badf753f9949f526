"""From official FHIR packages to the constraint tables in profiles/, whose README describes the format."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fhirpa.validation.compiler.package import Package, read_package
from fhirpa.validation.compiler.reach import reach
from fhirpa.validation.compiler.workshop import Workshop
from fhirpa.validation.compiler.write import set_bytes, set_name, table_bytes, table_name

__all__ = ["Package", "compile_tables", "read_package"]


def compile_tables(packages: Sequence[Package], guides: Sequence[str]) -> Mapping[str, bytes]:
    """All files, by path below the folder of tables, for the guides (as name#version) and what they reach.

    The same packages and guides give the same bytes, in whatever order. Raises ValueError when a guide or
    the core package is not among the packages, or a definition does not fit its base type.
    """
    by_id = {p.id: p for p in packages}
    if absent := sorted(set(guides) - set(by_id)):
        raise ValueError(f"not among the packages given: {', '.join(absent)}")
    workshop = Workshop(list(by_id.values()))
    closures = [reach(by_id[guide], workshop) for guide in sorted(set(guides))]
    files: dict[str, bytes] = {}
    for package in workshop.packages:
        content = table_bytes(package, closures, workshop)
        if content is not None:
            files[f"tables/{table_name(package)}.json"] = content
    written = frozenset(Path(name).stem for name in files)
    for closure in closures:
        files[f"sets/{set_name(closure.root)}.json"] = set_bytes(closure, written)
    return dict(sorted(files.items()))
