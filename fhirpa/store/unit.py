"""One transaction: everything a use case may read or write, by name."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from fhirpa.store import (
    benefits,
    cases,
    decisions,
    events,
    exemptions,
    history,
    inquiries,
    lineage,
    people,
    queue,
    roster,
    submissions,
    watching,
    wire,
)
from fhirpa.store.dialect import lock_name
from fhirpa.store.errors import ReadOnlyUnit
from fhirpa.store.records import (
    BookedCase,
    BreachCount,
    DecisionFilter,
    Exchange,
    KeptDecision,
    KeptEvent,
    KeptExchange,
    KeptExemptionEvent,
    KeptNotice,
    KeptRules,
    LateCount,
    NewDetermination,
    NewEvent,
    NewExemptionEvent,
    QueuedAppeal,
    QueuedCase,
    RosterMember,
    Submission,
    SubmittedBody,
    WatchedCase,
)
from fhirpa.um.accumulators import Booking, UseSource, VisitUse
from fhirpa.um.case import Case
from fhirpa.um.clock_watch import Breach
from fhirpa.um.context import BenefitUse, Enrolment, PriorLine, Provider
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.gold_card import Exemption
from fhirpa.um.gold_card_history import LineOutcome
from fhirpa.um.inquiry import Inquiry
from fhirpa.um.peer_to_peer import PeerToPeer
from fhirpa.um.request import ExternalId
from fhirpa.um.staff import Staff
from fhirpa.um.terms import ActorRole, LineState

MAX_FOUND_CASES = 200
MAX_FOUND_EXCHANGES = 20


class Unit:
    """What `Store.read()` and `Store.write()` give. Ends with their block; one thread at a time.

    Writing methods raise ReadOnlyUnit on a reading unit.
    """

    def __init__(self, connection: Connection, *, writable: bool) -> None:
        self._connection = connection
        self._writable = writable

    @property
    def reader(self) -> Connection:
        """The connection, for the store's own modules to read with."""
        return self._connection

    @property
    def writer(self) -> Connection:
        """The connection, for the store's own modules to write with. Raises ReadOnlyUnit."""
        if not self._writable:
            raise ReadOnlyUnit("this unit only reads; open it with Store.write()")
        return self._connection

    # --- roster ------------------------------------------------------------------------------------------

    def upsert_members(self, members: Sequence[RosterMember], new_key: Callable[[], str]) -> None:
        """Load roster lines; a person is known again by member id, birth date and given name."""
        roster.upsert_members(self.writer, members, new_key)

    def upsert_providers(self, providers: Sequence[Provider]) -> None:
        """Load providers; those known by NPI are overwritten."""
        roster.upsert_providers(self.writer, providers)

    def find_enrolments(self, member_ids: Sequence[str], birth_date: date | None) -> tuple[Enrolment, ...]:
        """All spans of the one person that the first known of the ids means; () if there is none.

        An id that one person has means that person, whatever the birth date (compare it yourself); an id
        that a family shares means the one with this birth date, and nobody if several have it.
        """
        person = roster.find_person(self.reader, member_ids, birth_date)
        return roster.enrolments_of(self.reader, person[0]) if person else ()

    def enrolments_of(self, member_key: str) -> tuple[Enrolment, ...]:
        """All spans of a person by key."""
        return roster.enrolments_of(self.reader, member_key)

    def enrol(self, enrolment: Enrolment) -> None:
        """Add a span of enrolment, and the person if the key is new."""
        roster.enrol(self.writer, enrolment)

    def lock_member(self, *names: str) -> None:
        """Let one transaction at a time decide for these member ids or keys, until the unit ends.

        Call it with the member ids of a request before looking for the member, so that two first requests
        of an unknown member do not both enrol; then with the key that was found, since one person may be
        known by several ids. Raises (at the unit's end) StoreBusy when the wait is too long.
        """
        lock_name(self.writer, [f"member {x}" for x in names])

    def subscriber_known(self, subscriber_id: str) -> bool:
        """True if anybody is enrolled below this subscriber id."""
        return roster.subscriber_known(self.reader, subscriber_id)

    def find_providers(self, npis: Sequence[str]) -> dict[str, Provider]:
        """Those of these NPIs that the roster has; the dict is the caller's own."""
        return roster.find_providers(self.reader, npis)

    # --- what a decision must know -----------------------------------------------------------------------

    def prior_lines(self, member_key: str) -> tuple[PriorLine, ...]:
        """Lines of the member's cases that are certified or pended, oldest first."""
        return history.prior_lines(self.reader, member_key)

    # --- benefits ----------------------------------------------------------------------------------------

    def benefit_use(self, member_key: str) -> tuple[BenefitUse, ...]:
        """What is taken of each bucket and year, by case: used and reserved."""
        return benefits.use_of(self.reader, member_key)

    def bookings(self, member_key: str) -> tuple[Booking, ...]:
        """What the member's cases have drawn, as the ledger has it."""
        return benefits.bookings(self.reader, member_key)

    def visit_uses(self, member_key: str) -> tuple[VisitUse, ...]:
        """Visits that claims and providers reported, in the order of their days."""
        return benefits.visit_uses(self.reader, member_key)

    def find_visit_use(self, source: UseSource, reference: str, *, reversal: bool) -> VisitUse | None:
        """The report of this reference (or its reversal); None if there is none."""
        return benefits.find_visit_use(self.reader, source, reference, reversal=reversal)

    def add_visit_use(
        self, member_key: str, use: VisitUse, *, reversal: bool, at: datetime, actor_id: str
    ) -> None:
        """Write down visits that took place. It never changes; a mistake is reversed."""
        benefits.add_visit_use(self.writer, member_key, use, reversal=reversal, at=at, actor_id=actor_id)

    def case_of_number(self, number: str) -> str | None:
        """The id of the case that has, or had, this authorization number."""
        return benefits.case_of_number(self.reader, number)

    def member_keys(self, member_id: str) -> list[str]:
        """The keys of the persons whom a member id means; a key itself means its person."""
        return benefits.member_keys(self.reader, member_id)

    def ended_cases(self, before: date) -> list[str]:
        """Ids of cases whose certified periods all ended before a day, and that draw more than was used."""
        return benefits.ended_cases(self.reader, before)

    def booked_cases(self, member_key: str | None = None) -> Iterator[BookedCase]:
        """Each case with draws anywhere: in its last booking event, in the ledger, in the case itself."""
        return benefits.booked_cases(self.reader, member_key)

    def repair_draws(self, case: Case, draws: tuple[BenefitDraw, ...], new_event: NewEvent) -> None:
        """Bring ledger and case back to what the events say; the case keeps its version."""
        benefits.repair(self.writer, case, draws, new_event)

    # --- exemptions --------------------------------------------------------------------------------------

    def exemptions(self, npis: Sequence[str]) -> tuple[Exemption, ...]:
        """The exemptions that these providers have or had."""
        return exemptions.of_providers(self.reader, npis)

    def exemption_history(self, npi: str | None = None) -> tuple[KeptExemptionEvent, ...]:
        """What happened to the exemptions of one provider (None: of all), in its order."""
        return exemptions.history(self.reader, npi)

    def lock_exemptions(self, npi: str) -> None:
        """Let one transaction at a time change the exemptions of a provider, until the unit ends."""
        lock_name(self.writer, [f"exemptions of {npi}"])

    def add_exemption_event(self, new: NewExemptionEvent) -> int:
        """Write down what somebody did to an exemption; the number of the entry. It never changes.

        The unit ends with Refused for a rescission without its review.
        """
        return exemptions.add(self.writer, new)

    def decided_cases(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[Case, Mapping[int, LineOutcome]]]:
        """Cases with a determination from `start` on and before `end`, each with its lines' outcomes."""
        return exemptions.decided_cases(self.reader, start, end)

    # --- cases -------------------------------------------------------------------------------------------

    def find_submission(self, submission: Submission) -> str | None:
        """The case that the same bundle of the same sender was decided as."""
        return submissions.find(self.reader, submission)

    def save_case(self, case: Case, submission: Submission, new_events: Sequence[NewEvent]) -> None:
        """Write a new case with its lines, numbers, draws, events and the engine's determinations.

        Raises DuplicateSubmission (the same bundle was decided meanwhile), NumberTaken, and ValueError
        without an event. After any of the first two the unit must end with the exception.
        """
        cases.save(self.writer, case, submission, new_events)

    def change_case(
        self,
        case: Case,
        expected_version: int,
        new_events: Sequence[NewEvent],
        determinations: Sequence[NewDetermination] = (),
        submission: Submission | None = None,
    ) -> None:
        """Write the next version of a case (`case.version == expected_version + 1`, else ValueError).

        Draws are booked as the difference to what the case had drawn. Raises StaleCase, NotFound,
        NumberTaken, DuplicateSubmission; a denied or modified line without its determination makes the
        unit end with Refused.
        """
        cases.change(self.writer, case, expected_version, new_events, determinations, submission)

    def load_case(self, case_id: str) -> Case:
        """The current state of a case. Raises NotFound."""
        return cases.load(self.reader, case_id)

    def number_taken(self, number: str) -> bool:
        """True if any case has, or once had, this case, authorization or reference number."""
        return cases.number_taken(self.reader, number)

    def find_named_cases(
        self, member_key: str, sender: str, names: Sequence[ExternalId], limit: int = MAX_FOUND_CASES
    ) -> list[str]:
        """Ids of the sender's cases for a member with one of these names, the last changed first.

        A name is an identifier or the URL of any Claim that the case was opened or updated with.
        """
        return lineage.named_cases(self.reader, member_key, sender, names, limit)

    def find_cases(self, inquiry: Inquiry, limit: int = MAX_FOUND_CASES) -> list[str]:
        """Ids of the cases an inquiry may see, newest first: member and provider NPI must both match."""
        return inquiries.find_cases(self.reader, inquiry, limit)

    # --- review ------------------------------------------------------------------------------------------

    def upsert_staff(self, staff: Sequence[Staff]) -> None:
        """Load staff; those known by id are overwritten. A role without its licence is Refused at the end."""
        people.upsert_staff(self.writer, staff)

    def find_staff(self, staff_id: str) -> Staff | None:
        """The person of this id, active or not; None if there is none."""
        return people.find_staff(self.reader, staff_id)

    def all_staff(self) -> tuple[Staff, ...]:
        """Everybody of the staff, by id."""
        return people.all_staff(self.reader)

    def find_case_id(self, any_number: str) -> str:
        """The case with this id, case number, authorization or reference number. Raises NotFound."""
        return queue.find_case_id(self.reader, any_number)

    def notices_of(self, case_id: str) -> list[KeptNotice]:
        """What was queued for somebody about a case, oldest first."""
        return queue.notices_of(self.reader, case_id)

    def sender_of(self, case_id: str) -> str:
        """Who submitted the case. Raises NotFound."""
        return queue.sender_of(self.reader, case_id)

    def open_cases(
        self,
        states: Sequence[LineState] = (),
        discipline: str | None = None,
        line_of_business: str | None = None,
        free_for: str | None = None,
        limit: int = MAX_FOUND_CASES,
        *,
        late_too: bool = False,
    ) -> list[QueuedCase]:
        """Open cases with a line in one of these states (none given: any open one).

        Those with a missed clock come first, then by due time. `free_for`: only those that nobody has, or
        this person. `late_too`: also those with a missed clock, whatever their state and whoever has them.
        """
        return queue.open_cases(
            self.reader, states, discipline, line_of_business, free_for, limit, late_too=late_too
        )

    def open_appeals(self, reviewer: str | None = None) -> list[QueuedAppeal]:
        """Appeals that wait for a decision, the first due first; `reviewer`: only those of this person."""
        return queue.open_appeals(self.reader, reviewer)

    def events_of(self, case_id: str) -> list[KeptEvent]:
        """The log of a case, oldest first."""
        return queue.events_of(self.reader, case_id)

    def add_talks(self, case_id: str, sequences: Sequence[int], talks: Sequence[PeerToPeer]) -> None:
        """Write entries of the peer-to-peer record, each for all of these lines."""
        queue.add_talks(self.writer, case_id, sequences, talks)

    # --- what time does ----------------------------------------------------------------------------------

    def cases_to_watch(
        self, now: datetime, after: WatchedCase | None = None, limit: int = MAX_FOUND_CASES
    ) -> list[WatchedCase]:
        """Cases that time has done something to by now, the earliest first, behind `after`."""
        return watching.due_cases(self.reader, now, after, limit)

    def add_breaches(self, case_id: str, breaches: Sequence[Breach], at: datetime) -> None:
        """Write down missed clocks; the unit ends with Refused if one of them was written down before."""
        watching.add_breaches(self.writer, case_id, breaches, at)

    def breach_counts(self) -> list[BreachCount]:
        """How many clocks were missed, by line of business and rule."""
        return watching.breach_counts(self.reader)

    def late_counts(self, now: datetime) -> list[LateCount]:
        """How many open cases are past their due time, by line of business."""
        return watching.late_counts(self.reader, now)

    # --- events ------------------------------------------------------------------------------------------

    def add_events(self, case_id: str, new_events: Sequence[NewEvent]) -> None:
        """Write events that do not change the case. Raises NotFound."""
        events.extend_chain(self.writer, case_id, new_events)

    def purge_event_bodies(
        self, case_id: str, seqs: Sequence[int], *, at: datetime, actor_id: str, reason: str
    ) -> None:
        """Delete the bodies of these events, with decisions kept beside them, and write a tombstone for them.

        `reason` must be free of PHI: it stays. Raises NotFound, and ValueError for a tombstone's own body.
        """
        body = {"purged": sorted(set(seqs)), "reason": reason}
        tombstone = NewEvent(events.TOMBSTONE, at, ActorRole.SYSTEM, actor_id, body)
        events.purge_bodies(self.writer, case_id, seqs, tombstone)

    # --- decisions ---------------------------------------------------------------------------------------

    def decisions_of(self, case_id: str) -> list[KeptDecision]:
        """The engine's decisions on a case with all that they took, oldest first; not those purged."""
        return decisions.of_case(self.reader, case_id)

    def stream_decisions(self, wanted: DecisionFilter) -> Iterator[KeptDecision]:
        """Decisions by time, read in batches; valid until the unit ends."""
        return decisions.stream(self.reader, wanted)

    def kept_rules(self, version: str) -> KeptRules | None:
        """The rules that decided here under this version, or the one that begins so; None: none kept."""
        return decisions.rules_of(self.reader, version)

    def rules_versions(self) -> list[str]:
        """The versions of all rules that ever decided here, oldest first."""
        return decisions.versions(self.reader)

    # --- the wire ----------------------------------------------------------------------------------------

    def save_exchange(self, exchange: Exchange) -> None:
        """Keep a request and its answer as they were on the wire."""
        wire.save_exchange(self.writer, exchange)

    def find_exchanges(self, any_id: str, limit: int = MAX_FOUND_EXCHANGES) -> list[KeptExchange]:
        """The exchanges with this exchange id or request id, the latest first; [] if none is kept."""
        return wire.find_exchanges(self.reader, any_id, limit)

    def submitted_body(self, case_id: str) -> SubmittedBody | None:
        """The bundle the case was opened or last updated with; None if it is not kept any more."""
        return wire.submitted_body(self.reader, case_id)

    def enqueue(
        self, kind: str, *, topic: str, case_id: str | None, payload: Mapping[str, Any], at: datetime
    ) -> None:
        """Put a message into the outbox, behind those of the same topic."""
        self.enqueue_all(((kind, topic),), case_id=case_id, payload=payload, at=at)

    def enqueue_all(
        self,
        addressed: Iterable[tuple[str, str]],
        *,
        case_id: str | None,
        payload: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """The same message for several (kind, topic), at least one."""
        wire.enqueue(self.writer, addressed, case_id, payload, at)
