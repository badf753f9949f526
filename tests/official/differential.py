"""The differential: both validators over the same resources, error for error.

    python -m tests.official.differential --packages ../shared/packages --payloads ../shared/pas/payloads

Exit status: 0 all agreed or explained, 1 not, 2 could not run. What the official validator said is kept: a
second run needs no Java.
"""

from __future__ import annotations

import argparse
import fnmatch
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.official import cases, engine, samples
from tests.official.cases import Case
from tests.official.explain import load_explanations
from tests.official.messages import load_rules
from tests.official.mutate import mutants
from tests.official.mutations_value import NARRATIVE_MUTATIONS
from tests.official.prepare import BUILD, NotReady, prepare
from tests.official.scope import stand_ins, unknown_profiles
from tests.official.speed import measure
from tests.official.tally import Tally, judge
from tests.official.verdicts import ours

_GUIDES = ("2.0.1", "2.2.1")
_EVERY = 4  # of the fixtures, to measure speed


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    explanations = load_explanations()
    tally = Tally()
    try:
        wanted = [case for case in _all(options) if fnmatch.fnmatch(case.label, options.only)]
        for guide in _GUIDES:
            packages = prepare(options.packages, guide)
            some = [case for case in wanted if case.guide == guide]
            questions = [engine.Question(case.body, case.profile) for case in some]
            answers = engine.ask(questions, packages, options.threads)
            rules = load_rules(guide)
            for case, question in zip(some, questions, strict=True):
                tally.add(judge(case, ours(case), answers[question.key], rules, explanations))
        _print_scope(wanted)
        tally.print(options.details, explanations)
        if not options.no_speed:
            print(*["", *_speed(options)], sep="\n")
    except (NotReady, subprocess.SubprocessError) as error:
        print(f"the official validator could not run: {error}", file=sys.stderr)
        return 2
    return 0 if tally.is_settled else 1


def _print_scope(wanted: Sequence[Case]) -> None:
    for guide in _GUIDES:
        print(f"PAS {guide}: packages that it pins and nobody has here, and what answers for them")
        print(*(f"    {line}" for line in stand_ins(guide)), sep="\n")
    print("profiles that resources declare and no tables have: these are held against the rest only")
    good = [case for case in wanted if not case.source.startswith("mutants")]
    for (source, profile), count in sorted(unknown_profiles(good).items()):
        print(f"{count:6} {source}: {profile}")
    print()


def _speed(options: argparse.Namespace) -> list[str]:
    """Both validators on some request fixtures of the newer guide."""
    guide = _GUIDES[-1]
    requests = [c for c in cases.fixtures() if c.guide == guide and "/bad-" not in c.label]
    return measure(requests[::_EVERY], prepare(options.packages, guide), options.threads).lines()


def _all(options: argparse.Namespace) -> Iterator[Case]:
    """Every case, mutants last."""
    responses = BUILD / "responses"
    samples.main(responses)
    good = [case for case in cases.fixtures() if "/bad-" not in case.label]
    written = list(cases.answers(responses))
    yield from cases.examples(options.packages)
    if options.payloads.is_dir():
        yield from cases.payloads(options.payloads)
    yield from cases.fixtures()
    yield from written
    yield from mutants([*good, *written], options.mutants, options.seed)
    yield from mutants([*good, *written], options.mutants // 20, options.seed, NARRATIVE_MUTATIONS)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", type=Path, required=True, help="folder of name#version.tgz")
    parser.add_argument("--payloads", type=Path, required=True, help="folder of the public suite's payloads")
    parser.add_argument("--mutants", type=int, default=2000, metavar="COUNT")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1, help="processors that Java may use")
    parser.add_argument("--only", default="*", metavar="GLOB", help="cases whose source/name fits")
    parser.add_argument("--details", type=int, default=3, metavar="COUNT", help="examples per disagreement")
    parser.add_argument(
        "--no-speed", action="store_true", help="do not measure: with all answers kept, no Java"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
