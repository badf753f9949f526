"""A case as rows: what the tables hold beside its snapshot, for searching, counting and constraints."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from fhirpa.store import codec
from fhirpa.store.keys import digest
from fhirpa.store.records import NewDetermination
from fhirpa.um.accumulators import DrawKey, draw_sums
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.clock_watch import late_since, watch_at
from fhirpa.um.lineage import names_of
from fhirpa.um.opening import determination_kind
from fhirpa.um.request import ExternalId, Span
from fhirpa.um.terms import ActorRole

Row = dict[str, Any]
_NPI_DIGITS = 10
_NOTHING = (Decimal(0), Decimal(0))


def case_row(case: Case) -> Row:
    """The row of service_case without what the submission brings (sender)."""
    return {
        "case_id": case.case_id,
        "case_number": case.case_number,
        "member_key": case.member_key,
        "requester_npi": _npi(case.request.requester.npi),
        "lob": case.line_of_business,
        "plan_code": case.plan_code,
        "level": case.request.level_of_service,
        "received_at": case.received_at,
        "updated_at": case.updated_at,
        "due_at": case.due.at if case.due else None,
        "due_rule": case.due.rule if case.due else None,
        "is_pended": case.is_pended,
        "rules_version": case.rules_version,
        "version": case.version,
        "snapshot": codec.encode(case),
        "assigned_to": case.assigned_to,
        "watch_at": watch_at(case),
        "late_since": late_since(case),
    }


def line_rows(case: Case) -> list[Row]:
    """One row per service line."""
    return [_line_row(case, x) for x in case.lines]


def _line_row(case: Case, item: CaseLine) -> Row:
    certified = item.authorization.certified if item.authorization else None
    period = _period(case, item)
    return {
        "case_id": case.case_id,
        "sequence": item.line.sequence,
        "state": item.state,
        "discipline": item.discipline,
        "policy_id": item.policy_id,
        "diagnosis_group": item.diagnosis_group,
        "service_code": item.line.service.code,
        "service_start": period.start,
        "service_end": period.end,
        "certified_visits": certified.visits if certified else None,
        "certified_quantity": certified.quantity if certified else None,
        "unit": certified.unit if certified else item.line.unit,
        "authorization_number": item.authorization.number if item.authorization else None,
        "administrative_reference_number": item.administrative_reference_number,
        "is_evaluation": item.is_evaluation,
        "appeal": item.appeal,
        "plan_since": item.plan_since,
    }


def _period(case: Case, item: CaseLine) -> Span:
    """The certified period; for what is not certified the requested one."""
    if item.authorization is not None:
        return item.authorization.certified.period
    return item.line.period or case.request.event_period or Span()


def number_rows(case: Case) -> list[Row]:
    """Every authorization and reference number of the case, once."""
    kinds: dict[str, str] = {}
    for item in case.lines:
        if item.authorization is not None:
            kinds[item.authorization.number] = "authorization"
        if item.administrative_reference_number is not None:
            kinds[item.administrative_reference_number] = "reference"
    kinds |= {x.number: "appeal" for x in case.appeals}
    return [{"number": n, "case_id": case.case_id, "kind": kind} for n, kind in kinds.items()]


def authorization_rows(case: Case) -> list[Row]:
    """One row per certified line."""
    return [
        {
            "number": item.authorization.number,
            "sequence": item.line.sequence,
            "case_id": case.case_id,
            "discipline": item.discipline,
            "start": item.authorization.certified.period.start,
            "end": item.authorization.certified.period.end,
            "certified_visits": item.authorization.certified.visits,
            "certified_quantity": item.authorization.certified.quantity,
            "unit": item.authorization.certified.unit,
            "issued_at": item.authorization.issued_at,
        }
        for item in case.lines
        if item.authorization is not None
    ]


def provider_rows(case: Case) -> list[Row]:
    """The NPIs by which an inquiry may find the case: requesting, rendering and ordering (PAS spec-53)."""
    request = case.request
    parties = [request.requester, *request.providers, *(x.line.rendering for x in case.lines)]
    npis = [x.npi for x in parties if x is not None]
    npis += [x.ordering_npi for x in request.evidence.orders]
    return [{"case_id": case.case_id, "npi": x} for x in dict.fromkeys(map(_npi, npis)) if x is not None]


def _npi(text: str | None) -> str | None:
    """The text if it has the form of an NPI; a number that nobody can have finds nothing."""
    formed = text is not None and len(text) == _NPI_DIGITS and text.isascii() and text.isdigit()
    return text if formed else None


def trace_rows(case: Case) -> list[Row]:
    """Trace numbers by line; sequence 0 holds the names of the request as a whole, its URL among them."""
    return [
        {"case_id": case.case_id, "sequence": sequence, "digest": x}
        for sequence, x in dict.fromkeys(_trace_digests(case))
    ]


def _trace_digests(case: Case) -> Iterator[tuple[int, str]]:
    for trace in names_of(case.request):
        yield 0, trace_digest(trace)
    for item in case.lines:
        for trace in item.line.trace_numbers:
            yield item.line.sequence, trace_digest(trace)


def trace_digest(trace: ExternalId) -> str:
    """The key under which a trace number is stored."""
    return digest(trace.system, trace.value)


def opening_determinations(case: Case) -> list[NewDetermination]:
    """What the engine decided when the case opened; nothing for lines that wait for a person."""
    return [
        NewDetermination(
            sequence=item.line.sequence,
            kind=kind,
            actor_role=ActorRole.ENGINE,
            actor_id="",
            decided_at=case.updated_at,
            rule_id=item.policy_id,
            criteria=item.criteria,
        )
        for item in case.lines
        if (kind := determination_kind(item)) is not None
    ]


def determination_row(case: Case, new: NewDetermination) -> Row:
    """The row of one determination, under the rules the case was decided by."""
    return {
        "case_id": case.case_id,
        "sequence": new.sequence,
        "kind": new.kind,
        "actor_role": new.actor_role,
        "actor_id": new.actor_id,
        "license_active": new.license_active,
        "rule_id": new.rule_id,
        "decided_at": new.decided_at,
        "rules_version": case.rules_version,
        "criteria": codec.encode(new.criteria),
        "criterion_id": new.criterion_id,
        "citation": new.citation,
        "appeal_number": new.appeal_number,
    }


def appeal_rows(case: Case) -> list[Row]:
    """One row per appeal, as it now stands."""
    return [
        {
            "number": x.number,
            "case_id": case.case_id,
            "sequences": codec.encode(x.sequences),
            "filed_by": x.filing.by,
            "expedited": x.filing.expedited,
            "reviewer": x.reviewer,
            "received_at": x.filing.received_at,
            "due_at": x.open_due.at if x.open_due else None,
            "awaits": x.awaits,
            "outcome": x.decision.outcome if x.decision else None,
            "external": x.external.reviewer if x.external else None,
            "external_outcome": x.external.outcome if x.external else None,
        }
        for x in case.appeals
    ]


def draw_rows(case: Case, at: datetime, earlier: Mapping[DrawKey, tuple[Decimal, Decimal]]) -> list[Row]:
    """What must be booked so that the case's draws are `case.draws`; negative visits are given back.

    `earlier` holds the sums booked before.
    """
    wanted, rows = draw_sums(case.draws), []
    for key in {**earlier, **wanted}:
        before, now = earlier.get(key, _NOTHING), wanted.get(key, _NOTHING)
        if before != now:
            row = {"visits": now[0] - before[0], "amount": now[1] - before[1], **key._asdict()}
            rows.append({**row, "member_key": case.member_key, "case_id": case.case_id, "at": at})
    return rows
