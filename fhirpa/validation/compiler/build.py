"""A folder of tables: what stands there already, what is added, and what must be compiled anew."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fhirpa.validation.compiler.package import Package, read_package
from fhirpa.validation.compiler.reach import Reached, reach
from fhirpa.validation.compiler.readme import generated_part, with_generated
from fhirpa.validation.compiler.supplement import read_supplement
from fhirpa.validation.compiler.workshop import Workshop
from fhirpa.validation.compiler.write import set_bytes, set_name, table_bytes, table_name


@dataclass(frozen=True, slots=True)
class Build:
    """What was compiled: files by path below the folder, and the definitions merged from differentials."""

    files: Mapping[str, bytes]
    generated: str
    without_snapshot: tuple[str, ...]


def compile_tables(packages: Sequence[Package], guides: Iterable[str]) -> Build:
    """Compile the guides (as name#version) and what they reach.

    The same packages and guides give the same bytes, in whatever order. Raises ValueError when a guide or
    the core package is not among the packages, or a definition does not fit its base type.
    """
    by_id = {p.id: p for p in packages}
    wanted = sorted(set(guides))
    if absent := [guide for guide in wanted if guide not in by_id]:
        raise ValueError(f"not among the packages given: {', '.join(absent)}")
    workshop = Workshop(list(by_id.values()))
    closures = [reach(by_id[guide], workshop) for guide in wanted]
    return Build(
        files=dict(sorted(_files(workshop, closures))),
        generated=generated_part(workshop, closures),
        without_snapshot=tuple(sorted(workshop.without_snapshot)),
    )


def build_folder(packages: Iterable[Path], out: Path, guides: Iterable[str] = ()) -> Build:
    """Compile to `out`: the sets that it has already and those of `guides`, from `packages` (.tgz) and from
    what is written by hand in `out`/supplements; then write its tables, sets and the lists in its README.

    Raises ValueError as `compile_tables`, and where there is no guide at all, before anything is written.
    """
    wanted = [*guides, *_guides_of(out)]
    if not wanted:
        raise ValueError(f"no guide was named, and {out} has no set yet")
    read = [read_package(path) for path in packages]
    by_hand = [read_supplement(path) for path in sorted((out / "supplements").glob("*.yaml"))]
    build = compile_tables([*read, *by_hand], wanted)
    for stale in {*out.glob("tables/*.json")} - {out / name for name in build.files}:
        stale.unlink()
    for name, content in build.files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    readme = out / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else "# Compiled tables\n"
    readme.write_text(with_generated(text, build.generated), encoding="utf-8")
    return build


def _guides_of(out: Path) -> list[str]:
    return [msgspec.json.decode(path.read_bytes())["ig"] for path in sorted(out.glob("sets/*.json"))]


def _files(workshop: Workshop, closures: Sequence[Reached]) -> Iterator[tuple[str, bytes]]:
    written: set[str] = set()
    for package in workshop.packages:
        content = table_bytes(package, closures, workshop)
        if content is not None:
            written.add(table_name(package))
            yield f"tables/{table_name(package)}.json", content
    for closure in closures:
        yield f"sets/{set_name(closure.root)}.json", set_bytes(closure, frozenset(written))
