"""The README of the folder of fixtures, told from the scenarios."""

from collections.abc import Iterable

from fhirpa.testkit.scenario import Scenario

_ACTIONS = {
    "A1": "certified",
    "A4": "pended",
    "NA": "no authorization required",
    "CT": "contact payer",
    "C": "cancelled",
}

_HEAD = """\
# Fixtures

PT and OT prior authorization requests as an EHR sends them, each with the outcome that a reviewer would
expect. The people are invented, and so are practices, clinicians and all numbers; the NPIs have right check
digits unless a scenario says otherwise. Everything here is written by `fhirpa fixtures build`; change the
scenarios in `fhirpa/testkit/`, not the files.

- `2.0.1/json/`, `2.0.1/xml/`, `2.2.1/json/`, `2.2.1/xml/`: every scenario once per version and format, each
  file with its own member and its own numbers, so that no file is a repeat of another.
- `index.json`: one object per file, for tools. `mode` tells the server it is meant for: `sandbox` (the
  default, members are enrolled as they come) or `strict` (members and providers stand in the roster).
  `expected` is one of `lines` (service line -> X12 306 review action), `error` (X12 901 code of the error in
  a 200 answer) or `status` (an HTTP status). `fresh` tells what a second copy may change, see below.
- `roster/members.csv` and `roster/providers.csv`: what a strict server has to know
  (`fhirpa members import`, `fhirpa providers import`).
- `roster/staff.csv`: somebody of each role to review with in the sandbox (`fhirpa staff import`).

## Sending a fixture again

The same file a second time is a repeat of the same submission: the answer is the case's current result, and
nothing is decided twice. To have it decided anew, send a fresh copy (`fhirpa submit --fresh`). `fresh` in the
index says what is new in it:

- `new-member`: member, submission, request and trace numbers and resource ids are new. Nobody has heard of
  the member, so nothing overlaps, no benefit is used up, and the answer is the same.
- `same-member`: all of that but the member, who has to be the one in the roster. The answer (an error, or
  contact payer) leaves no authorization behind that could count against the next.
- `unchanged`: nothing is new. A second authorization for the same member would overlap the first; as an exact
  repeat the request gets its own result again.

## Dates

Dates are fixed: orders and evaluations of November 2026, therapy from December 7, 2026 (benefit scenarios:
October 2026, so that the course lies in one calendar year). Criteria compare the documents with the first day
of service, never with today, and the sandbox plans accept requests long after the fact, so the outcomes stay
as they are.
"""


def readme(chapters: Iterable[tuple[str, tuple[Scenario, ...]]]) -> str:
    """README.md: what the folder is, and each scenario with the reason for its outcome."""
    parts = [_HEAD]
    for title, scenarios in chapters:
        parts.append(f"## {title}\n")
        parts += [_told(s) for s in scenarios]
    return "\n".join(parts)


def _told(scenario: Scenario) -> str:
    strict = ", strict server" if scenario.mode == "strict" else ""
    return f"### {scenario.name}{strict}\n\n{scenario.title}.\n\n{scenario.why}\n\n{_outcome(scenario)}\n"


def _outcome(scenario: Scenario) -> str:
    expected = scenario.expected
    if expected.status is not None:
        return f"Expected: HTTP {expected.status} with an OperationOutcome."
    if expected.error:
        return f"Expected: a business error, code {expected.error}."
    told = (f"line {n} {_ACTIONS[a]} ({a})" for n, a in expected.lines.items())
    return f"Expected: {', '.join(told)}."
