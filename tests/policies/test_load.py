"""Loading the rules: what comes with the package, what a fault in a file says, what a changed number does."""

import shutil
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from fhirpa.policies.load import RulesError, load_rules
from fhirpa.um.decision import decide
from fhirpa.um.rules import PolicyRole, RuleSet
from fhirpa.um.terms import EngineResult, LineOfBusiness
from tests.um.requests import context, line, request

PACKAGED = Path(str(files("fhirpa.policies")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged rules that a test may change."""
    shutil.copytree(
        PACKAGED,
        tmp_path / "rules",
        ignore=lambda _, names: [n for n in names if n.endswith((".py", ".pyc"))],
    )
    return tmp_path / "rules"


def change(folder: Path, file: str, before: str, after: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.deep
def test_the_packaged_rules_load_quickly() -> None:
    load_rules()
    times = []
    for _ in range(3):
        begun = time.process_time()
        load_rules()
        times.append(time.process_time() - begun)
    assert min(times) < 0.3


def test_the_sandbox_has_a_plan_for_every_line_of_business() -> None:
    rules = load_rules()
    assert {p.line_of_business for p in rules.plans.values()} == set(LineOfBusiness)
    assert {"EVAL", "LBP", "POSTOP-TKA", "NEURO-STROKE", "PED-DEV", "RECERT", "HOME"} <= set(rules.policies)


def test_every_role_has_one_policy() -> None:
    rules = load_rules()
    for role in set(PolicyRole) - {PolicyRole.DIAGNOSIS}:
        assert sum(p.role is role for p in rules.policies.values()) == 1


def test_every_criterion_can_be_read_and_cites_its_source() -> None:
    for policy in load_rules().policies.values():
        for criterion in policy.criteria:
            assert criterion.question.endswith("?"), criterion.id
            assert criterion.citation
            assert criterion.met_when.names


def test_the_version_follows_the_content(folder: Path) -> None:
    assert load_rules(folder).version == load_rules().version
    change(folder, "policies/LBP.yaml", "visits: 8", "visits: 9")
    assert load_rules(folder).version != load_rules().version


def only(rules: RuleSet, visits: int) -> EngineResult:
    return decide(request(line(visits=visits)), context(), rules).lines[0].result


CHANGES: list[tuple[str, str, str, Callable[[RuleSet], object], object, object]] = [
    (
        "policies/LBP.yaml",
        "visits: 8",
        "visits: 6",
        lambda r: only(r, 8),
        EngineResult.CERTIFY,
        EngineResult.CERTIFY_BLOCK,
    ),
    (
        "policies/LBP.yaml",
        "{measure: ODI, at_least: 20}",
        "{measure: ODI, at_least: 50}",
        lambda r: only(r, 8),
        EngineResult.CERTIFY,
        EngineResult.PEND_CLINICAL,
    ),
    (
        "plans/SANDBOX-COM.yaml",
        "visits: 30",
        "visits: 0",
        lambda r: only(r, 8),
        EngineResult.CERTIFY,
        EngineResult.PEND_CLINICAL,
    ),
    (
        "criteria.yaml",
        'max_age: {default: 30 days, MCD: 60 days}\n    max_after: 14 days\n  question: "What did',
        'max_age: {default: 3 days, MCD: 60 days}\n    max_after: 14 days\n  question: "What did',
        lambda r: only(r, 8),
        EngineResult.CERTIFY,
        EngineResult.PEND_INFORMATION,
    ),
    (
        "diagnosis_groups.yaml",
        "M545,",
        "M548,",
        lambda r: only(r, 8),
        EngineResult.CERTIFY,
        EngineResult.PEND_CLINICAL,
    ),
    (
        "services.yaml",
        '"97110": {label: exercise, disciplines: [PT, OT]',
        '"97110": {label: exercise, disciplines: [OT]',
        lambda r: only(r, 8),
        EngineResult.CERTIFY,
        EngineResult.PEND_CLINICAL,
    ),
    (
        "places.yaml",
        '"11": outpatient',
        '"11": home',
        lambda r: only(r, 8),
        EngineResult.CERTIFY,
        EngineResult.PEND_INFORMATION,
    ),
    (
        "plans/SANDBOX-COM.yaml",
        "retro: {days: 36500}",
        "retro: {days: 0}",
        lambda r: decide(request(), context(received_at=LATE), r).lines[0].result,
        EngineResult.CERTIFY,
        EngineResult.PEND_CLINICAL,
    ),
    (
        "errors.yaml",
        'member-unknown: {code: "75"',
        'member-unknown: {code: "72"',
        lambda r: decide(request(), context(enrolments=()), r).errors[0].code,
        "75",
        "72",
    ),
]
LATE = context().received_at.replace(year=2027)


@pytest.mark.parametrize(("file", "before", "after", "answer", "was", "becomes"), CHANGES)
def test_a_value_changed_in_a_file_changes_the_answer(
    folder: Path,
    file: str,
    before: str,
    after: str,
    answer: Callable[[RuleSet], object],
    was: object,
    becomes: object,
) -> None:
    assert answer(load_rules(folder)) == was
    change(folder, file, before, after)
    assert answer(load_rules(folder)) == becomes


@pytest.mark.parametrize(
    ("file", "before", "after", "names"),
    [
        ("policies/LBP.yaml", "visits: 8", "visits: many", ["LBP.yaml", "first[0].visits", "many"]),
        ("policies/LBP.yaml", "visits: 8", "visits: -1", ["LBP.yaml", "first[0].visits"]),
        ("policies/LBP.yaml", "total: 20", "totals: 20", ["LBP.yaml", "totals"]),
        ("policies/LBP.yaml", "C04, ", "C99, ", ["LBP.yaml", "C99"]),
        ("policies/LBP.yaml", "measure: ODI", "measure: ODD", ["LBP.yaml", "ODD"]),
        ("policies/LBP.yaml", "E-LBP", "E-XX", ["LBP.yaml", "E-XX"]),
        ("policies/LBP.yaml", "2026-01-01", "2026-13-01", ["LBP.yaml", "2026-13-01"]),
        ("policies/LBP.yaml", "id: LBP", "id: NECK", ["NECK.yaml, line 3", "LBP.yaml", "NECK"]),
        ("policies/HOME.yaml", "role: home", "role: renewal", ["policies", "role"]),
        ("policies/PED-DEV.yaml", "renews_as: PED-CHRONIC", "renews_as: X", ["PED-DEV.yaml", "'X'"]),
        ("diagnosis_groups.yaml", "policy: LBP", "policy: LBX", ["diagnosis_groups.yaml", "LBX"]),
        ("plans/SANDBOX-COM.yaml", '"97161"', '"97199"', ["SANDBOX-COM.yaml", "97199"]),
        ("plans/SANDBOX-COM.yaml", "autism", "autistic", ["SANDBOX-COM.yaml", "autistic"]),
        ("plans/SANDBOX-COM.yaml", '"01-01"', '"02-30"', ["SANDBOX-COM.yaml", "02-30"]),
        ("plans/SANDBOX-COM.yaml", "network: open", "network: ajar", ["SANDBOX-COM.yaml", "ajar"]),
        ("plans/SANDBOX-QHP.yaml", "habilitative: false, ", "", ["SANDBOX-QHP.yaml", "REHAB", "156.115"]),
        ("diagnosis_groups.yaml", "yields_to: [stroke", "yields_to: [strike", ["gait_falls", "strike"]),
        ("services.yaml", "review: plan-question}", "review: plan-quest}", ["services.yaml", "plan-quest"]),
        ("criteria.yaml", "ask: order", "ask: ordre", ["criteria.yaml", "ordre"]),
        (
            "criteria.yaml",
            "any(orders",
            "any(ordres",
            ["criteria.yaml", "C02.met_when", "did you mean 'orders'"],
        ),
        ("reasons.yaml", "case {case}", "case {case", ["reasons.yaml", "duplicate-own"]),
        ("texts.yaml", "ends on {end}", "ends on {ned}", ["texts.yaml", "ned"]),
        ("reasons.yaml", "soft-limit:", "soft-limits:", ["reasons.yaml", "soft-limit"]),
        ("errors.yaml", "member-unknown:", "member-unkown:", ["errors.yaml", "member-unknown"]),
        ("information.yaml", "\ndiscipline:", "\ndisciplin:", ["information.yaml", "discipline"]),
        ("programme.yaml", "America/Chicago", "America/Nowhere", ["programme.yaml", "America/Nowhere"]),
        ("measures.yaml", "range: [0, 24]", "range: [24, 0]", ["measures.yaml", "RMDQ"]),
        ("services.yaml", "codes:", "codes: [", ["services.yaml", "line"]),
        ("places.yaml", '"11": outpatient', '"11": outpatient\n"11": home', ["places.yaml", "11"]),
    ],
)
def test_a_fault_names_file_place_and_what_is_wrong(
    folder: Path, file: str, before: str, after: str, names: list[str]
) -> None:
    change(folder, file, before, after)
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    for name in names:
        assert name in str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "measures.yaml").unlink()
    with pytest.raises(RulesError, match=r"measures\.yaml"):
        load_rules(folder)


def test_several_faults_are_reported_at_once(folder: Path) -> None:
    change(folder, "policies/LBP.yaml", "measure: ODI", "measure: ODD")
    change(folder, "policies/NECK.yaml", "measure: NDI", "measure: NDD")
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    assert "ODD" in str(caught.value)
    assert "NDD" in str(caught.value)
