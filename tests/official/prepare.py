"""What the official validator needs before it runs: its jars, and a package cache for use without network."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "official"
JARS = BUILD / "lib"
HOME = BUILD / "home"

# The validator insists on the first, and on the second where an R5 element is used as an extension. Neither
# is openly to be had: these stand in, the second with the definitions of R5 that PAS names (stand_ins).
XVER_PATHS = "hl7.fhir.xver-extensions#0.1.0"
XVER_R5 = "hl7.fhir.uv.xver-r5.r4#0.1.0"


class NotReady(Exception):
    """Something outside the repository is missing (Java, Maven, jars, a package)."""


def prepare(packages: Path, guide: str) -> list[str]:
    """Make jars and package cache ready; answer the packages to load (``name#version``), in order.

    Raises NotReady when a tool or a package is missing, and KeyError when the guide is unknown.
    """
    _require("java")
    _fetch_jars()
    table = tomllib.loads((HERE / "packages.toml").read_text())
    wanted = [table["core"], *table[guide]["packages"]]
    for name in wanted:
        _unpack(packages / f"{name}.tgz", name)
    _write_stand_in(XVER_PATHS, [])
    _write_stand_in(XVER_R5, sorted((HERE / "stand_ins").glob("*.json")))
    _write_settings()
    return [wanted[0], XVER_R5, *wanted[1:]]


def _require(command: str) -> None:
    if shutil.which(command) is None:
        raise NotReady(f"{command} is not installed")


def _fetch_jars() -> None:
    done = BUILD / "jars.done"
    pom = HERE / "pom.xml"
    if done.exists() and done.stat().st_mtime >= pom.stat().st_mtime:
        return
    _require("mvn")
    shutil.rmtree(JARS, ignore_errors=True)
    JARS.mkdir(parents=True)
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
    if subprocess.run(command, timeout=900).returncode != 0:
        raise NotReady("Maven could not fetch the jars of the validator")
    done.touch()


def _cache(name: str) -> Path:
    return HOME / ".fhir" / "packages" / name


def _unpack(archive: Path, name: str) -> None:
    target = _cache(name)
    if target.exists():
        return
    if not archive.exists():
        raise NotReady(f"package {archive} is missing")
    half = target.with_name(f"unpacking-{name}")
    shutil.rmtree(half, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(half, filter="data")
    half.rename(target)


def _write_stand_in(name: str, definitions: list[Path]) -> None:
    shutil.rmtree(_cache(name), ignore_errors=True)
    package = _cache(name) / "package"
    package.mkdir(parents=True)
    identity, version = name.split("#")
    manifest = {"name": identity, "version": version, "fhirVersions": ["4.0.1"], "type": "IG"}
    (package / "package.json").write_text(json.dumps(manifest))
    for definition in definitions:
        shutil.copy(definition, package)


def _write_settings() -> None:
    settings = {"prohibitNetworkAccess": True, "ignoreDefaultPackageServers": True, "servers": []}
    (HOME / ".fhir" / "fhir-settings.json").write_text(json.dumps(settings))
