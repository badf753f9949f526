"""Draws by discipline and kind of service, reported visits, and a booking event for what was drawn before."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from fhirpa.store.events import event_hash
from fhirpa.store.keys import digest
from fhirpa.store.triggers import refuse_changes
from fhirpa.store.types import Exact, UtcTime

revision = "0006"
down_revision = "0005"

_SALT_BYTES = 16


def upgrade() -> None:
    """Columns that older rows leave empty, a table, and events for older draws."""
    for column in (
        sa.Column("discipline", sa.String(length=2), nullable=True),
        sa.Column("habilitative", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
    ):
        op.add_column("benefit_draw", column)
    op.create_index(op.f("ix_benefit_draw_case_id"), "benefit_draw", ["case_id"], unique=False)
    _visits()
    connection = op.get_bind()
    _book_what_was_drawn(connection)
    for statement in refuse_changes(connection.dialect.name, "benefit_visit"):
        op.execute(sa.text(statement.replace(":", "\\:")))


def _visits() -> None:
    op.create_table(
        "benefit_visit",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("member_key", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("discipline", sa.String(length=2), nullable=False),
        sa.Column("habilitative", sa.Boolean(), nullable=False),
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("free_bucket", sa.String(length=80), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("visits", Exact(), nullable=False),
        sa.Column("amount", Exact(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.CheckConstraint("source IN ('claim', 'report')", name=op.f("ck_benefit_visit_source")),
        sa.CheckConstraint("actor_id <> ''", name=op.f("ck_benefit_visit_somebody")),
        sa.ForeignKeyConstraint(["case_id"], ["service_case.case_id"], name=op.f("fk_benefit_visit_case_id")),
        sa.ForeignKeyConstraint(
            ["member_key"], ["member.member_key"], name=op.f("fk_benefit_visit_member_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_benefit_visit")),
    )
    for column in ("member_key", "case_id"):
        op.create_index(op.f(f"ix_benefit_visit_{column}"), "benefit_visit", [column], unique=False)


def _book_what_was_drawn(connection: sa.Connection) -> None:
    """Until now no event held the draws: each case that has some gets one that does."""
    cases = sa.text(
        "SELECT c.case_id, c.rules_version, c.snapshot FROM service_case c "
        "WHERE c.case_id IN (SELECT case_id FROM benefit_draw)"
    )
    now = datetime.now(UTC)
    for case in connection.execute(cases).all():
        head = connection.execute(
            sa.text("SELECT seq, hash FROM case_event WHERE case_id = :id ORDER BY seq DESC LIMIT 1"),
            {"id": case.case_id},
        ).one()
        draws = json.loads(case.snapshot).get("draws", [])
        _append(connection, case.case_id, head.seq + 1, head.hash, now, case.rules_version, draws)


def _append(
    connection: sa.Connection, case_id: str, seq: int, hash_: str, at: datetime, rules: str, draws: list[Any]
) -> None:
    body, salt = json.dumps({"draws": draws}), secrets.token_hex(_SALT_BYTES)
    told = digest(salt, body)
    table = sa.table(
        "case_event",
        *(sa.column(x) for x in ("case_id", "seq", "type", "actor_role", "actor_id")),
        sa.column("at", UtcTime()),
        *(sa.column(x) for x in ("body_digest", "prev_hash", "hash")),
    )
    row = {
        "case_id": case_id,
        "seq": seq,
        "type": "benefit-booked",
        "at": at,
        "actor_role": "system",
        "actor_id": rules,
        "body_digest": told,
        "prev_hash": hash_,
        "hash": event_hash(hash_, case_id, seq, "benefit-booked", at, "system", rules, told),
    }
    connection.execute(sa.insert(table), row)
    bodies = sa.table("case_event_body", *(sa.column(x) for x in ("case_id", "seq", "salt", "body")))
    connection.execute(sa.insert(bodies), {"case_id": case_id, "seq": seq, "salt": salt, "body": body})
