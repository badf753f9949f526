"""The state machine of a line as rows, appeals, supervisors and conflicts of interest, and their triggers."""

import sqlalchemy as sa
from alembic import op

from fhirpa.store.migrations.lifecycle_triggers import lifecycle_triggers
from fhirpa.store.triggers import refuse_changes
from fhirpa.store.types import UtcTime

revision = "0008"
down_revision = "0007"

_BY_ENGINE = "certified pended_information pended_clinical not_required contact_payer"
_THERAPIST, _PENDED = (
    "pended_information pended_clinical",
    "pended_information pended_clinical pended_director",
)
_STANDING, _DENIED = "certified modified", "denied_medical denied_administrative"
_CLINICIANS, _PEOPLE = "therapist medical_director", "intake therapist medical_director"
_DIRECTOR = "medical_director"
_MOVES = (  # action, roles, sources, targets
    ("line-opened", "engine", "received", f"{_BY_ENGINE} cancelled"),
    ("line-added", "engine", "received", _BY_ENGINE),
    ("line-changed", "engine", f"{_THERAPIST} certified not_required contact_payer", _BY_ENGINE),
    ("line-changed", "engine", "pended_director", "certified not_required contact_payer"),
    (
        "line-cancelled",
        "provider",
        f"received {_PENDED} certified not_required contact_payer modified",
        "cancelled",
    ),
    ("information-arrived", "engine", "pended_information", "pended_clinical"),
    ("supply-time-over", "system", "pended_information", "pended_clinical"),
    ("review-ask", _CLINICIANS, _THERAPIST, "pended_information"),
    ("review-certify", _CLINICIANS, _THERAPIST, f"{_STANDING} pended_clinical"),
    ("review-certify", _DIRECTOR, "pended_director", _STANDING),
    ("review-refer", "therapist", _THERAPIST, "pended_director"),
    ("review-deny", _DIRECTOR, "pended_director", "denied_medical modified"),
    ("review-deny-administratively", _PEOPLE, _THERAPIST, "denied_administrative"),
    ("review-withdraw", "intake", _PENDED, "cancelled"),
    ("review-correct", _DIRECTOR, "denied_medical modified", "pended_director"),
    ("review-correct", _PEOPLE, "denied_administrative modified", "pended_clinical"),
    ("review-reduce", _DIRECTOR, "certified", "modified"),
    ("review-appeal", "intake", f"{_DENIED} modified", "appealed"),
    ("review-uphold", _DIRECTOR, "appealed", "upheld external_review"),
    ("review-overturn", _DIRECTOR, "appealed", f"{_STANDING} upheld external_review"),
    ("review-external", "intake", "appealed upheld denied_medical modified", "external_review"),
    ("review-external-outcome", "intake", "external_review", f"upheld {_STANDING}"),
)


def upgrade() -> None:
    """Tables and columns that older rows leave empty; the rows of the state machine; triggers."""
    _tables()
    op.add_column("staff", sa.Column("supervisor", sa.String(length=80), nullable=True))
    op.add_column("service_line", sa.Column("appeal", sa.String(length=20), nullable=True))
    op.add_column("service_line", sa.Column("plan_since", UtcTime(), nullable=True))
    op.add_column("determination", sa.Column("appeal_number", sa.String(length=20), nullable=True))
    dialect = op.get_bind().dialect.name
    for statement in (*refuse_changes(dialect, "line_transition"), *lifecycle_triggers(dialect)):
        op.execute(sa.text(statement.replace(":", "\\:")))


def _tables() -> None:
    op.create_table(
        "staff_conflict",
        sa.Column("staff_id", sa.String(length=80), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.staff_id"], name=op.f("fk_staff_conflict_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "npi", name=op.f("pk_staff_conflict")),
    )
    moves = op.create_table(
        "line_transition",
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("target", sa.String(length=30), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("source", "target", "action", "role", name=op.f("pk_line_transition")),
    )
    op.bulk_insert(moves, _rows())
    op.create_table(
        "appeal",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("sequences", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.String(length=20), nullable=False),
        sa.Column("expedited", sa.Boolean(), nullable=False),
        sa.Column("reviewer", sa.String(length=80), nullable=True),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("awaits", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("external", sa.String(length=20), nullable=True),
        sa.Column("external_outcome", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "filed_by IN ('member', 'provider', 'representative')", name=op.f("ck_appeal_filed_by")
        ),
        sa.CheckConstraint("awaits IS NULL OR awaits IN ('plan', 'external')", name=op.f("ck_appeal_awaits")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('upheld', 'overturned', 'partly_overturned')",
            name=op.f("ck_appeal_outcome"),
        ),
        sa.CheckConstraint(
            "external IS NULL OR external IN ('IRO', 'IRE', 'fair_hearing')", name=op.f("ck_appeal_external")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_appeal_case_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_appeal")),
    )
    op.create_index(op.f("ix_appeal_case_id"), "appeal", ["case_id"], unique=False)
    op.create_index(op.f("ix_appeal_awaits_appeal_due_at"), "appeal", ["awaits", "due_at"], unique=False)


def _rows() -> list[dict[str, str]]:
    rows = {
        (source, target, action, role)
        for action, roles, sources, targets in _MOVES
        for role in roles.split()
        for source in sources.split()
        for target in targets.split()
        if source != target
    }
    return [dict(zip(("source", "target", "action", "role"), row, strict=True)) for row in sorted(rows)]
