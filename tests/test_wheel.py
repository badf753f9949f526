"""The wheel carries everything: installed elsewhere, away from the repository, it serves and decides."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fhirpa.testkit.answer import outcome
from fhirpa.testkit.client import post_bundle
from tests.live.server import ROOT, live_server

SOURCES = ("fhirpa", "profiles", "capability", "fixtures", "pyproject.toml", "README.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that the repository gets no build folder."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-w", str(out), str(source)], check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_every_module_and_data_file_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "fhirpa").rglob("*"):
        if (
            path.suffix in (".py", ".yaml", ".json", ".html", ".css", ".js", ".svg")
            and "__pycache__" not in path.parts
        ):
            assert path.relative_to(ROOT).as_posix() in inside
    for kind in ("profiles", "capability", "fixtures"):
        for path in (ROOT / kind).rglob("*"):
            if path.suffix in (".json", ".csv", ".xml"):
                assert f"fhirpa/_data/{path.relative_to(ROOT).as_posix()}" in inside


def test_the_installed_wheel_serves_and_decides(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:  # a wheel of pure Python is installed by unpacking it
        archive.extractall(site)
    environment = {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    told = subprocess.run(
        [sys.executable, "-c", "import fhirpa; print(fhirpa.__file__)"],
        env={**os.environ, **environment},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(told.stdout.strip()).is_relative_to(site)
    fixture = ROOT / "fixtures" / "2.2.1" / "xml" / "lbp-initial.xml"
    with live_server(tmp_path, "sandbox", cwd=tmp_path, extra=environment) as url:
        reply = post_bundle(url, "2.2.1", fixture.read_bytes(), "xml")
    assert reply.resource is not None
    assert outcome(reply.status, reply.resource) == {"lines": {"1": "A1"}}
