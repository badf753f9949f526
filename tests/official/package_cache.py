"""A package cache for the official validator, made of local .tgz files so that it needs no network."""

import json
import shutil
import tarfile
from pathlib import Path

# The validator loads the newest of these by a name that the packages at hand do not bear.
_ALIASES = {
    "hl7.terminology": "hl7.terminology.r4#7.0.1",
    "hl7.fhir.uv.extensions": "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1",
}
_STUBS = ("hl7.fhir.xver-extensions#0.1.0",)  # loaded always; nothing of it is needed here


def build(packages: Path, home: Path) -> None:
    """Unpack the packages below `home` (the validator's user.home); what is there already stays.

    Dependencies are cleared: many named versions are not at hand, and loading is explicit anyway.
    """
    cache = home / ".fhir" / "packages"
    for archive in sorted(packages.glob("*.tgz")):
        target = cache / archive.stem
        if not target.exists():
            target.mkdir(parents=True)
            with tarfile.open(archive) as package:
                package.extractall(target, filter="data")
            _rewrite(target, archive.stem.partition("#")[0])
    for name, source in _ALIASES.items():
        target = cache / f"{name}#{source.partition('#')[2]}"
        if not target.exists():
            shutil.copytree(cache / source, target)
            _rewrite(target, name)
    for stub in _STUBS:
        folder = cache / stub / "package"
        folder.mkdir(parents=True, exist_ok=True)
        name, _, version = stub.partition("#")
        url = f"http://example.org/{name}"
        about = {"name": name, "version": version, "type": "IG", "fhirVersions": ["4.0.1"], "url": url}
        (folder / "package.json").write_text(json.dumps({**about, "canonical": url, "dependencies": {}}))
        (folder / ".index.json").write_text(json.dumps({"index-version": 2, "files": []}))
    (cache / "packages.ini").write_text("[cache]\nversion=3\n")


def _rewrite(target: Path, name: str) -> None:
    manifest = target / "package" / "package.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "name": name, "dependencies": {}}))
