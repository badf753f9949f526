"""Time of validation: `.venv/bin/python -m bench.validate`. CPU time of one thread, per fixture and guide.

Prints the first validation (tables read, profiles compiled), then median and 99th percentile when warm.
"""

import time
from pathlib import Path
from statistics import median, quantiles

from fhirpa.fhir.json_codec import parse_json
from fhirpa.validation import Validator, load_set

ROOT = Path(__file__).parents[1]
FILES = ("lbp-initial", "lbp-20-visits", "stroke-pt-and-ot", "tka-several-codes")
RUNS = 100


def main() -> None:
    """Measure the fixtures in both guide versions."""
    for version in ("2.2.1", "2.0.1"):
        started = time.thread_time()
        validator = Validator(load_set(f"pas-{version}"))
        for name in FILES:
            body = (ROOT / "fixtures" / version / "json" / f"{name}.json").read_bytes()
            resource = parse_json(body)
            report = validator.validate(resource)
            first = (time.thread_time() - started) * 1000
            times = []
            for _ in range(RUNS):
                started = time.thread_time()
                validator.validate(resource)
                times.append((time.thread_time() - started) * 1000)
            print(
                f"{version} {name:20} {len(body) / 1000:5.1f} kB, valid {report.is_valid}: "
                f"first {first:6.1f} ms, p50 {median(times):5.2f} ms, "
                f"p99 {quantiles(times, n=100)[98]:5.2f} ms"
            )
            started = time.thread_time()


if __name__ == "__main__":
    main()
