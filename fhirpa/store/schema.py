"""The tables. Migrations bring a database to exactly this (tested on both databases).

Times are UTC instants, days are calendar dates, decimals are exact. Texts of JSON are our own encoding
(`codec`). What a sender wrote may be of any length: such a column is Text, and where it is a key or is
searched by, a digest of it (`keys`) or a hash index stands for it, since a B-tree entry has a limit.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from fhirpa.store.types import Exact, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _case_id() -> Column[str]:
    return Column("case_id", String(36), ForeignKey("service_case.case_id"), nullable=False)


meta = Table(
    "meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False)
)

# --- roster --------------------------------------------------------------------------------------------

member = Table(
    "member",
    metadata,
    Column("member_key", String(64), primary_key=True),
    Column("family", Text),
    Column("given", Text),
    Column("birth_date", Date),
    Column("gender", Text),
    Column("language", Text),
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("key", String(64), primary_key=True),  # digest of member key, member id, plan and first day
    Column("member_key", ForeignKey("member.member_key"), nullable=False),
    Column("member_id", Text, nullable=False),
    Column("plan_code", Text, nullable=False),
    Column("start", Date),
    Column("end", Date),
    Column("subscriber_id", Text),
    Column("brought_along", Boolean, nullable=False),  # enrolled by the sandbox from a request
    Index(None, "member_key"),
    Index(None, "member_id", postgresql_using="hash"),
    Index(None, "subscriber_id", postgresql_using="hash"),
)

provider = Table(
    "provider",
    metadata,
    Column("npi", String(10), primary_key=True),
    Column("name", Text),
    Column("in_network", Boolean, nullable=False),
    Column("taxonomies", Text, nullable=False),  # JSON list
)

staff = Table(
    "staff",
    metadata,
    Column("staff_id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("npi", String(10)),
    Column("specialty", String(20)),  # NUCC
    Column("licence_type", String(10)),
    Column("licence_state", String(2)),
    Column("licence_number", Text),
    Column("licence_expires", Date),  # the last day on which it is good
    Column("licence_administrative", Boolean, nullable=False),
    Column("supervisor", String(80)),  # staff id of whoever directs this person's work
    CheckConstraint("role IN ('intake', 'therapist', 'medical_director')", name="role"),
    CheckConstraint(
        "role = 'intake' OR (licence_number IS NOT NULL AND licence_state IS NOT NULL "
        "AND licence_expires IS NOT NULL AND ((role = 'therapist' AND licence_type IN ('PT', 'OT')) "
        "OR (role = 'medical_director' AND licence_type IN ('MD', 'DO'))))",
        name="licence",
    ),
)

staff_conflict = Table(
    "staff_conflict",
    metadata,
    Column("staff_id", ForeignKey("staff.staff_id"), nullable=False),
    Column("npi", String(10), nullable=False),  # a provider on whose requests the person does not decide
    PrimaryKeyConstraint("staff_id", "npi"),
)

# --- cases ---------------------------------------------------------------------------------------------

line_transition = Table(
    "line_transition",  # the rows of um.transitions: filled by migrations, the same in every database
    metadata,
    Column("source", String(30), nullable=False),
    Column("target", String(30), nullable=False),
    Column("action", String(60), nullable=False),  # type of the event that records the step
    Column("role", String(20), nullable=False),
    PrimaryKeyConstraint("source", "target", "action", "role"),
)

service_case = Table(
    "service_case",
    metadata,
    Column("case_id", String(36), primary_key=True),
    Column("case_number", String(20), nullable=False, unique=True),
    Column("member_key", ForeignKey("member.member_key"), nullable=False),
    Column("sender", Text, nullable=False),
    Column("requester_npi", String(10)),
    Column("lob", String(10), nullable=False),
    Column("plan_code", Text, nullable=False),
    Column("level", String(20), nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("due_rule", String(80)),
    Column("is_pended", Boolean, nullable=False),
    Column("rules_version", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot", Text, nullable=False),  # the whole um Case as JSON
    Column("assigned_to", String(80)),  # staff id
    Column("watch_at", UtcTime),  # when time does something to it next; NULL: never
    Column("late_since", UtcTime),  # when the first of its open lines was due and missed
    Index(None, "member_key", "received_at"),
    Index(None, "requester_npi"),
    Index(None, "is_pended", "due_at"),
    Index(None, "watch_at"),
    Index(None, "received_at"),
)

service_line = Table(
    "service_line",
    metadata,
    _case_id(),
    Column("sequence", Integer, nullable=False),
    Column("state", String(30), nullable=False),
    Column("discipline", String(2)),
    Column("policy_id", String(80)),
    Column("diagnosis_group", String(80)),
    Column("service_code", Text),
    Column("service_start", Date),
    Column("service_end", Date),
    Column("certified_visits", Exact),
    Column("certified_quantity", Exact),
    Column("unit", String(20)),
    Column("authorization_number", String(20)),
    Column("administrative_reference_number", String(20)),
    Column("is_evaluation", Boolean, nullable=False),
    Column("appeal", String(20)),  # how far an objection to the determination has come
    Column("plan_since", UtcTime),  # since when the plan of treatment stands as it is; NULL: from receipt
    PrimaryKeyConstraint("case_id", "sequence"),
    ForeignKeyConstraint(
        ["authorization_number", "case_id"], ["issued_number.number", "issued_number.case_id"]
    ),
    ForeignKeyConstraint(
        ["administrative_reference_number", "case_id"], ["issued_number.number", "issued_number.case_id"]
    ),
)

case_provider = Table(
    "case_provider",
    metadata,
    _case_id(),
    Column("npi", String(10), nullable=False),
    PrimaryKeyConstraint("case_id", "npi"),
    Index(None, "npi"),
)

trace_number = Table(
    "trace_number",
    metadata,
    _case_id(),
    Column("sequence", Integer, nullable=False),  # 0: of the request as a whole
    Column("digest", String(64), nullable=False),  # of system and value
    PrimaryKeyConstraint("case_id", "sequence", "digest"),
    Index(None, "digest"),
)

issued_number = Table(
    "issued_number",
    metadata,
    Column("number", String(20), primary_key=True),  # so no two cases ever share a number
    _case_id(),
    Column("kind", String(20), nullable=False),  # 'authorization', 'reference' or 'appeal'
    UniqueConstraint("number", "case_id"),  # the target of foreign keys that bind a number to its case
    Index(None, "case_id"),
)

authorization = Table(
    "authorization",
    metadata,
    Column("number", String(20), nullable=False),
    Column("sequence", Integer, nullable=False),  # one number may cover several lines of its case
    Column("case_id", String(36), nullable=False),
    Column("discipline", String(2)),
    Column("start", Date),
    Column("end", Date),
    Column("certified_visits", Exact),
    Column("certified_quantity", Exact),
    Column("unit", String(20)),
    Column("issued_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("number", "sequence"),
    ForeignKeyConstraint(["number", "case_id"], ["issued_number.number", "issued_number.case_id"]),
    Index(None, "case_id"),
)

_HUMAN_ROLES = "actor_role IN ('intake', 'therapist', 'medical_director')"

determination = Table(
    "determination",
    metadata,
    Column("id", Integer, primary_key=True),
    _case_id(),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("actor_role", String(20), nullable=False),
    Column("actor_id", String(80), nullable=False),
    Column("license_active", Boolean),
    Column("rule_id", String(80)),
    Column("decided_at", UtcTime, nullable=False),
    Column("rules_version", String(80), nullable=False),
    Column("criteria", Text, nullable=False),  # JSON list of criterion results
    Column("criterion_id", String(80)),  # of an adverse determination: what it rests on
    Column("citation", Text),
    Column("appeal_number", String(20)),  # of a determination on appeal
    # Tex. Ins. Code 4201.152 ff.: only a licensed director denies or reduces for medical necessity.
    CheckConstraint(
        "kind NOT IN ('denied_medical', 'reduced') OR "
        "(actor_role = 'medical_director' AND coalesce(license_active, false))",
        name="director_denies",
    ),
    CheckConstraint(
        f"kind <> 'denied_administrative' OR ({_HUMAN_ROLES} AND coalesce(rule_id, '') <> '')",
        name="person_denies",
    ),
    Index(None, "case_id", "sequence"),
)

peer_to_peer = Table(
    "peer_to_peer",
    metadata,
    Column("id", Integer, primary_key=True),
    _case_id(),
    Column("sequence", Integer, nullable=False),
    Column("event", String(20), nullable=False),  # offered, held, declined, no_answer
    Column("at", UtcTime, nullable=False),
    Column("staff_id", ForeignKey("staff.staff_id"), nullable=False),
    Column("contact", Text, nullable=False),  # how the provider was reached
    Column("lead_ends_at", UtcTime),  # of an offer: when it has stood long enough
    CheckConstraint("event <> 'offered' OR (lead_ends_at IS NOT NULL AND lead_ends_at > at)", name="lead"),
    Index(None, "case_id", "sequence"),
)

appeal = Table(
    "appeal",
    metadata,
    Column("number", String(20), primary_key=True),
    _case_id(),
    Column("sequences", Text, nullable=False),  # JSON list
    Column("filed_by", String(20), nullable=False),
    Column("expedited", Boolean, nullable=False),
    Column("reviewer", String(80)),  # staff id of whoever decides it
    Column("received_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),  # of whoever decides now: the plan, or the reviewer outside
    Column("awaits", String(20)),  # 'plan', 'external'; NULL: decided
    Column("outcome", String(20)),
    Column("external", String(20)),  # kind of the review outside the plan
    Column("external_outcome", String(20)),
    CheckConstraint("filed_by IN ('member', 'provider', 'representative')", name="filed_by"),
    CheckConstraint("awaits IS NULL OR awaits IN ('plan', 'external')", name="awaits"),
    CheckConstraint(
        "outcome IS NULL OR outcome IN ('upheld', 'overturned', 'partly_overturned')", name="outcome"
    ),
    CheckConstraint("external IS NULL OR external IN ('IRO', 'IRE', 'fair_hearing')", name="external"),
    Index(None, "case_id"),
    Index(None, "awaits", "due_at"),
)

clock_breach = Table(
    "clock_breach",
    metadata,
    _case_id(),
    Column("sequence", Integer, nullable=False),
    Column("started_at", UtcTime, nullable=False),  # of the clock: a line may have one after the other
    Column("due_at", UtcTime, nullable=False),
    Column("rule", String(80), nullable=False),
    Column("marked_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("case_id", "sequence", "started_at"),  # so it is marked once, by whomever
    CheckConstraint("marked_at > due_at", name="passed"),
)

benefit_draw = Table(
    "benefit_draw",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_key", ForeignKey("member.member_key"), nullable=False),
    Column("bucket", String(80), nullable=False),
    Column("year", Integer, nullable=False),
    Column("visits", Exact, nullable=False),  # negative: given back
    _case_id(),
    Column("sequence", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("discipline", String(2)),
    Column("habilitative", Boolean, nullable=False, server_default=false()),
    Column("amount", Exact),  # in what the limit counts; None in old rows: as many as visits
    Index(None, "member_key"),
    Index(None, "case_id"),
)

benefit_visit = Table(
    "benefit_visit",
    metadata,
    Column("key", String(64), primary_key=True),  # digest of source, reference and reversal: told once
    Column("member_key", ForeignKey("member.member_key"), nullable=False),
    Column("source", String(10), nullable=False),  # claim, report
    Column("reference", Text, nullable=False),
    Column("is_reversal", Boolean, nullable=False),
    Column("day", Date, nullable=False),
    Column("discipline", String(2), nullable=False),
    Column("habilitative", Boolean, nullable=False),
    Column("bucket", String(80), nullable=False),
    Column("free_bucket", String(80)),
    Column("year", Integer, nullable=False),
    Column("visits", Exact, nullable=False),  # negative: reversed
    Column("amount", Exact, nullable=False),
    Column("case_id", ForeignKey("service_case.case_id")),
    Column("at", UtcTime, nullable=False),  # when it was written down
    Column("actor_id", String(80), nullable=False),
    CheckConstraint("source IN ('claim', 'report')", name="source"),
    CheckConstraint("actor_id <> ''", name="somebody"),
    Index(None, "member_key"),
    Index(None, "case_id"),
)

# --- exemptions ----------------------------------------------------------------------------------------

exemption_event = Table(
    "exemption_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("npi", String(10), nullable=False),
    Column("service", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", UtcTime, nullable=False),  # when it was written down
    Column("told_on", Date, nullable=False),  # day of the notice
    Column("effective", Date),  # first day without the exemption
    Column("actor_id", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reviewer_id", String(80)),
    Column("license_active", Boolean),  # the reviewer's, on the day of the review
    Column("sample_size", Integer),
    Column("sample_met", Integer),
    Column("body", Text, nullable=False),  # JSON: statistics of the evaluation, or the whole review
    CheckConstraint(
        "kind IN ('granted', 'not_granted', 'rescinded', 'review_requested', 'upheld', 'overturned')",
        name="kind",
    ),
    # Tex. Ins. Code 4201.655: a licensed physician has read a sample, and it did not all meet the criteria.
    CheckConstraint(
        "kind <> 'rescinded' OR (effective IS NOT NULL AND coalesce(reviewer_id, '') <> '' "
        "AND coalesce(license_active, false) AND coalesce(sample_met, 0) < coalesce(sample_size, 0))",
        name="reviewed",
    ),
    CheckConstraint("actor_id <> ''", name="somebody"),
    Index(None, "npi"),
)

# --- what happened -------------------------------------------------------------------------------------

case_event = Table(
    "case_event",
    metadata,
    _case_id(),
    Column("seq", Integer, nullable=False),
    Column("type", String(60), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor_role", String(20), nullable=False),
    Column("actor_id", String(80), nullable=False),
    Column("body_digest", String(64), nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
)

case_event_body = Table(
    "case_event_body",
    metadata,
    Column("case_id", String(36), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("salt", String(36), nullable=False),  # goes with the body: a digest alone cannot be guessed back
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
    ForeignKeyConstraint(["case_id", "seq"], ["case_event.case_id", "case_event.seq"]),
)

rule_set = Table(
    "rule_set",
    metadata,
    Column("version", String(80), primary_key=True),
    Column("digest", String(64), nullable=False),  # SHA-256 over all files
    Column("kept_at", UtcTime, nullable=False),
    Column("content", LargeBinary, nullable=False),  # zlib of JSON: path -> text
)

decision_record = Table(
    "decision_record",
    metadata,
    Column("case_id", String(36), nullable=False),
    Column("seq", Integer, nullable=False),  # of the event that tells of the decision
    Column("decided_at", UtcTime, nullable=False),
    Column("rules_version", ForeignKey("rule_set.version"), nullable=False),
    Column("plan_code", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),  # zlib of the canonical text (codec.encode_decision)
    PrimaryKeyConstraint("case_id", "seq"),
    ForeignKeyConstraint(["case_id", "seq"], ["case_event.case_id", "case_event.seq"]),
    Index(None, "decided_at"),
)

anchor = Table(
    "anchor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("heads", Integer, nullable=False),
    Column("prev_digest", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

anchor_head = Table(
    "anchor_head",
    metadata,
    Column("anchor_id", ForeignKey("anchor.id"), nullable=False),
    Column("case_id", String(36), nullable=False),  # no foreign key: it must outlive a deleted case
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("case_id", "seq"),
    Index(None, "anchor_id"),
)

# --- the wire ------------------------------------------------------------------------------------------

submission = Table(
    "submission",
    metadata,
    Column("key", String(64), primary_key=True),  # digest of the four columns below: the idempotency key
    Column("sender", Text, nullable=False),
    Column("system", Text),
    Column("value", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    _case_id(),
    Column("exchange_id", String(36), nullable=False),  # no foreign key: exchanges have their own retention
    Column("received_at", UtcTime, nullable=False),
    Index(None, "case_id", "received_at"),
)

exchange = Table(
    "exchange",
    metadata,
    Column("exchange_id", String(36), primary_key=True),
    Column("received_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime, nullable=False),
    Column("guide_version", String(10), nullable=False),
    Column("operation", String(40), nullable=False),
    Column("client", Text),
    Column("status", Integer, nullable=False),
    Column("media", String(100), nullable=False),
    Column("request", LargeBinary, nullable=False),  # zlib
    Column("response", LargeBinary, nullable=False),  # zlib
    Column("case_id", String(36)),
    Column("request_id", String(64)),  # X-Request-Id of the answer; a caller may use one again
    Column("report", LargeBinary),  # zlib; what validation found and what became of it, as JSON
    Index(None, "case_id"),
    Index(None, "received_at"),
    Index(None, "request_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("created_at", UtcTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("case_id", String(36)),
    Column("payload", Text, nullable=False),  # JSON
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Index(None, "state", "next_at"),
    Index(None, "topic", "id"),
    sqlite_autoincrement=True,  # an id is an event number for the receiver: never used twice
)
