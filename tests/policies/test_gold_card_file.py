"""`gold_card.yaml`: a number is changed without Python, and a fault in the file is told by its place."""

import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from fhirpa.policies.load import RulesError, load_rules
from fhirpa.um.gold_card import FewClaims
from fhirpa.um.terms import Discipline, LineOfBusiness, Setting

PACKAGED = Path(str(files("fhirpa.policies")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGED, tmp_path / "rules", ignore=shutil.ignore_patterns("*.py", "*.pyc"))
    return tmp_path / "rules"


def change(folder: Path, before: str, after: str) -> None:
    path = folder / "gold_card.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_law_is_there_with_its_citation_and_from_when_it_binds() -> None:
    rules = load_rules().gold_card
    assert [x.effective for x in rules.terms] == [date(2021, 9, 1), date(2025, 9, 1)]
    assert all("4201" in x.citation for x in rules.terms)
    assert rules.lines_of_business == {LineOfBusiness.COM, LineOfBusiness.QHP}


def test_every_code_of_the_programme_is_of_one_service_or_of_none_on_purpose() -> None:
    rules = load_rules()
    without = {
        code
        for code, known in rules.services.codes.items()
        for discipline in known.disciplines
        if rules.gold_card.service_of(code, discipline, Setting.OUTPATIENT) is None
    }
    assert without == {c for c, x in rules.services.codes.items() if x.evaluation or x.review}
    assert rules.gold_card.service_of(None, Discipline.OT, Setting.HOME) is not None


def test_a_number_is_changed_without_python(folder: Path) -> None:
    change(folder, "least_requests: 5", "least_requests: 10")
    change(folder, "few_claims: keep", "few_claims: all")
    terms = load_rules(folder).gold_card.terms
    assert {x.least_requests for x in terms} == {10}
    assert {x.rescission.few_claims for x in terms} == {FewClaims.ALL}
    assert load_rules(folder).version != load_rules().version


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("least_share: 0.90", "least_share: 90", "terms[0].least_share"),
        ("least_requests: 5", "least_requests: 0", "terms[0].least_requests"),
        ("months: [1]", "months: [13]", "terms[1].rescission.months"),
        ('effective: "2025-09-01"', 'effective: "2025-09-31"', "is not a date"),
        ('effective: "2025-09-01"', 'effective: "2021-09-01"', "stands there twice"),
        ("least: 5, most: 20", "least: 21, most: 20", "least is above most"),
        ("effect_days: 30", "effect_days: 20", "effect_days is below notice_days"),
        ('"97799"]', '"97799", "99999"]', "services.yaml has no code '99999'"),
        ("id: ot-treatment", "id: pt-treatment", "'pt-treatment' stands there twice"),
        ("[requester, ordering]", "[everybody]", "holders"),
    ],
)
def test_a_fault_is_told_by_its_place(folder: Path, before: str, after: str, said: str) -> None:
    change(folder, before, after)
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    assert "gold_card.yaml" in str(caught.value)
    assert said in str(caught.value)
