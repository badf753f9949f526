"""The validation report beside an exchange, and the request id by which a caller asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Two columns; exchanges that are kept already have neither."""
    op.add_column("exchange", sa.Column("request_id", sa.String(length=64), nullable=True))
    op.add_column("exchange", sa.Column("report", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_exchange_request_id"), "exchange", ["request_id"], unique=False)
