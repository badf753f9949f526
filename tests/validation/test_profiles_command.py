"""`fhirpa profiles compile`: one more guide is a command."""

from pathlib import Path

from click.testing import CliRunner, Result

from fhirpa.cli import main
from fhirpa.validation.tables import available_sets, load_set
from tests.validation.small_packages import GUIDE, core_definitions, profile, write_package


def compile_to(out: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["profiles", "compile", "--out", str(out), *map(str, arguments)])


def packages(folder: Path) -> list[Path]:
    first = [profile("first", {"id": "Thing.name", "min": 1})]
    second = [profile("second", {"id": "Thing.part", "min": 1})]
    return [
        write_package(folder, "hl7.fhir.r4.core", "4.0.1", core_definitions()),
        write_package(folder, "example.first", "1.0.0", first),
        write_package(folder, "example.second", "2.0.0-ballot", second, {"example.first": "0.9.0"}),
    ]


def test_a_guide_is_added_and_those_that_are_there_stay(tmp_path: Path) -> None:
    given, out = packages(tmp_path), tmp_path / "out"
    assert compile_to(out, *given, "--ig", "example.first#1.0.0").exit_code == 0
    result = compile_to(out, *given, "--ig", "example.second#2.0.0-ballot")
    assert result.exit_code == 0, result.output
    assert "sets/second-2.0.0-ballot.json" in result.output
    assert available_sets(out) == ["first-1.0.0", "second-2.0.0-ballot"]
    both = load_set("second-2.0.0-ballot", out)
    assert both.profile(f"{GUIDE}/StructureDefinition/first") is not None


def test_the_readme_keeps_what_was_written_by_hand(tmp_path: Path) -> None:
    given, out = packages(tmp_path), tmp_path / "out"
    out.mkdir()
    (out / "README.md").write_text("# Mine\n")
    for _ in range(2):
        assert compile_to(out, *given, "--ig", "example.second#2.0.0-ballot").exit_code == 0
    text = (out / "README.md").read_text()
    assert text.startswith("# Mine\n")
    assert text.count("example.first#0.9.0 → example.first#1.0.0") == 1


def test_a_table_that_no_set_reaches_any_more_goes(tmp_path: Path) -> None:
    given, out = packages(tmp_path), tmp_path / "out"
    assert compile_to(out, *given, "--ig", "example.first#1.0.0").exit_code == 0
    assert (out / "tables" / "example.second-2.0.0-ballot.json").exists()  # read with the first
    assert compile_to(out, *given[:2]).exit_code == 0
    assert [f.name for f in sorted((out / "tables").iterdir())] == [
        "example.first-1.0.0.json",
        "hl7.fhir.r4.core-4.0.1.json",
    ]


def test_what_is_not_given_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    given, out = packages(tmp_path), tmp_path / "out"
    result = compile_to(out, *given, "--ig", "example.third#1.0.0")
    assert (result.exit_code, "not among the packages given: example.third#1.0.0" in result.output) == (
        1,
        True,
    )
    result = compile_to(out, *given[1:], "--ig", "example.first#1.0.0")
    assert (result.exit_code, "hl7.fhir.r4.core is not among those given" in result.output) == (1, True)
    result = compile_to(out, *given)
    assert (result.exit_code, "no guide was named" in result.output) == (1, True)
    assert not out.exists()


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tgz"
    broken.write_bytes(b"no archive")
    result = compile_to(tmp_path / "out", broken, "--ig", "example.first#1.0.0")
    assert result.exit_code == 1
    assert "broken.tgz" in result.output
