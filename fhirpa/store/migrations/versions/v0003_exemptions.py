"""The history of preauthorization exemptions, insert-only."""

import sqlalchemy as sa
from alembic import op

from fhirpa.store.triggers import refuse_changes
from fhirpa.store.types import UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """One table."""
    op.create_table(
        "exemption_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewer_id", sa.String(length=80), nullable=True),
        sa.Column("license_active", sa.Boolean(), nullable=True),
        sa.Column("sample_size", sa.Integer(), nullable=True),
        sa.Column("sample_met", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('granted', 'not_granted', 'rescinded', 'review_requested', 'upheld', 'overturned')",
            name=op.f("ck_exemption_event_kind"),
        ),
        sa.CheckConstraint(
            "kind <> 'rescinded' OR (effective IS NOT NULL AND coalesce(reviewer_id, '') <> '' "
            "AND coalesce(license_active, false) AND coalesce(sample_met, 0) < coalesce(sample_size, 0))",
            name=op.f("ck_exemption_event_reviewed"),
        ),
        sa.CheckConstraint("actor_id <> ''", name=op.f("ck_exemption_event_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemption_event")),
    )
    op.create_index(op.f("ix_exemption_event_npi"), "exemption_event", ["npi"], unique=False)
    for statement in refuse_changes(op.get_bind().dialect.name, "exemption_event"):
        op.execute(sa.text(statement))
