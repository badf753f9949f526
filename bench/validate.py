"""Time of validation: `.venv/bin/python -m bench.validate [--profile]`. CPU time of one thread, all rules on.

Per guide: the first validation (tables read, profiles compiled), then median and 99th percentile when warm,
for some fixtures and, where ../shared (or FHIRPA_SHARED) has the packages, for the guide's own example
requests. Then a Bundle that doubles up to 20 MB. `--profile` prints in which part the time goes.
"""

import gc
import json
import os
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.phases import shares
from fhirpa.fhir.json_codec import parse_json
from fhirpa.validation import Validator, load_set

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("FHIRPA_SHARED", ROOT.parent / "shared"))
VERSIONS = ("2.2.1", "2.0.1")
FILES = ("lbp-initial", "lbp-20-visits", "stroke-pt-and-ot", "tka-several-codes")
EXAMPLES = 4  # the largest request Bundles of a guide
RUNS = 100
LARGEST = 20_000_000  # bytes
STEPS = 5  # doublings up to the largest


def fixtures(version: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of the fixtures."""
    for name in FILES:
        yield name, (ROOT / "fixtures" / version / "json" / f"{name}.json").read_bytes()


def examples(version: str) -> list[tuple[str, bytes]]:
    """Name and content of the largest request Bundles among the guide's examples; [] without packages."""
    package = SHARED / "packages" / f"hl7.fhir.us.davinci-pas#{version}.tgz"
    if not package.exists():
        return []
    found: list[tuple[str, bytes]] = []
    with tarfile.open(package) as archive:
        for member in archive:
            name = Path(member.name).stem
            content = archive.extractfile(member) if "/example/Bundle" in member.name else None
            if content is not None and "Request" in name:
                found.append((name.removeprefix("Bundle-"), content.read()))
    return sorted(found, key=lambda f: len(f[1]), reverse=True)[:EXAMPLES]


def measure(validator: Validator, name: str, body: bytes, started: float) -> None:
    """Print one line; `started` is when all that the first validation pays for began."""
    resource = parse_json(body)
    report = validator.validate(resource)
    first = milliseconds(started)
    gc.collect()
    gc.freeze()  # as the server does: what is compiled is not looked through for garbage again
    times = sorted(timed(validator, resource) for _ in range(RUNS))
    print(
        f"{name[:34]:34} {len(body) / 1000:5.1f} kB, {len(resource['entry']):2} resources, "
        f"valid {report.is_valid}: first {first:6.1f} ms, p50 {median(times):5.2f} ms, "
        f"p99 {quantiles(times, n=100)[98]:5.2f} ms, least {times[0]:5.2f} ms"
    )


def timed(validator: Validator, resource: Any) -> float:
    """Milliseconds for one validation."""
    started = time.thread_time()
    validator.validate(resource)
    return milliseconds(started)


def milliseconds(started: float) -> float:
    """Milliseconds of this thread since then."""
    return (time.thread_time() - started) * 1000


def large_bundle(size: int) -> dict[str, Any]:
    """A collection of about so many bytes: a fixture's entries again and again, each time with own ids."""
    entries = json.loads(dict(fixtures("2.2.1"))["lbp-initial"])["entry"]
    ids = sorted({e["resource"]["id"] for e in entries}, key=len, reverse=True)
    whole: list[Any] = []
    for copy in range(size // len(compact(entries))):
        own = compact(entries)
        for identifier in ids:
            own = own.replace(f"/{identifier}", f"/{identifier}-{copy}")
            own = own.replace(f'"id":"{identifier}"', f'"id":"{identifier}-{copy}"')
        whole += json.loads(own)
    return {"resourceType": "Bundle", "type": "collection", "entry": whole}


def compact(value: Any) -> str:
    """JSON without white space."""
    return json.dumps(value, separators=(",", ":"))


def print_growth(validator: Validator) -> None:
    """Print time by size."""
    for step in range(STEPS):
        bundle = large_bundle(LARGEST >> (STEPS - 1 - step))
        size, count = len(compact(bundle)) / 1e6, len(bundle["entry"])
        needed = timed(validator, bundle)
        print(f"{size:6.2f} MB, {count:6} resources: {needed:8.0f} ms, {needed / size:6.1f} ms/MB")


def print_shares(validator: Validator, version: str) -> None:
    """Print in which part of the validator the time goes."""
    bundles = [parse_json(body) for _, body in fixtures(version)]
    for phase, share in shares(lambda: [validator.validate(b) for b in bundles]):
        print(f"  {share:6.1%} {phase}")


def main() -> None:
    """Measure both guide versions."""
    for version in VERSIONS:
        print(f"PAS {version}")
        started = time.thread_time()
        validator = Validator(load_set(f"pas-{version}"))
        for name, body in (*fixtures(version), *examples(version)):
            measure(validator, name, body, started)
            started = time.thread_time()
        if "--profile" in sys.argv[1:]:
            print_shares(validator, version)
    print("Growth")
    print_growth(Validator(load_set("pas-2.2.1")))


if __name__ == "__main__":
    main()
