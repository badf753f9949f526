"""An explained case as lines of text."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_NOT_TOLD = frozenset({"review-read"})  # reading is in the log, not in the story of the case


def lines_of(data: Json) -> Iterator[str]:
    """The whole explanation for the terminal."""
    yield f"case {data['case']} version {data['version']}  {data['line_of_business']} {data['plan']}"
    yield f"received {_minute(data['received'])}"
    for line in data["lines"]:
        yield from _line(line)
    for number, item in enumerate(data["decisions"], 1):
        yield from _title(f"decision {number}, {_minute(item['at'])}, rules {item['rules']}")
        yield from _decision(item)
    acts = [x for x in data["acts"] if x["act"] not in _NOT_TOLD]
    yield from _section("what people did", (_act(x) for x in acts))
    yield from _section("peer-to-peer", map(_talk, data["talks"]))
    yield from _section("clocks", map(_clock, data["clocks"]))
    yield from _section("notices", map(_notice, data["notices"]))
    yield from _title("proof")
    yield from _proofs(data)


def _title(text: str) -> Iterator[str]:
    yield ""
    yield text


def _section(name: str, texts: Iterator[str]) -> Iterator[str]:
    told = list(texts)
    if told:
        yield from _title(name)
        yield from (f"  {x}" for x in told)


def _line(line: Json) -> Iterator[str]:
    yield f"line {line['line']}: {line['service'] or '-'}, asked {line['asked']}: {line['state']}"
    if line["authorization"]:
        yield f"  certified {line['certified']}, number {line['authorization']}"
    if line["reference"]:
        yield f"  waits under reference {line['reference']}"
    if line["referral"]:
        yield f"  referred by {line['referral']['by']}: {line['referral']['summary']}"
        yield f"  question: {line['referral']['question']}"
    if line["adverse"]:
        adverse = line["adverse"]
        yield f"  decided by {line['decided_by']}: {adverse['reason']}"
        yield f"  criterion {adverse['criterion']} ({adverse['citation']}); {adverse['rationale']}"


def _decision(item: Json) -> Iterator[str]:
    if "known" in item:
        asked_by = item["asked_by"]
        yield "  on an update of the case" if item["kind"] == "update" else "  on the request"
        yield f"  asked by {asked_by['name'] or '-'} (NPI {asked_by['npi'] or '-'}), {item['level']}"
        yield f"  diagnoses {', '.join(item['diagnoses']) or '-'}"
        yield from (f"  message: {x}" for x in item["messages"])
        yield "  what was known"
        for fact in item["known"]:
            source = f"  [{fact['source']}]" if fact["source"] else ""
            yield f"    {fact['kind']}: {fact['says']}{source}"
    for number, step in enumerate(item["steps"], 1):
        yield f"  {number}. {step['title']}"
        yield from (f"     looked at: {x}" for x in step["looked_at"])
        if step["step"] == "criteria":
            yield from _criteria(item["criteria"])
        told = {x["id"] for x in item["criteria"]} if step["step"] == "criteria" else set()
        yield from (f"     → {x}" for x in step["came"] if x.partition(" ")[0] not in told)


def _criteria(criteria: list[Json]) -> Iterator[str]:
    for item in criteria:
        lines = ", ".join(map(str, item["lines"]))
        yield f"     {item['id']} (lines {lines}): {item['question']}"
        yield from (f"       fact: {x}" for x in item["facts"])
        yield from (f"       found in: {x}" for x in item["sources"])
        if item["citation"]:
            yield f"       source: {item['citation']}"
        yield f"       → {item['came']}"


def _act(act: Json) -> str:
    name = f", {act['name']}" if act["name"] else ""
    licence = f", {act['licence']}" if act["licence"] else ""
    why = f": {act['why']}" if act["why"] else ""
    return f"{_minute(act['at'])}  {act['act']} by {act['by'] or '-'} ({act['role']}{name}{licence}){why}"


def _talk(talk: Json) -> str:
    stands = f", stands until {_minute(talk['stands_until'])}" if talk["stands_until"] else ""
    what = f"line {talk['line']}: {talk['event']} by {talk['by']}: {talk['contact']}"
    return f"{_minute(talk['at'])}  {what}{stands}"


def _clock(clock: Json) -> str:
    return f"{clock['of']} due {_minute(clock['at'])} by rule {clock['rule']}: {clock['says']}"


def _notice(notice: Json) -> str:
    return f"{_minute(notice['at'])}  {notice['kind']} for {notice['for']}: {notice['state']}"


def _proofs(data: Json) -> Iterator[str]:
    for number, item in enumerate(data["decisions"], 1):
        yield from _proof(number, item["proof"])
    if not data["decisions"]:
        yield "  no decision of this case is kept with what it took"
    log = data["event_log"]
    state = "whole" if log["whole"] else "not whole"
    yield f"  the event log of the case ({log['events']} events) is {state}"
    yield from (f"    {x}" for x in log["problems"])


def _proof(number: int, proof: Json) -> Iterator[str]:
    said = {True: "yes", False: "no", None: f"not tried: {proof['why_not_tried']}"}[proof["reproduced"]]
    yield f"  decision {number} reproduced: {said}"
    for item in proof["differences"]:
        yield f"    {item['place']}: kept {item['kept']}, now {item['now']}"
    if proof["program_differs"]:
        outcome = ", with the same result" if proof["reproduced"] else ""
        yield f"    program {proof['program_then']} decided, {proof['program_now']} read it{outcome}"


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ") + " UTC"
