"""The reports of `fhirpa validate`: text, JSON, SARIF, JUnit; severities and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from lxml import etree

from fhirpa.cli import main
from fhirpa.validation import Validator, load_set

FIXTURES = Path(__file__).parents[2] / "fixtures" / "2.2.1" / "json"
GOOD = FIXTURES / "lbp-initial.json"
BAD = FIXTURES / "bad-claim-use.json"
USE = "Bundle.entry[0].resource.use"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["validate", *map(str, arguments)])


def place(file: Path, text: str) -> tuple[int, int]:
    lines = file.read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if text in line)
    return number, lines[number - 1].index(text) + 1


def test_text_shows_place_line_and_mark() -> None:
    line, column = place(BAD, '"use": "claim"')
    output = run(BAD).stdout.splitlines()
    at = output.index(f"  {BAD}:{line}:{column}: error: {USE}")
    assert output[at + 1] == f'      {line} | "use": "claim",'
    assert output[at + 2] == f"      {' ' * len(str(line))} | ^^^^^"
    assert output[at + 3].startswith("      Found 'claim'; use must hold 'preauthorization'")
    assert output[at + 4].startswith("      [pattern/value] of http://hl7.org/fhir/us/davinci-pas/")


def test_errors_come_first_in_text_and_places_order_the_rest() -> None:
    output = [line for line in run(BAD).stdout.splitlines() if line.startswith(f"  {BAD}")]
    severities = [line.split(": ")[1] for line in output]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    for severity in ("error", "warning", "note"):
        lines = [int(line.split(":")[1]) for line in output if f": {severity}: " in line]
        assert lines == sorted(lines)


def test_a_long_line_is_shown_in_part(tmp_path: Path) -> None:
    file = tmp_path / "one-line.json"
    file.write_text(json.dumps(json.loads(BAD.read_text())))
    output = run(file).stdout.splitlines()
    at = next(i for i, line in enumerate(output) if f"error: {USE}" in line)
    shown, mark = output[at + 1], output[at + 2]
    assert len(shown) < 130
    assert shown[mark.index("^") : mark.rindex("^") + 1] == '"use"'


def test_colours_are_for_terminals_unless_asked_for() -> None:
    assert "\x1b[" not in run(BAD).stdout
    assert "\x1b[31m" in run(BAD, "--color").stdout


def test_a_file_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b[31m.json"
    file.write_bytes(GOOD.read_bytes())
    assert "\x1b" not in run(file).stdout


def test_a_file_that_cannot_be_parsed_says_where(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"resourceType": "Patient",\n "name": [}')
    output = run(file).stdout
    assert f"{file}: not readable as FHIR" in output
    assert f"{file}:2:11: error: the whole text" in output
    assert "[structure/not-json]" in output


def test_json_says_line_and_column_of_each_issue_by_hl7s_extensions() -> None:
    (row,) = json.loads(run(BAD, "--format", "json").stdout)
    (issue,) = [i for i in row["outcome"]["issue"] if i["severity"] == "error"]
    base = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-"
    line, column = place(BAD, '"use": "claim"')
    assert issue["extension"] == [
        {"url": f"{base}line", "valueInteger": line},
        {"url": f"{base}col", "valueString": str(column)},
    ]
    assert [c["code"] for c in issue["details"]["coding"]] == ["pattern/value"]
    assert "profile-claim" in issue["diagnostics"]
    report = Validator(load_set("pas-2.2.1")).validate(row["outcome"])
    assert [f for f in report.issues if f.severity != "information"] == []


def test_json_of_nothing_bad_is_a_list_too() -> None:
    assert [row["valid"] for row in json.loads(run(GOOD, GOOD, "--format", "json").stdout)] == [True, True]


def sarif(*files: object) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(run(*files, "--format", "sarif").stdout)
    return log


def test_sarif_has_what_its_schema_demands() -> None:
    log = sarif(GOOD, BAD)
    assert log["version"] == "2.1.0"
    (one,) = log["runs"]
    driver = one["tool"]["driver"]
    assert driver["name"]
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules)) > 2
    assert one["columnKind"] == "unicodeCodePoints"
    for result in one["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["region"]["startLine"] >= 1
        assert physical["region"].get("startColumn", 1) >= 1
        assert physical["artifactLocation"]["uri"] in {a["location"]["uri"] for a in one["artifacts"]}
        assert all(isinstance(v, str) for v in result["partialFingerprints"].values())


def test_sarif_names_rule_place_and_path_of_an_error() -> None:
    (result,) = [r for r in sarif(BAD)["runs"][0]["results"] if r["level"] == "error"]
    line, column = place(BAD, '"use": "claim"')
    assert result["ruleId"] == "pattern/value"
    (location,) = result["locations"]
    assert location["physicalLocation"]["region"] == {"startLine": line, "startColumn": column}
    assert location["physicalLocation"]["artifactLocation"]["uri"] == BAD.as_uri()
    assert location["logicalLocations"][0]["fullyQualifiedName"] == USE


def test_sarif_uris_are_relative_where_the_names_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my claim.json").write_bytes(BAD.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert sarif("my claim.json")["runs"][0]["artifacts"] == [{"location": {"uri": "my%20claim.json"}}]


def test_sarif_fingerprints_do_not_depend_on_the_line(tmp_path: Path) -> None:
    file = tmp_path / "moved.json"
    seen = []
    for text in (BAD.read_text(), BAD.read_text().replace("{", "{\n\n", 1)):
        file.write_text(text)
        seen.append([r["partialFingerprints"] for r in sarif(file)["runs"][0]["results"]])
    assert seen[0] == seen[1]


def test_junit_has_a_test_case_per_file() -> None:
    root = etree.fromstring(run(GOOD, BAD, "--format", "junit").stdout.encode())
    assert root.tag == "testsuites"
    (suite,) = root
    assert {k: suite.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    good, bad = suite
    assert good.find("failure") is None
    failure = bad.find("failure")
    assert failure is not None
    assert USE in failure.get("message", "")
    assert failure.get("type") == "pattern/value"


def test_junit_calls_what_cannot_be_read_an_error_and_what_is_no_fhir_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"resourceType": ')
    (tmp_path / "b.json").write_text("{}")
    (tmp_path / "c\x01.json").write_bytes(GOOD.read_bytes())
    (suite,) = etree.fromstring(run(tmp_path, "--format", "junit").stdout.encode())
    assert [[child.tag for child in case if child.tag != "system-out"] for case in suite] == [
        ["error"],
        ["skipped"],
        [],
    ]


@pytest.mark.parametrize(
    ("worst", "fail_on", "code"),
    [
        ("information", "warning", 0),
        ("information", "information", 1),
        ("warning", "error", 0),
        ("warning", "warning", 1),
        ("warning", "information", 1),
        ("error", "error", 1),
        ("error", "never", 0),
    ],
)
def test_the_exit_code_follows_the_severity_that_was_asked_for(
    worst: str, fail_on: str, code: int, tmp_path: Path
) -> None:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}
    patient: dict[str, Any] = {"resourceType": "Patient", "maritalStatus": {"coding": [coding]}}
    if worst == "warning":
        coding["display"] = "Verheiratet"
    if worst == "error":
        patient["gender"] = 5
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(patient))
    assert run(file, "--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit"])
def test_a_report_goes_to_a_file_and_the_sums_to_standard_error(form: str, tmp_path: Path) -> None:
    output = tmp_path / "report"
    result = run(GOOD, BAD, "--format", form, "--output", output)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "2 resources: 1 valid, 1 not; 1 error" in result.stderr
    direct = run(GOOD, BAD, "--format", form).stdout
    if form in ("json", "sarif"):
        assert json.loads(output.read_text()) == json.loads(direct)
    else:
        assert output.read_text().count(str(BAD)) == direct.count(str(BAD)) > 0


def test_colours_in_a_file_are_asked_for(tmp_path: Path) -> None:
    output = tmp_path / "report"
    run(BAD, "--output", output)
    assert "\x1b[" not in output.read_text()
    run(BAD, "--output", output, "--color")
    assert "\x1b[31m" in output.read_text()
