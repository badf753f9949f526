"""Second opinion: HL7's own FHIR validator over JSON files against the PAS profiles, without network.

Slow to start (the definitions take about half a minute), so give it many files at once. Needs Java 17, and
Maven once to fetch the jars into build/official. Exit status: 0 no errors, 1 errors, 2 could not run.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.official.messages import Message, load_rules, read_message, remaining_errors
from tests.official.prepare import HERE, HOME, JARS, NotReady, prepare
from tests.official.report import print_file, print_groups
from tests.official.subjects import Subject, read_subjects

Results = dict[str, list[Message]]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    subjects = [s for path in _files(options.paths, options.skip) for s in read_subjects(path, options.kind)]
    if not subjects:
        print("nothing to validate", file=sys.stderr)
        return 2
    try:
        packages = prepare(options.packages, options.guide)
        results = validate(subjects, packages, options.timeout)
    except (NotReady, subprocess.SubprocessError) as error:
        print(f"the official validator could not run: {error}", file=sys.stderr)
        return 2
    rules = () if options.all else load_rules(options.guide)
    errors = {label: remaining_errors(messages, rules) for label, messages in results.items()}
    for label, messages in results.items():
        print_file(label, errors[label], messages if options.warnings else ())
    print_groups(errors)
    return 1 if any(errors.values()) else 0


def validate(subjects: Sequence[Subject], packages: list[str], timeout: int) -> Results:
    """Run the validator once over all subjects; answer its messages per label.

    Raises subprocess.SubprocessError when Java fails or takes longer than ``timeout`` seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        resources = []
        for index, subject in enumerate(subjects):
            file = subject.file
            if file is None:
                file = work / f"{index}.json"
                file.write_text(json.dumps(subject.resource))
            resources.append({"label": subject.label, "file": str(file), "profile": subject.profile})
        job, out = work / "job", work / "out"
        job.write_text(json.dumps({"packages": packages, "resources": resources}))
        command = ["java", "-Xmx3g", f"-Duser.home={HOME}", "-cp", f"{JARS}/*", str(HERE / "Validate.java")]
        subprocess.run([*command, str(job), str(out)], check=True, timeout=timeout, stdout=subprocess.DEVNULL)
        answers = [json.loads(line) for line in out.read_text().splitlines()]
    return {answer["label"]: [read_message(row) for row in answer["messages"]] for answer in answers}


def _files(paths: Iterable[Path], skip: Sequence[str]) -> Iterable[Path]:
    for path in paths:
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            if not any(fnmatch.fnmatch(file.name, pattern) for pattern in skip):
                yield file


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE|DIR")
    parser.add_argument(
        "--packages", type=Path, required=True, help="folder of official packages (name#version.tgz)"
    )
    parser.add_argument("--guide", choices=("2.0.1", "2.2.1"), required=True)
    parser.add_argument(
        "--kind", choices=("auto", "submit", "inquiry"), default="auto", help="profile of the Bundles"
    )
    parser.add_argument("--skip", action="append", default=[], metavar="GLOB", help="file names to leave out")
    parser.add_argument("--warnings", action="store_true", help="print warnings and information too")
    parser.add_argument("--all", action="store_true", help="tolerate nothing: ignore suppressions.toml")
    parser.add_argument("--timeout", type=int, default=1800, metavar="SECONDS")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
