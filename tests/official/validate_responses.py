"""Our responses through the official HL7 validator: a second opinion outside the normal test run.

    python -m tests.official.validate_responses [WORK_FOLDER]

Needs Java 17, Maven (for the validator's jars) and the official packages in ../shared/packages (or
$FHIRPA_SHARED/packages). No terminology server. Prints each error that is not a known defect of the
guide and exits with 1 if there is one. Takes about two minutes per version.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

from fhirpa.pas.inquiry_write import write_inquiry_response
from fhirpa.pas.versions import VERSIONS, PasVersion
from fhirpa.pas.write import write_error_response, write_response
from fhirpa.um.determination import BusinessError
from fhirpa.um.terms import LineState
from tests.official.package_cache import build
from tests.pas.case_builder import NOW, PLAN_OF_CARE, QUESTIONS, case_of, ids, in_state, sent
from tests.pas.request_builder import graph

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("FHIRPA_SHARED", HERE.parents[2] / "shared"))
GUIDES = {
    "2.0.1": ("hl7.fhir.us.core#3.1.1", "hl7.fhir.us.davinci-pas#2.0.1"),
    "2.2.1": ("hl7.fhir.us.core#6.1.0", "hl7.fhir.us.core#7.0.0", "hl7.fhir.us.davinci-pas#2.2.1"),
}
BASE_PACKAGES = (
    "hl7.terminology#7.0.1",
    "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1",
    "hl7.fhir.us.davinci-hrex#1.0.0",
)
# Published contexts that exclude where the published profiles demand the extension.
KNOWN_DEFECTS = (
    re.compile(r"extension-administrationReferenceNumber is not allowed to be used at this point"),
    re.compile(r"extension-itemAuthorizedProvider is not allowed to be used at this point"),
)


def main() -> int:
    """Write, validate, report."""
    work = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="fhirpa-official-"))
    build(SHARED / "packages", work)
    classes = _classpath(work)
    faults = 0
    for version in VERSIONS.values():
        files = _write(version, work / version.label)
        found = Counter(_errors(_validate(work, classes, version, files)))
        for error, times in found.items():
            known = any(defect.search(error) for defect in KNOWN_DEFECTS)
            faults += not known
            print(f"{version.label} {'known defect' if known else 'ERROR'} x{times}: {error}")
        print(f"{version.label}: {len(files)} responses validated")
    return 1 if faults else 0


def _classpath(work: Path) -> str:
    target = work / "classpath.txt"
    if not target.exists():
        command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:build-classpath"]
        subprocess.run([*command, f"-Dmdep.outputFile={target}"], check=True)
    return target.read_text()


def _write(version: PasVersion, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    body = sent()
    more: dict[str, Any] = {
        "now": NOW,
        "new_id": ids(),
        "reason_codes": {},
        "payer_url": "https://payer.example/fhir",
    }
    found = {}
    for state, block in product(LineState, (False, True)):
        case = case_of(body, in_state(state, block=block, information=(PLAN_OF_CARE, QUESTIONS)))
        name = f"{state}-{'block' if block else 'plain'}"
        found[name] = write_response(case, graph(body), version, **more)
        if block:
            continue
        found[f"{name}-without-request"] = write_response(case, None, version, **more)
        found[f"{name}-inquiry"] = write_inquiry_response([(case, graph(body))], graph(body), version, **more)
    found["no-match"] = write_inquiry_response([], graph(body), version, **more)
    error = BusinessError(
        "75", "C", "The member is not known.", "2010C-NM109", "Bundle.entry[4].resource", "k"
    )
    found["error"] = write_error_response((error,), graph(body), version, now=NOW, new_id=ids())
    paths = []
    for name, resource in found.items():
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(resource, default=_number))
    return paths


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _validate(work: Path, classes: str, version: PasVersion, files: list[Path]) -> str:
    packages = [word for p in (*BASE_PACKAGES, *GUIDES[version.label]) for word in ("-ig", p)]
    command = [
        "java",
        "-Xmx4g",
        f"-Duser.home={work}",
        "-cp",
        classes,
        "org.hl7.fhir.validation.ValidatorCli",
    ]
    options = ["-version", "4.0.1", "-tx", "n/a", *packages]
    done = subprocess.run([*command, *map(str, files), *options], capture_output=True, text=True, check=False)
    if "Validat" not in done.stdout:
        raise RuntimeError(f"the validator did not start: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _errors(output: str) -> list[str]:
    """Errors without the ids and columns that differ from file to file."""
    lines = re.findall(r"^\s+(?:Error|Fatal) @ (.*)$", output, re.MULTILINE)
    return [re.sub(r"/\*[^*]*\*/|\(line \d+, col ?\d+\)", "", line) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
