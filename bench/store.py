"""What one submit costs in the store: save_case and save_exchange in one transaction, as submit does.

    python -m bench.store [--seconds 5] [--postgres URL]

The case has three lines, eight criteria each, evidence, four events and two outbox rows; the exchange is
14 KB in and 14 KB out. Prints transactions per second and percentiles; nothing is asserted. PostgreSQL is
measured where FHIRPA_TEST_POSTGRES or --postgres names an empty database of the bench's own.
"""

import argparse
import os
import statistics
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import msgspec

from fhirpa.config import Settings
from fhirpa.store import Exchange, NewEvent, Store, Submission
from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.context import Enrolment
from fhirpa.um.determination import BenefitDraw, CertifiedService, CriterionResult
from fhirpa.um.evidence import Diagnosis, Evidence, Goal, MeasureScore, PlanOfCare, Source
from fhirpa.um.request import (
    AuthorizationRequest,
    CoverageSent,
    ExternalId,
    Party,
    Person,
    Service,
    ServiceLine,
    Span,
)
from fhirpa.um.terms import (
    ActorRole,
    CodeKind,
    CriterionStatus,
    Discipline,
    LineOfBusiness,
    LineState,
    QuantityUnit,
)

THREADS = 4
_BODY_BYTES = 14_000
_CLOCK = time.perf_counter
_NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
_DAY = date(2026, 12, 1)
_PERIOD = Span(_DAY, date(2027, 1, 12))
_NUMBERS = count(1)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--postgres", default=os.environ.get("FHIRPA_TEST_POSTGRES"))
    arguments = parser.parse_args()
    measure_compression()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        measure("SQLite", f"sqlite:///{folder}/bench.db", arguments.seconds)
    if arguments.postgres:
        measure("PostgreSQL", arguments.postgres, arguments.seconds)


def measure(name: str, url: str, seconds: float) -> None:
    """Opening, one writer, then several."""
    Store.open(Settings(database_url=url, threads=THREADS)).close()
    start = _CLOCK()
    store = Store.open(Settings(database_url=url, threads=THREADS))
    print(f"{name}: opened in {1000 * (_CLOCK() - start):.0f} ms")
    for threads in (1, THREADS):
        with ThreadPoolExecutor(threads) as pool:
            runs = list(pool.map(_until, [_CLOCK() + seconds] * threads, [store] * threads))
        times = sorted(x for run in runs for x in run)
        p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
        print(
            f"{name}: {threads} thread(s) {len(times) / seconds:6.0f} tx/s"
            f"  p50 {1000 * p50:5.2f} ms  p99 {1000 * p99:5.2f} ms"
        )
    store.close()


def _until(end: float, store: Store) -> list[float]:
    times = []
    while (start := _CLOCK()) < end:
        submit(store, next(_NUMBERS) + os.getpid() * 10_000_000)
        times.append(_CLOCK() - start)
    return times


def submit(store: Store, number: int) -> None:
    """The transaction of a submit: what it reads, and all it writes. One member in ten comes again."""
    member = f"m{number // 10}"
    case = make_case(number, member)
    submission = Submission(
        "clinic", case.request.bundle_identifier, f"{number:064d}", case.received_at, f"x{number}"
    )
    with store.write() as unit:
        if unit.find_submission(submission) is not None:
            return
        unit.lock_member(member)
        if not unit.find_enrolments([member], None):
            unit.enrol(Enrolment(member, member, "SANDBOX-COM", Span(_DAY, None)))
        unit.find_providers(["1234567893", "1245319599"])
        unit.prior_lines(member)
        unit.benefit_use(member)
        unit.number_taken(case.case_number)
        unit.save_case(case, submission, _events(case))
        for audience in ("provider", "member"):
            unit.enqueue("notice", topic=audience, case_id=case.case_id, payload={}, at=case.received_at)
        unit.save_exchange(_exchange(number, case))


def _events(case: Case) -> list[NewEvent]:
    criteria = [msgspec.to_builtins(x) for x in case.lines[0].criteria]
    body = {"state": "certified", "criteria": criteria}
    first = NewEvent("received", case.received_at, ActorRole.PROVIDER, None, {"lines": len(case.lines)})
    return [
        first,
        *(NewEvent("line-opened", case.updated_at, ActorRole.ENGINE, None, body) for _ in case.lines),
    ]


def _exchange(number: int, case: Case) -> Exchange:
    return Exchange(
        exchange_id=f"x{number}",
        received_at=_NOW,
        finished_at=_NOW,
        guide_version="2.2.1",
        operation="submit",
        client=None,
        status=200,
        media="json",
        request=_body(case),
        response=_body(case),
        case_id=case.case_id,
    )


def _body(case: Case) -> bytes:
    """JSON of about the size of a request bundle, as repetitive as one."""
    text = msgspec.json.format(msgspec.json.encode(case), indent=1)
    return (text * (1 + _BODY_BYTES // len(text)))[:_BODY_BYTES]


def measure_compression() -> None:
    """Time and size of zlib levels on one body."""
    body = _body(make_case(0, "m"))
    for level in (1, 3, 6):
        start = _CLOCK()
        for _ in range(200):
            packed = zlib.compress(body, level)
        print(f"zlib level {level}: {(_CLOCK() - start) * 5:.2f} ms  {len(packed)} of {len(body)} bytes")


# --- a case of ordinary size ---------------------------------------------------------------------------


def make_case(number: int, member: str) -> Case:
    """Three lines with eight criteria each, and the evidence of a plan of care."""
    lines = tuple(_line(number, x) for x in (1, 2, 3))
    return Case(
        case_id=f"case-{number}",
        case_number=f"C{number}",
        request=_request(number, member, lines),
        lines=lines,
        received_at=_NOW,
        updated_at=_NOW,
        member_key=member,
        plan_code="SANDBOX-COM",
        line_of_business=LineOfBusiness.COM,
        rules_version="2026.1",
        draws=(BenefitDraw("PT", 2026, Decimal(8), 1), BenefitDraw("PT", 2027, Decimal(4), 1)),
    )


def _line(number: int, sequence: int) -> CaseLine:
    service = Service(CodeKind.PROCEDURE, "97110", "http://www.ama-assn.org/go/cpt", "exercise")
    certified = CertifiedService(service, Decimal(12), QuantityUnit.VISITS, Decimal(12), _PERIOD, ("GP",))
    source = Source("QuestionnaireResponse", "Bundle.entry[7].resource.item[2].answer[0]", _DAY)
    criteria = tuple(
        CriterionResult(
            criterion_id=f"LBP-{x}",
            status=CriterionStatus.MET,
            question="Is there a plan of care with measurable goals, signed by the therapist?",
            citation="42 CFR 424.24(c)",
            facts=("plan of care of 2026-11-20", "two goals"),
            sources=(source,),
        )
        for x in range(8)
    )
    return CaseLine(
        line=ServiceLine(
            sequence=sequence,
            service=service,
            modifiers=("GP",),
            place_of_service="11",
            quantity=Decimal(12),
            unit=QuantityUnit.VISITS,
            period=_PERIOD,
            diagnoses=("M545",),
            rendering=Party(npi="1245319599", name="Therapist"),
            trace_numbers=(ExternalId("urn:sender", f"trace-{number}-{sequence}"),),
        ),
        state=LineState.CERTIFIED,
        discipline=Discipline.PT,
        policy_id="LBP",
        diagnosis_group="lbp",
        authorization=Authorization(f"A{number}", certified, _NOW),
        notes=("Certified as asked.",),
        criteria=criteria,
    )


def _request(number: int, member: str, lines: tuple[CaseLine, ...]) -> AuthorizationRequest:
    source = Source("Condition", "Bundle.entry[4].resource", _DAY)
    goals = tuple(Goal(f"walk {x} minutes", "5 minutes", "30 minutes", _DAY) for x in range(4))
    return AuthorizationRequest(
        bundle_identifier=ExternalId("urn:sender", f"bundle-{number}"),
        trace_numbers=(ExternalId("urn:sender", f"claim-{number}"),),
        created=_NOW,
        requester=Party(npi="1234567893", name="Clinic", taxonomies=("225100000X",)),
        insurer=Party(name="Payer"),
        patient=Person(member_id=member, family="Sample", given=("Anna",), birth_date=date(1980, 2, 3)),
        subscriber=None,
        coverage=CoverageSent(member_id=member, plan_code="SANDBOX-COM"),
        lines=tuple(x.line for x in lines),
        diagnoses=("M545", "M5416"),
        evidence=Evidence(
            diagnoses=(Diagnosis("M545", source), Diagnosis("M5416", source)),
            plans_of_care=(PlanOfCare(source, _DAY, _DAY, None, Decimal(2), Decimal(6), goals),),
            measures=(MeasureScore("ODI", Decimal("42.0"), source, _DAY),),
        ),
    )


if __name__ == "__main__":
    main()
