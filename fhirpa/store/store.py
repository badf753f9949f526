"""The store as its callers see it: opened once per process, then units of reading and writing."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Self

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from fhirpa.config import Settings
from fhirpa.store import migrate
from fhirpa.store.dialect import WriteGate, is_away, is_busy, open_engine, reason, transaction
from fhirpa.store.errors import Refused, StoreAway, StoreBusy, StoreError
from fhirpa.store.unit import Unit


class Store:
    """A database that is migrated and belongs to this mode. Thread-safe; open it after forking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._gate = WriteGate(engine)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Connect and bring the schema up to date (one process at a time, the others wait).

        Raises ModeMismatch if the database belongs to the other mode, SchemaOutdated if a newer program
        made it, StoreError if it cannot be reached.
        """
        engine = open_engine(settings.database_url, settings.threads)
        try:
            with _translated():
                migrate.prepare(engine, settings.mode)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def read(self) -> AbstractContextManager[Unit]:
        """A unit that sees one snapshot of the database and cannot write. Raises StoreError, as `write`."""
        return self._unit(nullcontext(), writes=False)

    def write(self) -> AbstractContextManager[Unit]:
        """A unit whose writes are durable together when the block ends, or undone if it ends by an exception.

        Raises StoreUnavailable (try again), Refused (a constraint), StoreError. On SQLite a writer is alone.
        """
        return self._unit(self._gate.passing(), writes=True)

    @contextmanager
    def _unit(self, gate: AbstractContextManager[None], *, writes: bool) -> Iterator[Unit]:
        with _translated(), gate, transaction(self._engine, writes=writes) as connection:
            yield Unit(connection, writable=writes)

    def ping(self) -> bool:
        """True if the database answers."""
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except (DBAPIError, PoolTimeout):
            return False
        return True

    def close(self) -> None:
        """Give back the database connections."""
        self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """The database's errors as the store's own: short, and free of the values that were written."""
    try:
        yield
    except PoolTimeout:
        raise StoreBusy("all database connections are in use") from None
    except DBAPIError as error:
        if is_busy(error):
            raise StoreBusy("another transaction held a lock for too long") from None
        if is_away(error):
            raise StoreAway(f"the database cannot be used now ({reason(error)})") from None
        if isinstance(error, IntegrityError):
            raise Refused(reason(error)) from None
        raise StoreError(f"the database failed ({reason(error)})") from None
