"""What every decision of the engine took, and the rules by version."""

import sqlalchemy as sa
from alembic import op

from fhirpa.store.triggers import refuse_changes
from fhirpa.store.types import UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Two tables: rules are never changed or deleted, decisions are deleted only when they are purged."""
    op.create_table(
        "rule_set",
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_set")),
    )
    op.create_table(
        "decision_record",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.Column("rules_version", sa.String(length=80), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "seq"],
            ["case_event.case_id", "case_event.seq"],
            name=op.f("fk_decision_record_case_id_seq"),
        ),
        sa.ForeignKeyConstraint(
            ["rules_version"], ["rule_set.version"], name=op.f("fk_decision_record_rules_version")
        ),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_decision_record")),
    )
    op.create_index(op.f("ix_decision_record_decided_at"), "decision_record", ["decided_at"], unique=False)
    dialect = op.get_bind().dialect.name
    statements = [*refuse_changes(dialect, "rule_set")]
    statements += refuse_changes(dialect, "decision_record", deletes=False)
    for statement in statements:
        op.execute(sa.text(statement))
