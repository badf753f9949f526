"""What a payer loads counts: lists from FHIR resources and from tables of codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.codec import encode
from fhirpa.validation import Finding, TableSet, Validator, load_set
from fhirpa.validation.tables import TablesError
from fhirpa.validation.terminology import open_terminology
from fhirpa.validation.terminology.columns import Columns
from fhirpa.validation.terminology.folder import Folder
from fhirpa.validation.terminology.load import Loaded, LoadError, load_files
from fhirpa.validation.terminology.membership import Membership
from fhirpa.validation.terminology.writing import remove_lists

Json = dict[str, Any]
CPT = "http://www.ama-assn.org/go/cpt"
SERVICES = "http://hl7.org/fhir/us/davinci-pas/ValueSet/X12278RequestedServiceType|2.2.1"
OWN, OWN_SET = "http://payer.example/codes", "http://payer.example/set"
X12_SET = "https://valueset.x12.org/x217/005010/request/2000E/UM/1/01/00/1525"


class Payer:
    """A folder of lists, and files beside it."""

    def __init__(self, folder: Path) -> None:
        self.files = folder
        self.folder = Folder(folder / "terms")

    def load(self, *contents: Json | str, name: str = "list.csv", **columns: Any) -> Loaded:
        files = []
        for number, content in enumerate(contents):
            is_table = isinstance(content, str)
            file = self.files / (name if is_table else f"{number}.json")
            file.write_text(content if is_table else json.dumps(content))
            files.append(file)
        return load_files(files, self.folder.path, Columns(**columns))

    def tables(self) -> TableSet:
        return load_set("pas-2.2.1", terminology=open_terminology(self.folder.path))

    def membership(self) -> Membership:
        return Membership(self.tables())

    def findings(self, coding: Json, **members: Any) -> list[Finding]:
        observation = {"resourceType": "Observation", "status": "final", "code": {"coding": [coding]}}
        report = Validator(self.tables()).validate(observation | members)
        return [f for f in report.issues if f.severity != "information" and f.key is None]


@pytest.fixture
def payer(tmp_path: Path) -> Payer:
    return Payer(tmp_path)


def code_system(url: str, *concepts: Json, **more: Any) -> Json:
    return {
        "resourceType": "CodeSystem",
        "url": url,
        "version": "1",
        "content": "complete",
        "caseSensitive": True,
        "concept": list(concepts),
    } | more


def value_set(url: str, **more: Any) -> Json:
    return {"resourceType": "ValueSet", "url": url, "version": "1"} | more


def test_a_loaded_code_system_decides_the_value_sets_that_take_it_whole(payer: Payer) -> None:
    assert payer.membership().has(SERVICES, CPT, "97110") is None
    payer.load(f"system,code,display\n{CPT},97110,Exercise\n{CPT},97112,Balance\n")
    membership = payer.membership()
    assert membership.has(SERVICES, CPT, "97110") is True
    assert membership.has(SERVICES, CPT, "99999") is False
    assert membership.has(SERVICES, "http://hl7.org/fhir/sid/ndc", "0777-3105-02") is None


def test_a_code_that_a_loaded_system_lacks_is_an_error(payer: Payer) -> None:
    payer.load(f"system,code\n{CPT},97110\n")
    (error,) = payer.findings({"system": CPT, "code": "99999"})
    assert (error.severity, error.expression) == ("error", "Observation.code.coding[0]")


def test_a_fragment_proves_no_absence(payer: Payer) -> None:
    payer.load(f"system,code\n{CPT},97110\n", fragment=True)
    membership = payer.membership()
    assert membership.has(SERVICES, CPT, "97110") is True
    assert membership.has(SERVICES, CPT, "99999") is None


def test_rows_with_a_value_set_make_one_and_no_code_system(payer: Payer) -> None:
    payer.load(f"system,code,display,valueset\nhttps://codesystem.x12.org/005010/1525,HS,,{X12_SET}\n")
    membership = payer.membership()
    assert membership.has(X12_SET, "https://codesystem.x12.org/005010/1525", "HS") is True
    assert membership.has(X12_SET, "https://codesystem.x12.org/005010/1525", "ZZ") is False
    assert payer.tables().code_system("https://codesystem.x12.org/005010/1525") is None


def test_a_value_set_is_worked_out_with_the_code_system_beside_it(payer: Payer) -> None:
    tree = code_system(OWN, {"code": "a", "concept": [{"code": "a1"}, {"code": "a2"}]}, {"code": "b"})
    below = {"system": OWN, "filter": [{"property": "concept", "op": "descendent-of", "value": "a"}]}
    loaded = payer.load(tree, value_set(OWN_SET, compose={"include": [below]}))
    assert [s.count for s in loaded.sources] == [4, 2]
    membership = payer.membership()
    verdicts = {code: membership.has(OWN_SET, OWN, code) for code in ("a", "a1", "a2", "b")}
    assert verdicts == {"a": False, "a1": True, "a2": True, "b": False}


def test_an_expansion_counts_without_its_abstract_entries(payer: Payer) -> None:
    rows = [{"system": OWN, "code": "group", "abstract": True, "contains": [{"system": OWN, "code": "x"}]}]
    payer.load(value_set(OWN_SET, expansion={"timestamp": "2026-01-01", "total": 2, "contains": rows}))
    membership = payer.membership()
    assert membership.has(OWN_SET, OWN, "x") is True
    assert membership.has(OWN_SET, OWN, "group") is False


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (value_set(OWN_SET, expansion={"total": 9, "contains": [{"system": OWN, "code": "x"}]}), "complete"),
        (value_set(OWN_SET, compose={"include": [{"valueSet": ["http://other.example"]}]}), "not given"),
        (
            value_set(
                OWN_SET,
                compose={
                    "include": [{"system": OWN, "filter": [{"property": "p", "op": "=", "value": "v"}]}]
                },
            ),
            OWN,
        ),
        (code_system(OWN, content="not-present"), "lists no codes"),
    ],
)
def test_what_cannot_be_worked_out_is_left_out_with_the_reason(
    payer: Payer, resource: Json, reason: str
) -> None:
    loaded = payer.load(resource)
    assert loaded.sources == []
    assert reason in loaded.left_out[0]


def test_bundles_and_xml_are_read(payer: Payer) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": code_system(OWN, {"code": "a"})}],
    }
    file = payer.files / "bundle.xml"
    file.write_bytes(encode(bundle, "xml"))
    load_files([file], payer.folder.path)
    assert payer.membership().exists(OWN, "a") is True
    assert payer.membership().exists(OWN, "b") is False


def test_a_retired_code_is_a_warning_and_one_that_groups_cannot_be_chosen(payer: Payer) -> None:
    payer.load(
        code_system(
            OWN,
            {"code": "old", "property": [{"code": "inactive", "valueBoolean": True}]},
            {"code": "retired", "property": [{"code": "status", "valueCode": "retired"}]},
            {"code": "group", "property": [{"code": "notSelectable", "valueBoolean": True}]},
        ),
        value_set(OWN_SET, compose={"include": [{"system": "http://payer.example/codes"}]}),
    )
    for code, said in (("old", "no longer in use"), ("retired", "no longer in use"), ("group", "groups")):
        (warning,) = payer.findings({"system": OWN, "code": code})
        assert warning.severity == "warning"
        assert said in warning.text
    assert payer.membership().has(OWN_SET, OWN, "old") is True
    assert payer.membership().has(OWN_SET, OWN, "group") is False


def test_a_display_is_held_against_all_names_of_a_code(payer: Payer) -> None:
    names = [{"language": "es", "value": "Ejercicio"}, {"value": "Exercise, therapeutic"}]
    payer.load(code_system(OWN, {"code": "a", "display": "Therapeutic exercise", "designation": names}))
    for display in ("therapeutic  EXERCISE", "Ejercicio", "exercise, Therapeutic"):
        assert payer.findings({"system": OWN, "code": "a", "display": display}) == []
    (warning,) = payer.findings({"system": OWN, "code": "a", "display": "Massage"})
    assert (warning.severity, warning.expression) == ("warning", "Observation.code.coding[0].display")


def test_a_display_in_another_language_may_be_a_translation(payer: Payer) -> None:
    payer.load(code_system(OWN, {"code": "a", "display": "Therapeutic exercise"}))
    coding = {"system": OWN, "code": "a", "display": "Massage"}
    assert payer.findings(coding, language="es") == []
    assert len(payer.findings(coding, language="en-US")) == 1


def test_a_list_is_replaced_by_the_next_of_its_canonical_and_versions_stand_beside_each_other(
    payer: Payer,
) -> None:
    for version, codes in (("1", "a"), ("1", "b"), ("2", "c")):
        payer.load(f"code\n{codes}\n", system=OWN, version=version)
    assert {e.source.canonical for e in payer.folder.entries()} == {f"{OWN}|1", f"{OWN}|2"}
    tables = payer.tables()
    one = tables.code_system(f"{OWN}|1")
    assert one is not None
    assert list(one.codes) == ["b"]


def test_lists_are_read_as_their_owners_publish_them(payer: Payer) -> None:
    loinc = '"LOINC_NUM","COMPONENT","LONG_COMMON_NAME","STATUS"\n'
    loinc += '"34117-2","H","History, and physical","ACTIVE"\n"99999-9","O","Old","DEPRECATED"\n'
    payer.load(
        loinc,
        system="http://loinc.org",
        code="LOINC_NUM",
        display="LONG_COMMON_NAME",
        inactive=(("STATUS", "DEPRECATED"),),
    )
    rrf = '161|ENG|P|L|PF|S|Y|A||161|||RXNORM|IN|161|acetaminophen "x|0|N||\n'
    rrf += "161|ENG|P|L|PF|S|Y|A||161|||OTHER|IN|161|else|0|N||\n"
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    payer.load(
        rrf,
        name="RXNCONSO.RRF",
        system=rxnorm,
        code="1",
        display="16",
        delimiter="|",
        has_header=False,
        where=(("13", "RXNORM"),),
    )
    tables = payer.tables()
    system, drugs = tables.code_system("http://loinc.org"), tables.code_system(rxnorm)
    assert system is not None
    assert drugs is not None
    assert (system.display("34117-2"), system.inactive) == ("History, and physical", {"99999-9"})
    assert dict(drugs.codes) == {"161": 'acetaminophen "x'}


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        ("code,display\na,b\n", {}, "no column system"),
        ("system,display\na,b\n", {}, "no column code"),
        ("system,code\n", {}, "no row"),
        (f"system,code\n{OWN},a\n", {"where": (("nowhere", "x"),)}, "no column nowhere"),
        ("system,code\nnot a url,a\n", {}, "no url"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(payer: Payer, content: str, columns: Json, said: str) -> None:
    with pytest.raises(LoadError, match=said):
        payer.load(content, **columns)
    assert payer.folder.entries() == []


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"\xff", b'{"resourceType": "Patient"}', b'{"resourceType": "ValueSet"}']
)
def test_a_file_that_holds_no_list_is_refused(payer: Payer, body: bytes) -> None:
    file = payer.files / "x.json"
    file.write_bytes(body)
    with pytest.raises(LoadError, match=r"x\.json"):
        load_files([file], payer.folder.path)


def test_an_invalid_resource_is_refused_whole_and_not_read_wrong(payer: Payer) -> None:
    broken = code_system(OWN, {"code": "a", "concept": "b"})
    with pytest.raises(LoadError, match="not valid FHIR"):
        payer.load(broken)


def test_a_file_of_somebody_else_in_the_folder_is_named(payer: Payer) -> None:
    payer.load(f"system,code\n{OWN},a\n")
    (payer.folder.path / "other.codes.json").write_text("{}")
    with pytest.raises(TablesError, match=r"other\.codes\.json"):
        payer.folder.entries()


def test_what_is_removed_is_unknown_again(payer: Payer) -> None:
    payer.load(f"system,code\n{CPT},97110\n")
    assert [e.source.url for e in remove_lists(payer.folder.path, CPT)] == [CPT]
    assert remove_lists(payer.folder.path, CPT) == []
    assert payer.membership().has(SERVICES, CPT, "99999") is None


def test_a_list_is_read_only_when_a_code_of_it_is_asked_for(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer.load(f"system,code\n{CPT},97110\n")
    read: list[str] = []
    reads: Callable[[Path], bytes] = Path.read_bytes

    def watched(path: Path) -> bytes:
        read.append(path.name)
        return reads(path)

    monkeypatch.setattr(Path, "read_bytes", watched)
    membership = payer.membership()
    membership.has(
        "http://hl7.org/fhir/ValueSet/administrative-gender",
        "http://hl7.org/fhir/administrative-gender",
        "male",
    )
    assert not [name for name in read if name.endswith(".codes.json")]
    membership.has(SERVICES, CPT, "97110")
    assert len([name for name in read if name.endswith(".codes.json")]) == 1


def test_a_hundred_thousand_codes_load_and_answer(payer: Payer) -> None:
    payer.load("code\n" + "\n".join(f"{n:06d}" for n in range(100_000)) + "\n", system=CPT)
    membership = payer.membership()
    assert membership.has(SERVICES, CPT, "099999") is True
    assert membership.has(SERVICES, CPT, "100000") is False


def test_a_resource_with_a_hundred_thousand_concepts_loads(payer: Payer) -> None:
    concepts = [{"code": f"{n:06d}", "display": f"label {n}"} for n in range(100_000)]
    (source,) = payer.load(code_system(CPT, *concepts)).sources
    assert source.count == 100_000
    assert payer.membership().exists(CPT, "099999") is True


def test_a_text_repeats_nothing_that_stands_behind_a_system(payer: Payer) -> None:
    payer.load(f"system,code,display\n{CPT},97110,Exercise\n")
    for coding in ({"code": "99999"}, {"code": "97110", "display": "Jane Doe"}, {"code": "Jane Doe"}):
        for finding in payer.findings({"system": f"{CPT}|Jane Doe", **coding}):
            assert "Jane" not in finding.text


def test_a_code_system_answers_for_its_own_version_only_and_a_value_set_for_any(payer: Payer) -> None:
    payer.load("code\n97110\n", system=CPT, version="2026")
    payer.load(value_set(OWN_SET, compose={"include": [{"system": OWN, "concept": [{"code": "x"}]}]}))
    tables, membership = payer.tables(), payer.membership()
    assert [tables.code_system(CPT + v) is not None for v in ("", "|2026", "|2025")] == [True, True, False]
    assert membership.has(f"{OWN_SET}|9", OWN, "x") is True
