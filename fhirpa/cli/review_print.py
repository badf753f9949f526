"""Cases and queues as lines of text for the terminal of staff."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_WIDE = {"review-read"}  # reading is in the log, not in the story of the case


def queue_lines(rows: list[Json]) -> Iterator[str]:
    """One line per case."""
    if not rows:
        yield "nothing waits"
    for row in rows:
        states = ", ".join(row["states"])
        desk = f"  with {row['with']}" if row["with"] else ""
        kinds = "/".join(row["disciplines"]) or "-"
        due = f"{_minute(row['due'])} ({row['rule']})" if row["due"] else "no due time"
        if row["late_since"]:
            due = f"{due} MISSED"
        what = f"{row['line_of_business']:4} {kinds:5} {row['level']:9} {states}"
        yield f"{row['case']}  due {due}  {what}{desk}"


def appeal_lines(rows: list[Json]) -> Iterator[str]:
    """One line per appeal."""
    if not rows:
        yield "no appeal waits"
    for row in rows:
        due = f"due {_minute(row['due'])}" if row["due"] else "no due time"
        by = f"  reviewer {row['reviewer']}" if row["reviewer"] else "  no reviewer yet"
        who = by if row["waits_for"] == "plan" else f"  with {row['waits_for']}"
        yield f"{row['appeal']}  case {row['case']}  {due}  {row['line_of_business']:4} {row['level']}{who}"


def case_lines(case: Json) -> Iterator[str]:
    """A whole case: who, clock, lines with criteria beside what was found, history."""
    member = case["member"]
    desk = f", with {case['with']}" if case["with"] else ""
    yield f"case {case['case']} version {case['version']}  {case['line_of_business']} {case['plan']}{desk}"
    yield f"member {member['name']}, born {member['born']}, id {member['id']}"
    requester = case["requester"]
    yield f"asked by {requester['name'] or '-'} (NPI {requester['npi'] or '-'}), {case['level']}"
    yield f"diagnoses {', '.join(case['diagnoses'])}"
    yield f"received {_minute(case['received'])}; {_clock(case)}"
    if case["due"]:
        source = f" ({case['due']['citation']})" if case["due"]["citation"] else ""
        yield f"  {case['due']['text']}{source}"
    for message in case["messages"]:
        yield f"message: {message}"
    for line in case["lines"]:
        yield ""
        yield from _line(line)
    for appeal in case["appeals"]:
        yield ""
        yield from _appeal(appeal)
    yield ""
    for event in case["history"]:
        if event["event"] not in _WIDE:
            yield f"{_minute(event['at'])}  {event['event']}  {event['by']} ({event['role']})"


def _clock(case: Json) -> str:
    if not case["due"]:
        return "nothing is due"
    late = "  LATE" if case["late"] else ""
    until = f"; information until {_minute(case['information_due'])}" if case["information_due"] else ""
    return f"decision due {_minute(case['due']['at'])} ({case['due']['rule']}){late}{until}"


def _line_clock(clock: Json) -> Iterator[str]:
    """Every rule that binds the line; what stopped it; from when on an adverse determination is lawful."""
    told = "; ".join(f"{x['rule']} {_minute(x['at'])}" for x in clock["binding"])
    yield f"  clock from {_minute(clock['started'])}, {clock['level']}: {told}"
    for stop in clock["stops"]:
        yield f"    stopped {_minute(stop['since'])} to {_minute(stop['until'])}"
    if clock["extended"]:
        extended = clock["extended"]
        yield f"    extended {_minute(extended['at'])} by {extended['by']}: {extended['ground']}"
    if clock["missed"]:
        yield f"    MISSED: was due {_minute(clock['missed'])}"
    if clock["director_by"]:
        yield f"    nothing was sent: the medical director has it by {_minute(clock['director_by'])}"
    adverse = clock["adverse"]
    if adverse:
        offer = " if a talk is offered now" if adverse["assumes_offer_now"] else ""
        late = "" if adverse["in_time"] else "; after the due time: certify, or record the breach"
        until = _minute(adverse["from"])
        yield f"    the provider's time for a peer-to-peer talk lasts until {until}{offer}{late}"


def _line(line: Json) -> Iterator[str]:
    asked, certified = line["asked"], line["certified"]
    service = f"{line['service']} {line['discipline'] or ''}".strip()
    stage = f", {line['appeal']}" if line["appeal"] else ""
    yield f"line {line['line']}: {service}  {line['state']}{stage} ({line['review']})"
    yield f"  asked {asked['quantity']} {asked['unit'] or ''} from {asked['from']} through {asked['through']}"
    if line["for"]:
        yield f"  for {', '.join(line['for'])}"
    if line["clock"]:
        yield from _line_clock(line["clock"])
    if certified:
        yield (
            f"  certified {certified['quantity']} ({certified['visits']} visits) from {certified['from']} "
            f"through {certified['through']}, number {certified['number']}"
        )
    for criterion in line["criteria"]:
        yield f"  {criterion['id']}: {criterion['question']}"
        for fact in criterion["facts"]:
            yield f"    {fact}"
        if criterion["found_in"]:
            yield f"    in {'; '.join(criterion['found_in'])}"
        if criterion["citation"]:
            yield f"    source: {criterion['citation']}"
    for text in (*line["wanted"], *line["notes"]):
        yield f"  {text}"
    if line["referral"]:
        yield f"  referred by {line['referral']['by']}: {line['referral']['summary']}"
        yield f"  question: {line['referral']['question']}"
    if line["reason"]:
        said = line["reason"]
        yield f"  decided by {line['decided_by']}: {said['reason']}"
        yield f"    criterion {said['criterion']}, {said['citation']}; fact: {said['source']}"
        yield f"    clinical basis: {said['rationale']}"
        yield f"    what could change it: {said['would_change']}"
    if line["cut_from"]:
        yield f"  cut short from {line['cut_from']} on"
    for talk in line["peer_to_peer"]:
        stands = f", stands until {_minute(talk['stands_until'])}" if talk["stands_until"] else ""
        when = f"{talk['event']} {_minute(talk['at'])}"
        yield f"  peer-to-peer {when} by {talk['by']}: {talk['contact']}{stands}"


def _appeal(appeal: Json) -> Iterator[str]:
    lines = ", ".join(map(str, appeal["lines"]))
    who = f"{appeal['filed_by']} {appeal['name']}, {_minute(appeal['received'])}"
    yield f"appeal {appeal['appeal']} on line {lines}: by {who}, {appeal['level']}"
    if appeal["grounds"]:
        yield f"  grounds: {appeal['grounds']}"
    for heard in appeal["heard"]:
        yield f"  heard {_minute(heard['at'])} from {heard['by']}: {heard['text']}"
    if appeal["reviewer"] and not appeal["outcome"]:
        yield f"  reviewer {appeal['reviewer']}"
    if appeal["due"]:
        yield f"  due {_minute(appeal['due']['at'])} ({appeal['due']['rule']})"
    if appeal["outcome"]:
        late = ", late" if appeal["late"] else ""
        yield f"  {appeal['outcome']} by {appeal['decided_by']}{late}"
    if appeal["outside"]:
        outside = appeal["outside"]
        result = f"{outside['outcome']} ({outside['reference']})" if outside["outcome"] else "waits"
        sent = f"file there by {_minute(outside['send_by'])}"
        yield f"  {outside['reviewer']}, asked by {outside['asked_by']}: {sent}; {result}"


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ") + " UTC"
