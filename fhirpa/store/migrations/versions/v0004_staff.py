"""Staff with licences, the record of peer-to-peer talks, and what an adverse determination must rest on."""

import sqlalchemy as sa
from alembic import op

from fhirpa.store.triggers import refuse_changes, require_before_insert
from fhirpa.store.types import UtcTime

revision = "0004"
down_revision = "0003"

_ADVERSE = "NEW.kind IN ('denied_medical', 'reduced')"
_BY_A_PERSON = "NEW.actor_role IN ('intake', 'therapist', 'medical_director')"
_KNOWN = (
    "EXISTS (SELECT 1 FROM staff s WHERE s.staff_id = NEW.actor_id AND s.role = NEW.actor_role AND s.active)"
)
_LICENSED = (  # Tex. Ins. Code 4201.152; the day counts in UTC, the safe side
    "EXISTS (SELECT 1 FROM staff s WHERE s.staff_id = NEW.actor_id AND s.role = 'medical_director' "
    "AND s.licence_type IN ('MD', 'DO') AND s.licence_state = 'TX' AND NOT s.licence_administrative "
    "AND s.licence_expires >= {day})"
)
_OPPORTUNITY = (  # 28 TAC 19.1710: a talk that was held, or an offer that has stood for its lead time
    "EXISTS (SELECT 1 FROM peer_to_peer p WHERE p.case_id = NEW.case_id AND p.sequence = NEW.sequence "
    "AND ((p.event = 'held' AND p.at <= NEW.decided_at) "
    "OR (p.event = 'offered' AND p.lead_ends_at <= NEW.decided_at)))"
)
_GROUNDS = "coalesce(NEW.criterion_id, '') <> '' AND coalesce(NEW.citation, '') <> ''"
_NOTICES = (  # the same transaction has queued them: they carry the instant of the decision
    "(SELECT count(DISTINCT o.topic) FROM outbox o WHERE o.case_id = NEW.case_id "
    "AND o.kind = 'notice' AND o.topic IN ('provider', 'member') AND o.created_at = NEW.decided_at) = 2"
)


def upgrade() -> None:
    """Two tables, columns that older rows leave empty, and triggers on new determinations."""
    _staff()
    _peer_to_peer()
    op.add_column("service_case", sa.Column("assigned_to", sa.String(length=80), nullable=True))
    op.add_column("determination", sa.Column("criterion_id", sa.String(length=80), nullable=True))
    op.add_column("determination", sa.Column("citation", sa.Text(), nullable=True))
    _triggers(op.get_bind().dialect.name)


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=True),
        sa.Column("specialty", sa.String(length=20), nullable=True),
        sa.Column("licence_type", sa.String(length=10), nullable=True),
        sa.Column("licence_state", sa.String(length=2), nullable=True),
        sa.Column("licence_number", sa.Text(), nullable=True),
        sa.Column("licence_expires", sa.Date(), nullable=True),
        sa.Column("licence_administrative", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('intake', 'therapist', 'medical_director')", name=op.f("ck_staff_role")),
        sa.CheckConstraint(
            "role = 'intake' OR (licence_number IS NOT NULL AND licence_state IS NOT NULL "
            "AND licence_expires IS NOT NULL AND ((role = 'therapist' AND licence_type IN ('PT', 'OT')) "
            "OR (role = 'medical_director' AND licence_type IN ('MD', 'DO'))))",
            name=op.f("ck_staff_licence"),
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff")),
    )


def _peer_to_peer() -> None:
    op.create_table(
        "peer_to_peer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("staff_id", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("lead_ends_at", UtcTime(), nullable=True),
        sa.CheckConstraint(
            "event <> 'offered' OR (lead_ends_at IS NOT NULL AND lead_ends_at > at)",
            name=op.f("ck_peer_to_peer_lead"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_peer_to_peer_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("fk_peer_to_peer_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_to_peer")),
    )
    op.create_index(
        op.f("ix_peer_to_peer_case_id_peer_to_peer_sequence"),
        "peer_to_peer",
        ["case_id", "sequence"],
        unique=False,
    )


def _triggers(dialect: str) -> None:
    day = "date(NEW.decided_at)" if dialect == "sqlite" else "(NEW.decided_at AT TIME ZONE 'UTC')::date"
    licensed = _LICENSED.replace("{day}", day)
    held_by_director = (
        "EXISTS (SELECT 1 FROM staff s WHERE s.staff_id = NEW.staff_id AND s.role = 'medical_director')"
    )
    statements = list(refuse_changes(dialect, "peer_to_peer"))
    for table, name, when, condition, message in (
        ("determination", "known_person", _BY_A_PERSON, _KNOWN, "a person decides who is on the staff"),
        ("determination", "licensed_director", _ADVERSE, licensed, "no active licence of a director"),
        ("determination", "opportunity", _ADVERSE, _OPPORTUNITY, "no opportunity for peer-to-peer"),
        ("determination", "grounds", _ADVERSE, _GROUNDS, "no criterion and citation"),
        ("determination", "notices", _ADVERSE, _NOTICES, "no notices to provider and member"),
        ("peer_to_peer", "physician", "NEW.event = 'held'", held_by_director, "a physician holds the talk"),
    ):
        statements += require_before_insert(dialect, table, name, when, condition, message)
    for statement in statements:
        op.execute(sa.text(statement.replace(":", "\\:")))
