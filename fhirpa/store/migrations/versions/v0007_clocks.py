"""What time does to cases: when to look at one next, since when it is late, and the missed clocks."""

import sqlalchemy as sa
from alembic import op

from fhirpa.store.triggers import refuse_changes
from fhirpa.store.types import UtcTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Two columns and a table; open cases are looked at when their decision is due."""
    op.add_column("service_case", sa.Column("watch_at", UtcTime(), nullable=True))
    op.add_column("service_case", sa.Column("late_since", UtcTime(), nullable=True))
    op.create_index(op.f("ix_service_case_watch_at"), "service_case", ["watch_at"], unique=False)
    op.execute(sa.text("UPDATE service_case SET watch_at = due_at WHERE is_pended"))
    op.create_table(
        "clock_breach",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("marked_at", UtcTime(), nullable=False),
        sa.CheckConstraint("marked_at > due_at", name=op.f("ck_clock_breach_passed")),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_clock_breach_case_id")),
        sa.PrimaryKeyConstraint("case_id", "sequence", "started_at", name=op.f("pk_clock_breach")),
    )
    for statement in refuse_changes(op.get_bind().dialect.name, "clock_breach"):
        op.execute(sa.text(statement))
