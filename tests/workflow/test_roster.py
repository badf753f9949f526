"""Importing members and providers: all of a file or nothing, from CSV and from FHIR, told by row."""

import json
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.codec import encode
from fhirpa.testkit.answer import outcome
from fhirpa.workflow.roster import RosterError, import_members, import_providers
from fhirpa.workflow.services import Services
from tests.workflow.requests import request
from tests.workflow.services import open_services, post

Json = dict[str, Any]
NPI = "http://hl7.org/fhir/sid/us-npi"
MEMBERS = "member_id,subscriber_id,family,given,birth_date,gender,language,plan_code,start,end\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def roster_of(bundle: Json) -> tuple[str, str]:
    """The members file and the providers file under which a strict server knows everybody of a request."""
    entries = [e["resource"] for e in bundle["entry"]]
    patient = next(r for r in entries if r["resourceType"] == "Patient")
    coverage = next(r for r in entries if r["resourceType"] == "Coverage")
    ids = [i["value"] for r in (coverage, patient) for i in r["identifier"]]
    row = (
        f"{ids[0]},{coverage['subscriberId']},X,Y,{patient['birthDate']},female,en,SANDBOX-COM,2026-01-01,\n"
    )
    npis = {
        i["value"]
        for r in entries
        if r["resourceType"] in ("Organization", "Practitioner")
        for i in r.get("identifier", [])
        if i.get("system") == NPI
    }
    return MEMBERS + row, "npi,name,in_network,taxonomies\n" + "".join(
        f"{n},Somebody,yes,\n" for n in sorted(npis)
    )


@pytest.fixture
def strict(tmp_path: Path) -> Any:
    opened = open_services(tmp_path, "strict")
    yield opened
    opened.close()


def test_a_strict_server_knows_whom_the_files_name(strict: Services, tmp_path: Path) -> None:
    bundle = request()
    assert outcome(*post(strict, bundle)) == {"error": "75"}
    members, providers = roster_of(bundle)
    assert import_members(strict, written(tmp_path, "m.csv", members)) == 1
    assert outcome(*post(strict, bundle)) == {"error": "51"}
    assert import_providers(strict, written(tmp_path, "p.csv", providers)) >= 2
    assert outcome(*post(strict, bundle)) == {"lines": {"1": "A1"}}


def test_importing_again_changes_nothing(strict: Services, tmp_path: Path) -> None:
    bundle = request()
    members, providers = roster_of(bundle)
    for _ in range(2):
        import_members(strict, written(tmp_path, "m.csv", members))
        import_providers(strict, written(tmp_path, "p.csv", providers))
    assert outcome(*post(strict, bundle)) == {"lines": {"1": "A1"}}


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_bundle_of_patient_and_coverage_is_a_members_file(
    strict: Services, tmp_path: Path, form: str
) -> None:
    bundle = request()
    path = tmp_path / f"roster.{form}"
    path.write_bytes(encode(bundle, form))
    assert import_members(strict, path) == 1
    assert import_providers(strict, path) >= 2
    assert outcome(*post(strict, bundle)) == {"lines": {"1": "A1"}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("plan_code\nSANDBOX-COM\n", "no column member_id"),
        (MEMBERS + ",S,X,Y,1980-01-01,,,SANDBOX-COM,,\n", "row 2: column member_id is empty"),
        (MEMBERS + "M,S,X,Y,1980-13-01,,,SANDBOX-COM,,\n", "row 2: birth_date is no date"),
        (MEMBERS + "M,S,X,Y,,,,SANDBOX-COM,01/02/2026,\n", "row 2: start is no date"),
        (MEMBERS + "M,S,X,Y,,,,NO-SUCH-PLAN,,\n", "row 2: plan_code is not one of the plans"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_imported(
    strict: Services, tmp_path: Path, content: str, told: str
) -> None:
    bundle = request()
    members, _ = roster_of(bundle)
    good = members.removeprefix(MEMBERS)
    body = (
        content.replace(MEMBERS, MEMBERS + good).replace("row 2", "row 3") if MEMBERS in content else content
    )
    with pytest.raises(RosterError) as error:
        import_members(strict, written(tmp_path, "m.csv", body))
    assert told.replace("row 2", "row 3") in str(error.value) or told in str(error.value)
    assert "1980-13-01" not in str(error.value)
    assert outcome(*post(strict, bundle)) == {"error": "75"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name\nX\n", "no column npi"),
        ("npi\n1234567890\n", "check digit"),
        ("npi,in_network\n1234567893,perhaps\n", "row 2: in_network"),
    ],
)
def test_a_provider_that_cannot_be_used_is_told(
    strict: Services, tmp_path: Path, content: str, told: str
) -> None:
    with pytest.raises(RosterError, match=told):
        import_providers(strict, written(tmp_path, "p.csv", content))


def test_a_file_that_is_no_fhir_is_told(strict: Services, tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="cannot be read"):
        import_members(strict, written(tmp_path, "m.json", "hello"))
    empty = written(tmp_path, "e.json", json.dumps({"resourceType": "Bundle", "type": "collection"}))
    assert import_members(strict, empty) == 0
    latin = tmp_path / "l.csv"
    latin.write_bytes("member_id,plan_code\né,SANDBOX-COM\n".encode("latin-1"))
    with pytest.raises(RosterError, match="UTF-8"):
        import_members(strict, latin)
