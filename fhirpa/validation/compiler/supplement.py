"""Stand-ins written by hand for packages not to be had: YAML with FHIR definitions as differentials."""

import hashlib
from pathlib import Path

import yaml

from fhirpa.validation.compiler.package import Package


def read_supplement(path: Path) -> Package:
    """Read one YAML file as if it were the package that it names. Raises ValueError when it names none."""
    content = path.read_bytes()
    stated = yaml.safe_load(content)
    if not isinstance(stated, dict) or not {"package", "version", "definitions"} <= stated.keys():
        raise ValueError(f"{path.name} does not say package, version and definitions")
    return Package(
        name=stated["package"],
        version=stated["version"],
        sha256=hashlib.sha256(content).hexdigest(),
        dependencies={},
        definitions={(d["resourceType"], d["url"]): d for d in stated["definitions"]},
        hand_written=True,
    )
