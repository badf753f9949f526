"""The numbers of every policy, held against the specification's table of policies (domain §8.2), row by row.

A row: first blocks, further blocks (visits/weeks/units a visit), the visits after which a clinician looks
(where the row names them), criteria, cuts, and the education text. A number changed in a file alone fails.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.criterion import ImpairmentCut
from fhirpa.um.rules import Block
from fhirpa.um.terms import LineOfBusiness

RULES = load_rules()
_BACK = "C04 C05 C07 C08 C09 C14"


@dataclass(frozen=True, slots=True)
class Row:
    policies: str
    first: str
    further: str
    criteria: str
    cuts: str = ""
    total: int | None = None
    education: str = ""


ROWS = (
    Row("LBP", "8/6/4", "6/4/4", _BACK, "ODI>=20 RMDQ>=4 PSFS<=7", 20, "E-LBP"),
    Row("NECK", "8/6/4", "6/4/4", _BACK, "NDI>=10 PSFS<=7", None, "E-NECK"),
    Row(
        "SHOULDER",
        "12/12/4[M750] 10/8/4",
        "8/8/4",
        _BACK,
        "SPADI>=20 QUICKDASH>=20 ROM:side20",
        None,
        "E-SH",
    ),
    Row("OA", "8/8/4", "6/6/4", _BACK, "LEFS<=65 KOOS<=80 HOOS<=80 TUG>=12", 14, "E-OA"),
    Row("KNEE HIP ANKLE", "8/6/4", "6/4/4", _BACK, "LEFS<=65 PSFS<=7", None, "E-LE"),
    Row("POSTOP-TKA", "16/8/4", "8/6/4", "C04 C05 C17", "ROM TUG LEFS", 30, "E-TKA"),
    Row("POSTOP-THA", "10/8/4", "6/6/4", "C04 C05 C17", "ROM TUG LEFS", 20, "E-THA"),
    Row("POSTOP-ACL", "16/12/4", "12/12/4#1 8/12/4", "C17", "", 40, "E-ACL"),
    Row("POSTOP-RC POSTOP-SH", "12/12/4", "12/8/4", "C17", "", 30, "E-RC"),
    Row("POSTOP-FX", "10/8/4", "8/6/4", "ONSET", "ROM GRIP LEFS QUICKDASH", 24, "E-FX"),
    Row("HAND", "12/8/4", "8/6/4", "C04 C05 C07", "QUICKDASH>=20 GRIP:share0.75 ROM:side10", 30, "E-HAND"),
    Row(
        "NEURO-STROKE NEURO-TBI NEURO-SCI",
        "24/8/4<183 12/8/4",
        "16/8/4<183 8/8/4",
        "C04 C05 C07 C08 C13 ONSET",
        "BBS<=51 10MWT<=0.99 FMA-UE<=59 FIM<=125 AM-PAC",
        60,
        "E-NEURO",
    ),
    Row(
        "PD",
        "16/4/4* 12/8/4",
        "8/8/4",
        "C04 C05 C07 C08",
        "TUG>=11.5 MINI-BESTEST<=22 BBS<=51 5XSTS>=16",
        None,
        "E-PD",
    ),
    Row(
        "MS",
        "16/4/4* 12/8/4",
        "8/8/4",
        "C04 C05 C07 C08",
        "TUG>=11.5 MINI-BESTEST<=22 BBS<=51 5XSTS>=16",
        None,
        "E-MS",
    ),
    Row("VEST", "3/4/2[H811] 8/8/4", "4/6/4", "C04 C05 C07 C14", "DHI>=16 FGA<=25", None, "E-VEST"),
    Row("LYMPH", "15/4/6!", "10/4/6!#1 2/26/4", "C04 C05 C07", "LIMB-VOLUME>=10", None, "E-LYM"),
    Row("GERI", "10/8/4", "6/6/4", "C04 C05 C07 C08", "TUG>=12 5XSTS>=15 BBS<=49", None, "E-FALL"),
    Row("AMP", "16/8/4", "12/8/4", "C04 C05 C17", "", None, "E-AMP"),
    Row("BURN", "16/8/4", "12/8/4", "C04 C05 C17", "", None, "E-BURN"),
    Row("PELVIC", "8/10/4", "4/8/4", "C04 C05 C07", "PFDI-20 ICIQ-UI", None, "E-PF"),
    Row("PAIN", "8/8/4", "6/8/4", "C04 C05 C07 C15", "PSFS<=7 ODI>=1 NPRS>=1", None, "E-PAIN"),
    Row("PED-TORT", "10/10/4", "8/10/4", "C04 C05 C07", "ROM:side5", None, "E-TORT"),
    Row("PED-DEV", "24/26/4(CHIP,MCD) 12/12/4", "", "C04 C05 C22 C23 FREQUENCY", "", None, "E-PED"),
    Row("PED-CHRONIC", "52/26/4", "52/26/4", "C18 C04 FREQUENCY", "", None, "E-PED2"),
    Row("HOME", "", "", "HOME-REASON HOME-FREQUENCY", "", None, "E-HOME"),
    Row("RECERT", "", "", "C05 C18 C19 C20", "", None, "E-REC"),
    Row(
        "MAINT",
        "2/4/4(MA,MCD)",
        "6/26/4(MA,MCD)",
        "MAINT-REASON MAINT-CAREGIVER FREQUENCY",
        "",
        None,
        "E-MAINT",
    ),
    Row("EVAL", "", "", "", "", None, "E-01"),
    Row("FAMILY-OTHER", "", "", "C04 C05", "", None, "E-GEN"),
)
CASES = [(policy, row) for row in ROWS for policy in row.policies.split()]


@pytest.mark.parametrize(("policy", "row"), CASES, ids=[p for p, _ in CASES])
def test_a_policy_has_the_numbers_of_its_row(policy: str, row: Row) -> None:
    loaded = RULES.policies[policy]
    assert blocks(loaded.first) == row.first
    assert blocks(loaded.further) == row.further
    assert {c.id for c in loaded.criteria} >= {"C02", *row.criteria.split()} - (
        {"C02"} if not row.first else set()
    )
    assert set(row.cuts.split()) <= {cut(c) for c in loaded.impairment if not c.diagnoses}
    assert row.total is None or loaded.total == row.total
    assert loaded.education == row.education


def test_every_policy_has_a_row() -> None:
    assert {p for p, _ in CASES} == set(RULES.policies)


@pytest.mark.parametrize("policy", ["POSTOP-TKA", "POSTOP-THA"])
def test_an_episode_without_a_total_of_its_own_ends_with_the_rows_blocks(policy: str) -> None:
    loaded = RULES.policies[policy]
    assert loaded.total is not None
    assert loaded.total >= loaded.first[0].visits + loaded.further[0].visits


def test_every_policy_with_blocks_stops_somewhere_except_for_what_goes_on() -> None:
    endless = {p.id for p in RULES.policies.values() if p.first and p.total is None}
    assert endless == {"PED-DEV", "PED-CHRONIC", "MAINT"}


def test_every_text_that_a_policy_names_is_there_in_both_languages() -> None:
    named = {p.education for p in RULES.policies.values()} - {None}
    assert named <= RULES.education.keys()
    for_members = named - {"E-01", "E-REC", "E-GEN"}  # these are about the next request
    assert all(for_members <= RULES.member_texts[language].tips.keys() for language in ("en", "es"))


def blocks(found: Iterable[Block]) -> str:
    return " ".join(map(block, found))


def block(item: Block) -> str:
    """'12/8/4', with [diagnoses], <days since onset, (lines of business) and #number.

    ! marks a unit exception, * an intensive block.
    """
    text = f"{item.visits}/{item.weeks}/{item.units_per_visit}"
    text += ("!" if item.unit_exception else "") + ("*" if item.intensive else "")
    text += f"[{','.join(item.diagnoses)}]" if item.diagnoses else ""
    text += f"<{item.onset_within_days}" if item.onset_within_days is not None else ""
    lines: Iterable[LineOfBusiness] = item.lines_of_business
    text += f"({','.join(sorted(lines))})" if lines else ""
    return text + (f"#{item.number}" if item.number else "")


def cut(item: ImpairmentCut) -> str:
    signs: tuple[tuple[str, Decimal | None], ...] = (
        (">=", item.at_least),
        ("<=", item.at_most),
        (":side", item.below_other_side),
        (":share", item.share_of_other_side),
    )
    return f"{item.measure}" + "".join(f"{sign}{value}" for sign, value in signs if value is not None)
