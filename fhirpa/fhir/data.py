"""Where the data that travels with the code lies: in the installed package or in the source tree."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

KINDS = ("profiles", "capability", "fixtures")


def data_path(kind: str) -> Traversable:
    """The folder of `kind` (profiles, capability or fixtures): fhirpa/_data/<kind>, else <repository>/<kind>.

    Raises ValueError for another kind and FileNotFoundError where neither folder exists.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of data: {kind}")
    checkout = Path(__file__).resolve().parents[2] / kind
    for folder in (files("fhirpa").joinpath("_data", kind), checkout):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no folder {kind} beside or inside the package fhirpa")
