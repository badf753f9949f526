"""Mangled input, in JSON and XML: a report or a documented refusal, soon, and in little memory.

3,000 inputs each day, 100,000 with `make check-deep`; the seeds are the numbers of the inputs.
"""

import resource
import time
from collections import Counter
from functools import cache
from random import Random
from typing import Any

import pytest

from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.outcome import FhirError
from fhirpa.fhir.tables import resource_types
from fhirpa.validation import Report, load_set
from tests.validation.mangle import garble, mangle
from tests.validation.mutation.score import alone
from tests.validation.mutation.specimens import Specimens
from tests.validation.sources import examples, fixtures, validator

Json = dict[str, Any]

MAX_SECONDS = 3.0  # of processor time for one input; a request bundle takes some milliseconds
MAX_GROWTH = 400_000  # kB of memory over the whole run


@cache
def subjects() -> list[tuple[str, Json]]:
    """Fixtures, the resources in them, a specimen of every type of R4, and the examples if they are there."""
    found = [(k.set, r) for k in fixtures() for r in alone(k.resource)]
    build = Specimens(load_set("pas-2.2.1")).of_type
    found += [("pas-2.2.1", build(name)) for name in sorted(resource_types())]
    found += [(k.set, k.resource) for k in examples()]
    return found


def one(number: int) -> str:
    """Input `number`: what came of it. Raises what is not documented."""
    random = Random(number)
    set_name, original = random.choice(subjects())
    mangled = mangle(original, random, random.choice((1, 1, 2, 4, 12)))
    if number % 8 == 0:
        return _over_the_wire(mangled, original, set_name, random)
    return _validate(mangled, set_name)


def _validate(mangled: Any, set_name: str) -> str:
    report = validator(set_name).validate(mangled)
    assert isinstance(report, Report)
    outcome = report.outcome()
    assert outcome["issue"]
    for issue in outcome["issue"]:
        assert issue["details"]["text"]
    return "valid" if report.is_valid else "not valid"


def _over_the_wire(mangled: Json, original: Json, set_name: str, random: Random) -> str:
    """As XML or JSON, sometimes with broken bytes: what cannot be read is refused with FhirError."""
    form = random.choice(("json", "xml"))
    try:
        body = encode(mangled, form)
    except (FhirError, ValueError, TypeError, KeyError):
        body = encode(original, form)
    if random.random() < 0.5:
        body = garble(body, random)
    try:
        decoded = decode(body, form)
    except FhirError:
        return "refused"
    return _validate(decoded, set_name)


@pytest.mark.parametrize(
    "count", [pytest.param(3_000, id="some"), pytest.param(100_000, id="many", marks=pytest.mark.deep)]
)
def test_whatever_comes_in_the_validator_answers_soon_and_in_little_memory(count: int) -> None:
    outcomes: Counter[str] = Counter()
    slow: list[tuple[float, int]] = []
    raised: dict[str, int] = {}
    for number in range(200):
        one(number)  # what is compiled and kept is not counted
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.thread_time()
    for number in range(count):
        begun = time.thread_time()
        try:
            outcomes[one(number)] += 1
        except Exception as error:  # all of them are to be seen, not only the first
            raised.setdefault(f"{type(error).__name__}: {error}", number)
        if (took := time.thread_time() - begun) > MAX_SECONDS:
            slow.append((took, number))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"\n{dict(outcomes)}, {time.thread_time() - started:.0f} s, {grown / 1000:.0f} MB more")
    assert raised == {}
    assert slow == []
    assert grown < MAX_GROWTH
    assert min(outcomes[o] for o in ("valid", "not valid", "refused")) > count / 200
