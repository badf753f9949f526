"""What an update changes: the request as it now stands, line by line, and where its flags do not fit.

Guide: specification#updating-authorization-requests (spec-68 ... spec-72). An entry that was not sent again
stands as it was. Flags that contradict the real difference are told, and refuse nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.evidence import Evidence, overlay, without_sources
from fhirpa.um.lineage import is_final, is_settled
from fhirpa.um.request import AuthorizationRequest, Party, ServiceLine, SupportingEntry
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Change, LevelOfService, LineState, ReviewType
from fhirpa.um.wording import note


class LineChange(StrEnum):
    """What an update does to a line."""

    SAME = "same"
    ADDED = "added"
    CHANGED = "changed"
    CANCELLED = "cancelled"  # now; a line that was cancelled before is the same


@dataclass(frozen=True, slots=True)
class MergedLine:
    """A line as it is asked now, and as it stood in the case before."""

    line: ServiceLine
    before: CaseLine | None
    change: LineChange

    @property
    def is_open_to_decision(self) -> bool:
        """True if the line is asked for and nothing final was said of it."""
        ended = self.before is not None and is_settled(self.before)
        return not ended and self.change is not LineChange.CANCELLED


@dataclass(frozen=True, slots=True)
class Merged:
    """The whole request after an update. `asks_anew`: something but cancellations is different."""

    request: AuthorizationRequest
    lines: tuple[MergedLine, ...]
    notes: tuple[str, ...]
    asks_anew: bool


def merge(case: Case, sent: AuthorizationRequest, rules: RuleSet) -> Merged:
    """The request of a case with an update laid over it."""
    lines = tuple(_merged_lines(case, sent))
    supporting, supporting_notes = _supporting(case.request.supporting, sent, rules)
    differential = sent.subsetted or _leaves_out(case, sent)
    evidence = _evidence(case.request, sent, differential)
    raised = LevelOfService.EXPEDITED in (case.request.level_of_service, sent.level_of_service)
    request = replace(
        sent,
        lines=tuple(x.line for x in lines),
        evidence=evidence,
        diagnoses=sent.diagnoses or case.request.diagnoses,
        event_period=sent.event_period or case.request.event_period,
        level_of_service=LevelOfService.EXPEDITED if raised else LevelOfService.STANDARD,
        supporting=supporting,
    )
    notes = () if sent.cancels_all else (*_line_notes(lines, sent, rules), *supporting_notes)
    return Merged(request, lines, notes, _asks_anew(case.request, request, lines))


def _merged_lines(case: Case, sent: AuthorizationRequest) -> Iterator[MergedLine]:
    by_sequence = {x.sequence: x for x in sent.lines}
    for before in case.lines:
        yield _known(before, by_sequence.pop(before.line.sequence, None), sent.cancels_all)
    for line in by_sequence.values():
        change = LineChange.CANCELLED if line.cancelled else LineChange.ADDED
        yield MergedLine(line, None, change)


def _known(before: CaseLine, sent: ServiceLine | None, cancels_all: bool) -> MergedLine:
    if is_final(before):
        return MergedLine(before.line, before, LineChange.SAME)
    if cancels_all or (sent is not None and sent.cancelled):
        return MergedLine(replace(before.line, cancelled=True), before, LineChange.CANCELLED)
    if sent is None or is_settled(before):
        return MergedLine(before.line, before, LineChange.SAME)
    if sent.review_type is ReviewType.REVISED:  # of the update, not of the service
        sent = replace(sent, review_type=before.line.review_type)
    same = _content(sent) == _content(before.line)
    return MergedLine(sent, before, LineChange.SAME if same else LineChange.CHANGED)


def _content(line: ServiceLine) -> ServiceLine:
    """What a line asks for, without what may differ between two versions that ask the same."""
    party = line.rendering
    return replace(
        line,
        service=replace(line.service, display=None),
        rendering=party and Party(npi=party.npi, name=None if party.npi else party.name),
        review_type=ReviewType.INITIAL,
        trace_numbers=(),
        authorization_number=None,
        administrative_reference_number=None,
        cancelled=False,
        path="",
        flag=None,
    )


def _asks_anew(before: AuthorizationRequest, now: AuthorizationRequest, lines: Iterable[MergedLine]) -> bool:
    return (
        any(x.change in (LineChange.ADDED, LineChange.CHANGED) for x in lines)
        or without_sources(before.evidence) != without_sources(now.evidence)
        or before.diagnoses != now.diagnoses
        or before.level_of_service is not now.level_of_service
    )


# --- evidence ------------------------------------------------------------------------------------------


def _leaves_out(case: Case, sent: AuthorizationRequest) -> bool:
    """True if something that stands was not sent again."""
    lines = {x.line.sequence for x in case.lines} - {x.sequence for x in sent.lines}
    standing = {x.sequence for x in case.request.supporting if not x.cancelled}
    return bool(lines or standing - {x.sequence for x in sent.supporting})


def _evidence(before: AuthorizationRequest, sent: AuthorizationRequest, differential: bool) -> Evidence:
    """What counts now. Of a differential update also what was sent before, unless some was withdrawn.

    Which facts came from the withdrawn entry is not known; so only those that were sent now count then.
    """
    withdrawn = {x.sequence for x in sent.supporting if x.cancelled}
    known = {x.sequence for x in before.supporting if not x.cancelled}
    if not differential or withdrawn & known:
        return sent.evidence
    return overlay(before.evidence, sent.evidence)


# --- flags ---------------------------------------------------------------------------------------------


def _line_notes(lines: Iterable[MergedLine], sent: AuthorizationRequest, rules: RuleSet) -> Iterator[str]:
    by_sequence = {x.sequence: x for x in sent.lines}
    for item in lines:
        found = _line_remark(item, by_sequence.get(item.line.sequence), sent.subsetted)
        for key in found:
            yield note(rules, key, entry=f"Item {item.line.sequence}")


def _line_remark(item: MergedLine, sent: ServiceLine | None, subsetted: bool) -> Iterator[str]:
    before = item.before
    if before is None:
        if sent is not None and sent.flag is None and not sent.cancelled:
            yield "update-added"
        return
    if sent is None:
        if not subsetted:
            yield "update-absent"
        return
    if before.state is LineState.CANCELLED:
        if not sent.cancelled:
            yield "update-revived"
        return
    if is_settled(before) and item.change is LineChange.SAME:
        if sent.cancelled or _content(sent) != _content(before.line):
            yield "update-closed"
        return
    yield from _flag_remark(sent.flag, item.change)
    if item.change is LineChange.CHANGED:
        yield from _beyond(sent, before.line)


def _beyond(now: ServiceLine, before: ServiceLine) -> Iterator[str]:
    """Where more than quantity and dates of an item changed (guide: the rest is cancelled and added)."""
    if now.service.code != before.service.code:
        yield "update-replaced"
    elif _content(now) != _content(
        replace(
            before,
            quantity=now.quantity,
            unit=now.unit,
            frequency=now.frequency,
            period=now.period,
        )
    ):
        yield "update-beyond"


def _flag_remark(flag: Change | None, change: LineChange) -> Iterator[str]:
    """Of an entry that was part of the request before."""
    if flag is Change.ADDED:
        yield "update-known"
    elif flag is None and change is LineChange.CHANGED:
        yield "update-changed"
    elif flag is None and change is LineChange.CANCELLED:
        yield "update-withdrawn"
    elif flag is Change.CHANGED and change is LineChange.SAME:
        yield "update-same"


def _supporting(
    before: tuple[SupportingEntry, ...], sent: AuthorizationRequest, rules: RuleSet
) -> tuple[tuple[SupportingEntry, ...], tuple[str, ...]]:
    """All entries as they now stand, and what is to be said of their flags."""
    known = {x.sequence: x for x in before}
    keys: list[tuple[str, int]] = []
    for entry in sent.supporting:
        old = known.get(entry.sequence)
        if old is not None:
            keys += [(key, entry.sequence) for key in _flag_remark(entry.flag, _entry_change(old, entry))]
        elif entry.flag is None and not entry.cancelled:
            keys.append(("update-added", entry.sequence))
    now = known | {x.sequence: x for x in sent.supporting}
    if not sent.subsetted:
        absent = known.keys() - {x.sequence for x in sent.supporting}
        keys += [("update-absent", n) for n in sorted(absent) if not known[n].cancelled]
    notes = (note(rules, key, entry=f"Supporting information {n}") for key, n in keys)
    return tuple(now[n] for n in sorted(now)), tuple(notes)


def _entry_change(before: SupportingEntry, now: SupportingEntry) -> LineChange:
    if now.cancelled:
        return LineChange.SAME if before.cancelled else LineChange.CANCELLED
    return LineChange.SAME if before == replace(now, flag=before.flag) else LineChange.CHANGED
