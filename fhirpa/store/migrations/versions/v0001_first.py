"""The first schema."""

import sqlalchemy as sa
from alembic import op

from fhirpa.store.triggers import refuse_changes, require_before_state
from fhirpa.store.types import Exact, UtcTime

revision = "0001"
down_revision = None

_INSERT_ONLY = (
    "anchor",
    "anchor_head",
    "benefit_draw",
    "case_event",
    "determination",
    "issued_number",
    "submission",
)
_LATEST = (
    "NOT EXISTS (SELECT 1 FROM determination n WHERE n.case_id = d.case_id "
    "AND n.sequence = d.sequence AND n.id > d.id)"
)
_BY_A_PERSON = "d.actor_role IN ('intake', 'therapist', 'medical_director')"
_NEEDED = {  # line state: the latest determination of the line that it needs
    "denied_medical": "d.kind = 'denied_medical'",
    "denied_administrative": "d.kind = 'denied_administrative'",
    "modified": f"(d.kind = 'reduced' OR (d.kind = 'certified_in_part' AND {_BY_A_PERSON}))",
}


def upgrade() -> None:
    """Tables by subject, then the triggers."""
    _roster()
    _cases()
    _decisions()
    _log()
    _wire()
    _triggers()


def _roster() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "member",
        sa.Column("member_key", sa.String(length=64), nullable=False),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("given", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("member_key", name=op.f("pk_member")),
    )
    op.create_table(
        "enrolment",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("member_key", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("subscriber_id", sa.Text(), nullable=True),
        sa.Column("brought_along", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["member_key"], ["member.member_key"], name=op.f("fk_enrolment_member_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_enrolment")),
    )
    op.create_index(
        op.f("ix_enrolment_member_id"), "enrolment", ["member_id"], unique=False, postgresql_using="hash"
    )
    op.create_index(op.f("ix_enrolment_member_key"), "enrolment", ["member_key"], unique=False)
    op.create_index(
        op.f("ix_enrolment_subscriber_id"),
        "enrolment",
        ["subscriber_id"],
        unique=False,
        postgresql_using="hash",
    )
    op.create_table(
        "provider",
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("in_network", sa.Boolean(), nullable=False),
        sa.Column("taxonomies", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("npi", name=op.f("pk_provider")),
    )


def _cases() -> None:
    op.create_table(
        "service_case",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("case_number", sa.String(length=20), nullable=False),
        sa.Column("member_key", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("requester_npi", sa.String(length=10), nullable=True),
        sa.Column("lob", sa.String(length=10), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("due_rule", sa.String(length=80), nullable=True),
        sa.Column("is_pended", sa.Boolean(), nullable=False),
        sa.Column("rules_version", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_key"], ["member.member_key"], name=op.f("fk_service_case_member_key")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_service_case")),
        sa.UniqueConstraint("case_number", name=op.f("uq_service_case_case_number")),
    )
    op.create_index(
        op.f("ix_service_case_is_pended_service_case_due_at"),
        "service_case",
        ["is_pended", "due_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_service_case_member_key_service_case_received_at"),
        "service_case",
        ["member_key", "received_at"],
        unique=False,
    )
    op.create_index(op.f("ix_service_case_received_at"), "service_case", ["received_at"], unique=False)
    op.create_index(op.f("ix_service_case_requester_npi"), "service_case", ["requester_npi"], unique=False)
    op.create_table(
        "issued_number",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_issued_number_case_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_issued_number")),
        sa.UniqueConstraint("number", "case_id", name=op.f("uq_issued_number_number_case_id")),
    )
    op.create_index(op.f("ix_issued_number_case_id"), "issued_number", ["case_id"], unique=False)
    op.create_table(
        "service_line",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("discipline", sa.String(length=2), nullable=True),
        sa.Column("policy_id", sa.String(length=80), nullable=True),
        sa.Column("diagnosis_group", sa.String(length=80), nullable=True),
        sa.Column("service_code", sa.Text(), nullable=True),
        sa.Column("service_start", sa.Date(), nullable=True),
        sa.Column("service_end", sa.Date(), nullable=True),
        sa.Column("certified_visits", Exact(), nullable=True),
        sa.Column("certified_quantity", Exact(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("authorization_number", sa.String(length=20), nullable=True),
        sa.Column("administrative_reference_number", sa.String(length=20), nullable=True),
        sa.Column("is_evaluation", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["administrative_reference_number", "case_id"],
            ["issued_number.number", "issued_number.case_id"],
            name=op.f("fk_service_line_administrative_reference_number_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["authorization_number", "case_id"],
            ["issued_number.number", "issued_number.case_id"],
            name=op.f("fk_service_line_authorization_number_case_id"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_service_line_case_id")),
        sa.PrimaryKeyConstraint("case_id", "sequence", name=op.f("pk_service_line")),
    )
    op.create_table(
        "case_provider",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_case_provider_case_id")),
        sa.PrimaryKeyConstraint("case_id", "npi", name=op.f("pk_case_provider")),
    )
    op.create_index(op.f("ix_case_provider_npi"), "case_provider", ["npi"], unique=False)
    op.create_table(
        "trace_number",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_trace_number_case_id")),
        sa.PrimaryKeyConstraint("case_id", "sequence", "digest", name=op.f("pk_trace_number")),
    )
    op.create_index(op.f("ix_trace_number_digest"), "trace_number", ["digest"], unique=False)
    op.create_table(
        "authorization",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("discipline", sa.String(length=2), nullable=True),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("certified_visits", Exact(), nullable=True),
        sa.Column("certified_quantity", Exact(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number", "case_id"],
            ["issued_number.number", "issued_number.case_id"],
            name=op.f("fk_authorization_number_case_id"),
        ),
        sa.PrimaryKeyConstraint("number", "sequence", name=op.f("pk_authorization")),
    )
    op.create_index(op.f("ix_authorization_case_id"), "authorization", ["case_id"], unique=False)


def _decisions() -> None:
    op.create_table(
        "determination",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("license_active", sa.Boolean(), nullable=True),
        sa.Column("rule_id", sa.String(length=80), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.Column("rules_version", sa.String(length=80), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'denied_administrative' OR (actor_role IN ('intake', 'therapist', 'medical_director') "
            "AND coalesce(rule_id, '') <> '')",
            name=op.f("ck_determination_person_denies"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('denied_medical', 'reduced') OR "
            "(actor_role = 'medical_director' AND coalesce(license_active, false))",
            name=op.f("ck_determination_director_denies"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_determination_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_determination")),
    )
    op.create_index(
        op.f("ix_determination_case_id_determination_sequence"),
        "determination",
        ["case_id", "sequence"],
        unique=False,
    )
    op.create_table(
        "benefit_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_key", sa.String(length=64), nullable=False),
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("visits", Exact(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_benefit_draw_case_id")),
        sa.ForeignKeyConstraint(
            ["member_key"], ["member.member_key"], name=op.f("fk_benefit_draw_member_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_draw")),
    )
    op.create_index(op.f("ix_benefit_draw_member_key"), "benefit_draw", ["member_key"], unique=False)


def _log() -> None:
    op.create_table(
        "case_event",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_case_event_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_case_event")),
    )
    op.create_table(
        "case_event_body",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=36), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "seq"],
            ["case_event.case_id", "case_event.seq"],
            name=op.f("fk_case_event_body_case_id_seq"),
        ),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_case_event_body")),
    )
    op.create_table(
        "anchor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("prev_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchor")),
    )
    op.create_table(
        "anchor_head",
        sa.Column("anchor_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchor.id"], name=op.f("fk_anchor_head_anchor_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_anchor_head")),
    )
    op.create_index(op.f("ix_anchor_head_anchor_id"), "anchor_head", ["anchor_id"], unique=False)


def _wire() -> None:
    op.create_table(
        "submission",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("exchange_id", sa.String(length=36), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_submission_case_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submission")),
    )
    op.create_index(
        op.f("ix_submission_case_id_submission_received_at"),
        "submission",
        ["case_id", "received_at"],
        unique=False,
    )
    op.create_table(
        "exchange",
        sa.Column("exchange_id", sa.String(length=36), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=False),
        sa.Column("guide_version", sa.String(length=10), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("media", sa.String(length=100), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("exchange_id", name=op.f("pk_exchange")),
    )
    op.create_index(op.f("ix_exchange_case_id"), "exchange", ["case_id"], unique=False)
    op.create_index(op.f("ix_exchange_received_at"), "exchange", ["received_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_state_outbox_next_at"), "outbox", ["state", "next_at"], unique=False)
    op.create_index(op.f("ix_outbox_topic_outbox_id"), "outbox", ["topic", "id"], unique=False)


def _triggers() -> None:
    dialect = op.get_bind().dialect.name
    statements = [x for table in _INSERT_ONLY for x in refuse_changes(dialect, table)]
    statements += refuse_changes(dialect, "case_event_body", deletes=False)  # bodies are purged by schedule
    for state, condition in _NEEDED.items():
        statements += require_before_state(dialect, f"{state}_needs", state, f"{condition} AND {_LATEST}")
    for statement in statements:
        op.execute(sa.text(statement))
