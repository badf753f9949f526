"""Column types that give back exactly what was put in, on both databases."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import DateTime, Numeric, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from fhirpa.store.dialect import keeps_time_zones, knows_decimals


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in, aware datetimes in UTC out (microseconds)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC for the database; raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without time zone")
        utc = value.astimezone(UTC)
        return utc if keeps_time_zones(dialect) else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal with all its digits: NUMERIC on PostgreSQL, text on SQLite (whose numbers are binary)."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        return dialect.type_descriptor(Numeric() if knows_decimals(dialect) else String())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """The text of the number on SQLite."""
        return value if value is None or knows_decimals(dialect) else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The number."""
        return None if value is None else Decimal(value)
