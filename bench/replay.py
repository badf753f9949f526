"""What keeping and replaying decisions costs: `python -m bench.replay [--decisions 2000] [--submits 150]`.

Replays decisions with one and with two processes (decisions per second, peak memory), tells the bytes that a
decision takes, and the CPU time of a submit with and without what is kept, in turn. Nothing is asserted.
"""

import argparse
import resource
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from fhirpa.config import Settings
from fhirpa.fhir.codec import decode, encode
from fhirpa.store import DecisionFilter, KeptDecision, NewDecision, NewEvent, Submission
from fhirpa.store.codec import unpack
from fhirpa.testkit.fresh import fresh, new_token
from fhirpa.um.case import Case
from fhirpa.um.determination import Decision
from fhirpa.um.replay import DecisionInput
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import ActorRole
from fhirpa.workflow import submit
from fhirpa.workflow.ports import Incoming
from fhirpa.workflow.replay import read_record, try_rules
from fhirpa.workflow.services import Services

ALL_TIME = DecisionFilter(datetime(2020, 1, 1, tzinfo=UTC))
FIXTURES = Path("fixtures/2.2.1/json")
TYPICAL = FIXTURES / "lbp-initial.json"


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--decisions", type=int, default=2000)
    parser.add_argument("--submits", type=int, default=150)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        services = Services.open(Settings(database_url=f"sqlite:///{folder}/bench.db"))
        kept = decided(services)
        sizes(kept)
        copy(services, kept, arguments.decisions)
        for processes in (1, 2):
            measure(services, processes)
        services.close()
    with tempfile.TemporaryDirectory() as folder:
        services = Services.open(Settings(database_url=f"sqlite:///{folder}/bench.db"))
        cost(services, arguments.submits)
        services.close()


def decided(services: Services) -> list[KeptDecision]:
    """Every request of the fixtures that opens a case, decided once."""
    for path in sorted(FIXTURES.glob("*.json")):
        post(services, path.read_bytes())
    with services.store.read() as unit:
        return list(unit.stream_decisions(ALL_TIME))


def sizes(kept: list[KeptDecision]) -> None:
    """Bytes of a decision, as text and as it is kept; of the rules, once per version."""
    text, packed = [len(unpack(x.content)) for x in kept], [len(x.content) for x in kept]
    means = statistics.mean(text), statistics.mean(packed)
    print(f"{len(kept)} decisions: {means[0]:.0f} bytes of text, kept as {means[1]:.0f}")


def copy(services: Services, kept: list[KeptDecision], wanted: int) -> None:
    """Fill the store up with cases that were decided alike."""
    with services.store.read() as unit:
        cases = [unit.load_case(x.case_id) for x in kept]
    pairs = cycle(zip(kept, cases, strict=True))
    numbered = enumerate(islice(pairs, max(wanted - len(kept), 0)))
    while batch := list(islice(numbered, 500)):
        with services.store.write() as unit:
            for number, (decision, case) in batch:
                bare = replace(case, case_id=f"b{number}", case_number=f"B{number}", lines=(), draws=())
                event = NewEvent(
                    "decided",
                    decision.decided_at,
                    ActorRole.ENGINE,
                    case.rules_version,
                    {},
                    NewDecision(read_record(decision), services.rules.source),
                )
                named = case.request.bundle_identifier
                sent = Submission("bench", named, f"{number:064d}", decision.decided_at, f"x{number}")
                unit.save_case(bare, sent, [event])


def measure(services: Services, processes: int) -> None:
    """Decide all of them again."""
    start = time.perf_counter()
    total = try_rules(services, services.rules, ALL_TIME, processes=processes)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(
        f"{processes} process(es): {total.decisions} decisions in {seconds:.1f} s, "
        f"{total.decisions / seconds:.0f} a second, {total.same} the same; "
        f"peak {peak} MiB, a worker {theirs} MiB"
    )


def cost(services: Services, count: int) -> None:
    """Submits with and without what is kept, in turn, so that both have the same weather."""
    bundle = decode(TYPICAL.read_bytes(), "json")
    keeping = submit.decided_event

    def bare(case: Case, taken: DecisionInput, decision: Decision, rules: RuleSet) -> NewEvent:
        return replace(keeping(case, taken, decision, rules), decision=None)

    times: dict[str, list[float]] = {"without": [], "with": []}
    for turn in range(2 * count + 20):
        name = ("without", "with")[turn % 2]
        submit.decided_event = bare if name == "without" else keeping
        body = encode(fresh(bundle, new_token()), "json")
        start = time.process_time()
        post(services, body)
        if turn >= 20:
            times[name].append(1000 * (time.process_time() - start))
    submit.decided_event = keeping
    without, kept = (statistics.median(x) for x in times.values())
    more = 100 * (kept / without - 1)
    print(f"CPU of a submit: {without:.2f} ms without, {kept:.2f} ms with what is kept ({more:+.1f} %)")


def post(services: Services, body: bytes) -> None:
    """Submit in process."""
    submit.submit(services, Incoming(body, "json", "2.2.1", None, services.clock.now()))


if __name__ == "__main__":
    main()
