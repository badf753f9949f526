"""The rules that explain disagreements, and the table of the official validator's message ids."""

import tomllib
from pathlib import Path

import pytest

from tests.official.cases import Case
from tests.official.explain import load_explanations
from tests.official.messages import Message
from tests.official.prepare import HERE
from tests.official.verdicts import Error, ours, theirs

ROW = '[[disagreement]]\nsays = "ours"\nverdict = "{}"\nwhy = "x"\nrule = "type:"\n{}'


def test_every_disagreement_has_a_reason() -> None:
    found = load_explanations()
    assert len(found) > 10
    assert all(len(x.why) > 20 for x in found)


@pytest.mark.parametrize("row", [ROW.format("unclear", ""), ROW.format("gap", 'where = "x"')])
def test_an_explanation_that_nobody_would_apply_is_refused(tmp_path: Path, row: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(row)
    with pytest.raises(ValueError, match="no such"):
        load_explanations(file)


def test_an_explanation_fits_its_side_rule_and_path_only(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(ROW.format("gap", 'path = "^A\\\\.b$"'))
    (explanation,) = load_explanations(file)
    case = Case("source", "name", "2.2.1", "profile", b"")
    error = Error("A[2].b", frozenset({"type"}), "type:", "text")
    assert explanation.fits("ours", error, case)
    assert not explanation.fits("official", error, case)
    assert not explanation.fits("ours", Error("A.c", error.kinds, "type:", "text"), case)


def test_every_message_id_means_a_kind_of_ours() -> None:
    rows = tomllib.loads((HERE / "ids.toml").read_text())["id"]
    assert all(row["kinds"] for row in rows)
    ids = (
        "",
        "http://x/Element#ele-1",
        "_DT_Fixed_Wrong",
        "Reference_REF_CantResolve",
        "BUNDLE_ENTRY_URL_ABSOLUTE",
    )
    found = theirs([Message("error", "A", i, f"text {i}") for i in ids], ())
    kinds = [set(error.kinds) for error in found]
    assert kinds[0] == {"structure"}
    assert "invariant" in kinds[1]
    assert found[1].key == "ele-1"
    assert "fixed" in kinds[2]
    assert "reference" in kinds[3]
    assert found[4].anywhere


def test_a_body_that_is_no_json_is_a_fault_of_form() -> None:
    verdict = ours(Case("source", "name", "2.2.1", "profile", b"{"))
    assert [error.rule for error in verdict.errors] == ["structure:not-json"]
