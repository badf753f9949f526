"""Running the example cases: each is decided, and what came is compared with what should come."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fhirpa.policies.case_days import day_of
from fhirpa.policies.case_request import context_of, received_day, request_of
from fhirpa.policies.cases import Case, CaseFile, Expected
from fhirpa.policies.rulebook import Rulebook
from fhirpa.um.decision import decide
from fhirpa.um.determination import CriterionResult, Decision, LineRecommendation
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus, EngineResult, QuantityUnit
from fhirpa.um.wording import note, number

_FREE = {EngineResult.NOT_REQUIRED: "not required", EngineResult.CONTACT_PAYER: "contact payer"}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case. `expected` and `came` are short sentences, one per line of the request."""

    case: Case
    expected: tuple[str, ...]
    came: tuple[str, ...]
    agrees: bool
    criteria: tuple[CriterionResult, ...]

    @property
    def passed(self) -> bool:
        """True if the answer is as expected; for a known difference, if it still differs."""
        return self.agrees == (self.case.known_difference is None)


def run_file(file: CaseFile, book: Rulebook) -> tuple[CaseResult, ...]:
    """Decide every case of a file, each under the rules of its day of receipt."""
    return tuple(_run_dated(file.policy, case, book) for case in file.cases)


def _run_dated(policy: str, case: Case, book: Rulebook) -> CaseResult:
    received = received_day(case.facts)
    rules = book.on(received)
    if policy not in rules.policies:
        came = f"{policy} is not in force on {received}, the day of receipt"
        return CaseResult(case, tuple(map(told, case.expected)), (came,), False, ())
    return run(case, rules)


def run(case: Case, rules: RuleSet) -> CaseResult:
    """Decide one case and compare."""
    request = request_of(case.facts)
    decision = decide(request, context_of(case.facts, request, rules), rules)
    received = received_day(case.facts)
    expected = case.expected
    if decision.errors:
        came = tuple(f"error {e.key}" for e in decision.errors)
        agrees = [tuple(x.names) for x in expected] == [(e.key,) for e in decision.errors]
        return CaseResult(case, tuple(map(told, expected)), came, agrees, ())
    if len(expected) == 1:
        expected *= len(decision.lines)
    agrees = len(expected) == len(decision.lines) and all(
        _agrees(e, line, decision, received, rules) for e, line in zip(expected, decision.lines, strict=True)
    )
    criteria = {c.criterion_id: c for line in decision.lines for c in line.criteria}
    came = tuple(map(_came, decision.lines))
    return CaseResult(case, tuple(map(told, expected)), came, agrees, tuple(criteria.values()))


def kinds(file: CaseFile) -> Counter[str]:
    """How many cases of a file show each kind of answer."""
    return Counter(kind for case in file.cases for kind in {e.outcome for e in case.expected})


def policies_without_cases(files: Iterable[CaseFile], policies: Iterable[str]) -> tuple[str, ...]:
    """Those of the policies beside which no case file lies."""
    have = {f.policy for f in files}
    return tuple(sorted(set(policies) - have))


def _agrees(
    expected: Expected, line: LineRecommendation, decision: Decision, received: date, rules: RuleSet
) -> bool:
    names = set(expected.names)
    match expected.outcome:
        case "ask":
            return line.result is EngineResult.PEND_INFORMATION and {x.key for x in line.information} == names
        case "review":
            return line.result is EngineResult.PEND_CLINICAL and _is_about(names, line)
        case "certified" | "block":
            whole = expected.outcome == "certified"
            wanted = EngineResult.CERTIFY if whole else EngineResult.CERTIFY_BLOCK
            return (
                line.result is wanted
                and names == set(line.reasons)
                and _amount_fits(expected, line, received)
                and all(_remark(key, rules) in decision.notes for key in expected.also_asked)
            )
    return _FREE.get(line.result) == expected.outcome


def _is_about(names: set[str], line: LineRecommendation) -> bool:
    """True if the reasons and criteria named are open, and no other criterion speaks for a clinician."""
    undecided = {c.criterion_id for c in line.criteria if c.status is not CriterionStatus.MET}
    against = {c.criterion_id for c in line.criteria if c.status is CriterionStatus.NOT_MET}
    if names & undecided and not against <= names:
        return False
    return names <= undecided | set(line.reasons)


def _amount_fits(expected: Expected, line: LineRecommendation, received: date) -> bool:
    share = line.certified
    if share is None or share.visits != expected.visits:
        return False
    if expected.units is not None and (
        share.unit is not QuantityUnit.UNITS or share.quantity != expected.units
    ):
        return False
    start, end = share.period.start, share.period.end
    if expected.starts is not None and start != day_of(expected.starts, received):
        return False
    length = (end - start).days + 1 if start and end else None
    return expected.days is None or length == expected.days


def _remark(key: str, rules: RuleSet) -> str:
    item = rules.information.get(key)
    return note(rules, "remark", text=item.text) if item else key


def told(expected: Expected) -> str:
    """An expectation in a few words."""
    names = ", ".join(expected.names)
    if expected.visits is None:
        return f"{expected.outcome} {names}".strip()
    units = f" ({number(expected.units)} units)" if expected.units is not None else ""
    days = f" in {expected.days} days" if expected.days is not None else ""
    starts = f" from {expected.starts}" if expected.starts else ""
    rest = f", rest: {names}" if names else ""
    return f"{expected.outcome} {number(expected.visits)}{units}{days}{starts}{rest}"


def _came(line: LineRecommendation) -> str:
    if line.result in _FREE:
        return _FREE[line.result]
    if line.result is EngineResult.PEND_INFORMATION:
        return "ask " + ", ".join(x.key for x in line.information)
    if line.result is EngineResult.PEND_CLINICAL:
        against = [c.criterion_id for c in line.criteria if c.status is CriterionStatus.NOT_MET]
        return "review " + ", ".join((*line.reasons, *against))
    share = line.certified
    assert share is not None  # certified in full or in part
    word = "certified" if line.result is EngineResult.CERTIFY else "block"
    units = (
        f" ({number(share.quantity)} units)" if share.unit is QuantityUnit.UNITS and share.quantity else ""
    )
    start, end = share.period.start, share.period.end
    days = f" in {(end - start).days + 1} days" if start and end else ""
    visits = "?" if share.visits is None else number(share.visits)
    rest = f", rest: {', '.join(line.reasons)}" if line.reasons else ""
    return f"{word} {visits}{units}{days}{rest}"
