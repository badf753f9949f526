"""What `fhirpa validate` takes: folders, standard input, lines of NDJSON, names of guides."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhirpa.cli import main
from fhirpa.cli.validating.guides import UnknownGuide, guide_named

FIXTURES = Path(__file__).parents[2] / "fixtures" / "2.2.1"
GOOD = '{"resourceType": "Organization", "name": "Clinic"}'
BAD = '{"resourceType": "Organization", "active": "yes"}'


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["validate", *map(str, arguments)], input=stdin)


def files(result: Result) -> list[str]:
    return [Path(row["file"]).name for row in json.loads(result.stdout)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "b/good.json": GOOD,
        "b/good.xml": '<Organization xmlns="http://hl7.org/fhir"><name value="Clinic"/></Organization>',
        "a/bad.JSON": BAD,
        "a/package.json": '{"name": "not FHIR"}',
        "a/page.xml": "<html/>",
        "a/notes.txt": BAD,
        ".git/hidden.json": BAD,
        "node_modules/other.json": BAD,
        "z/broken.json": '{"resourceType": "Patient", "name": [}',
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_a_folder_is_searched_in_order_and_what_is_not_fhir_is_counted(folder: Path) -> None:
    result = run(folder, "--format", "json")
    assert files(result) == ["bad.JSON", "good.json", "good.xml", "broken.json"]
    assert result.exit_code == 1
    assert "4 resources: 2 valid, 2 not" in result.stderr
    assert "2 skipped (no FHIR resource)" in result.stderr


def test_what_the_user_names_is_never_skipped(folder: Path) -> None:
    result = run(folder / "a" / "package.json")
    assert result.exit_code == 1
    assert "resourceType is missing" in result.output


def test_a_folder_without_resources_is_an_error_of_usage(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "no FHIR resource" in result.output


@pytest.mark.parametrize("name", ["json/lbp-initial.json", "xml/lbp-initial.xml"])
def test_standard_input_is_read_and_its_format_seen(name: str) -> None:
    result = run("-", stdin=(FIXTURES / name).read_bytes())
    assert result.exit_code == 0, result.output
    assert "<stdin>: valid by pas-2.2.1" in result.output


def test_standard_input_is_read_once_only() -> None:
    assert run("-", "-", stdin=b"{}").exit_code == 2


def test_each_line_of_ndjson_is_a_resource_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bulk.ndjson"
    file.write_text(f"{GOOD}\n\n{BAD}\r\n{GOOD}\n")
    rows = json.loads(run(file, "--format", "json").stdout)
    assert [(row["line"], row["valid"]) for row in rows] == [(1, True), (3, False), (4, True)]
    active = next(i for i in rows[1]["outcome"]["issue"] if i["expression"] == ["Organization.active"])
    line, column = active["extension"]
    assert line["valueInteger"] == 3
    assert column["valueString"] == str(BAD.index('"active"') + 1)


def test_good_lines_of_ndjson_are_not_worth_a_line(tmp_path: Path) -> None:
    file = tmp_path / "bulk.ndjson"
    file.write_text(f"{GOOD}\n{BAD}\n{GOOD}\n")
    text = run(file).stdout
    assert "bulk.ndjson:2: NOT VALID" in text
    assert "bulk.ndjson:1" not in text
    assert "3 resources: 2 valid, 1 not" in text


def test_a_file_that_cannot_be_read_is_a_fault_of_its_own(tmp_path: Path) -> None:
    gone = tmp_path / "gone.json"
    gone.symlink_to(tmp_path / "nowhere.json")
    (tmp_path / "good.json").write_text(GOOD)
    rows = json.loads(run(tmp_path, "--format", "json").stdout)
    assert [row["valid"] for row in rows] == [False, True]
    assert "cannot be read" in rows[0]["outcome"]["issue"][0]["details"]["text"]


@pytest.mark.parametrize(
    "text", ["pas-2.0.1", "pas#2.0.1", "PAS#2.0.1", "hl7.fhir.us.davinci-pas#2.0.1", "davinci-pas#2.0.1"]
)
def test_a_guide_has_several_names(text: str) -> None:
    assert guide_named(text) == "pas-2.0.1"


def test_a_guide_without_version_is_the_newest() -> None:
    assert guide_named("pas") == guide_named("hl7.fhir.us.davinci-pas") == "pas-2.2.1"


@pytest.mark.parametrize("text", ["pas#9", "us-core", "", "#"])
def test_a_guide_that_is_not_there_names_those_that_are(text: str) -> None:
    with pytest.raises(UnknownGuide, match=r"pas#2\.0\.1, pas#2\.2\.1"):
        guide_named(text)


def test_a_guide_that_nobody_named_is_said_to_be_assumed(tmp_path: Path) -> None:
    file = tmp_path / "good.json"
    file.write_text(GOOD)
    assert "valid by pas-2.2.1 (assumed" in run(file).output
    assert "valid by pas-2.2.1:" in run(file, "--ig", "pas").output
