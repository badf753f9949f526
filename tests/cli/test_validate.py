"""`fhirpa validate` at the desk."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from fhirpa.cli import main
from tests.validation.terminology_service import knows, running

FIXTURES = Path(__file__).parents[2] / "fixtures"
GOOD = FIXTURES / "2.2.1" / "json" / "lbp-initial.json"
BAD = FIXTURES / "2.2.1" / "json" / "bad-claim-use.json"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["validate", *map(str, arguments)])


def test_a_valid_file_gives_exit_code_0() -> None:
    result = run(GOOD)
    assert result.exit_code == 0, result.output
    assert "valid by pas-2.2.1 (assumed; --ig names another): 0 errors" in result.output


def test_an_invalid_file_gives_exit_code_1_place_and_rule() -> None:
    result = run(GOOD, BAD)
    assert result.exit_code == 1
    assert "NOT VALID by pas-2.2.1 (assumed; --ig names another): 1 error" in result.output
    assert "error: Bundle.entry[0].resource.use" in result.output
    assert "must hold 'preauthorization'" in result.output


def test_json_holds_one_outcome_per_file() -> None:
    result = run(GOOD, BAD, "--format", "json")
    found = json.loads(result.stdout)
    assert [Path(f["file"]).stem for f in found] == ["lbp-initial", "bad-claim-use"]
    errors = [i for i in found[1]["outcome"]["issue"] if i["severity"] == "error"]
    assert [e["expression"] for e in errors] == [["Bundle.entry[0].resource.use"]]


def test_the_guide_is_what_the_file_declares_unless_named(tmp_path: Path) -> None:
    body = json.loads((FIXTURES / "2.0.1" / "json" / "lbp-initial.json").read_text())
    body["meta"]["profile"] = [body["meta"]["profile"][0].partition("|")[0] + "|2.0.1"]
    file = tmp_path / "request.json"
    file.write_text(json.dumps(body))
    assert "by pas-2.0.1:" in run(file).output
    assert "by pas-2.2.1:" in run(file, "--ig", "pas-2.2.1").output


def test_xml_is_read_too() -> None:
    result = run(FIXTURES / "2.2.1" / "xml" / "lbp-initial.xml")
    assert result.exit_code == 0, result.output


def test_what_cannot_be_read_is_said_per_file(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{")
    result = run(file, GOOD)
    assert result.exit_code == 1
    assert "broken.json: not readable" in result.output
    assert "valid by pas-2.2.1" in result.output


def test_an_unknown_guide_or_profile_is_a_usage_error() -> None:
    for wrong in (("--ig", "pas-9"), ("--profile", "http://example.org/none")):
        result = run(GOOD, *wrong)
        assert result.exit_code == 2
        assert "no " in result.output


def test_loaded_code_lists_count(tmp_path: Path) -> None:
    system = "http://www.ama-assn.org/go/cpt"
    lists = tmp_path / "codes.csv"
    lists.write_text(f"system,code,display\n{system},97110,Exercise\n")
    folder = tmp_path / "terminology"
    loaded = CliRunner().invoke(main, ["terminology", "load", str(lists), "--dir", str(folder)])
    assert loaded.exit_code == 0, loaded.output
    file = tmp_path / "observation.json"
    coding = {"system": system, "code": "97999"}
    resource = {"resourceType": "Observation", "status": "final", "code": {"coding": [coding]}}
    file.write_text(json.dumps(resource))
    assert run(file).exit_code == 0
    result = run(file, "--terminology", folder)
    assert result.exit_code == 1
    assert "has no code '97999'" in result.output


def test_a_folder_that_holds_no_code_lists_is_a_usage_error(tmp_path: Path) -> None:
    assert run(GOOD, "--terminology", tmp_path / "not-there").exit_code == 2
    (tmp_path / "x.codes.json").write_text("nothing")
    result = run(GOOD, "--terminology", tmp_path)
    assert result.exit_code == 2
    assert "x.codes.json" in result.output


def test_a_terminology_service_is_asked_and_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "observation.json"
    coding = {"system": "http://www.ama-assn.org/go/cpt", "code": "97999"}
    file.write_text(
        json.dumps({"resourceType": "Observation", "status": "final", "code": {"coding": [coding]}})
    )
    with running(knows("97110")) as service:
        result = run(file, "--tx", service.url)
        assert service.asked
    assert result.exit_code == 1, result.output
    assert "has no code '97999'" in result.output


def test_a_service_without_address_is_a_usage_error() -> None:
    result = run(GOOD, "--tx", "nowhere")
    assert result.exit_code == 2
    assert "http" in result.output
