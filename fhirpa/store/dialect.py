"""All that differs between SQLite and PostgreSQL (triggers: `triggers`).

No other module of the store asks which one it is.
"""

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Select, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from fhirpa.store.errors import StoreBusy, StoreError

LOCK_TIMEOUT_SECONDS = 10
_RETRY_SECONDS = 0.02
_MIGRATION_WAIT_SECONDS = 300
_BUSY_STATES = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock timeout (PostgreSQL)
_AWAY_CODES = frozenset(
    {
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
# Without these a request waits for minutes on a host that went away without a word. The names are libpq's;
# an address may set them itself (postgresql://...?connect_timeout=20).
_DEAD_HOST = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}


def keeps_time_zones(dialect: Dialect) -> bool:
    """True if the database has instants with a time zone."""
    return dialect.name == "postgresql"


def knows_decimals(dialect: Dialect) -> bool:
    """True if the database has exact decimals."""
    return dialect.name == "postgresql"


# --- engines -------------------------------------------------------------------------------------------


def open_engine(url: str, connections: int) -> Engine:
    """An engine with up to `connections` pooled connections; makes the folder of a SQLite file.

    Error texts never quote values (`hide_parameters`). Raises StoreError for a SQLite address without a
    file or with one that cannot be made, and for PostgreSQL when its driver is not installed.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url, connections)
    try:
        return _open_postgresql(url, connections)
    except ImportError as error:
        raise StoreError("PostgreSQL needs the driver: pip install 'fhirpa[postgres]'") from error


def _open_postgresql(url: str, connections: int) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=2,
        pool_timeout=LOCK_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            **{k: v for k, v in _DEAD_HOST.items() if k not in make_url(url).query},
            "options": f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s -c timezone=UTC",
        },
    )


def _open_sqlite(url: str, connections: int) -> Engine:
    file = make_url(url).database
    if not file or file == ":memory:":
        raise StoreError("a SQLite database needs a file")
    _make_file(Path(file))
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=2,
        pool_timeout=LOCK_TIMEOUT_SECONDS,
        connect_args={"timeout": LOCK_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _make_file(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives -wal and -shm the same rights
    except OSError as error:
        raise StoreError(f"the database file {file} cannot be made or written: {error.strerror}") from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT_SECONDS * 1000}")
    _use_wal(cursor)
    for pragma in (
        "synchronous=FULL",  # an acknowledged decision survives power loss
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE deletes rows behind the triggers' back
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switches the file to WAL. While others open a new file SQLite refuses that without waiting."""
    end = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(_RETRY_SECONDS)


@contextmanager
def transaction(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """A transaction: one that writes, or one that reads a single snapshot. Every other use is autocommit.

    SQLite: one that reads first and writes later would fail with 'database is locked' when somebody else
    wrote in between; a writer therefore takes the write lock at once. (A `begin` event would do the same,
    but then SQLAlchemy looks for listeners at every statement: 37 µs instead of 26 for a small one.)
    """
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql" and not writes:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
            yield connection


class WriteGate:
    """Lets the writers of one process in one at a time where the database does so anyhow (SQLite).

    SQLite's own waiting is sleeping and polling: with four threads it makes the slowest one percent of
    transactions ten times slower than queueing here.
    """

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Waits for the turn; raises StoreBusy after LOCK_TIMEOUT_SECONDS."""
        if self._lock is None:
            yield
            return
        if not self._lock.acquire(timeout=LOCK_TIMEOUT_SECONDS):
            raise StoreBusy("another transaction of this process did not end in time")
        try:
            yield
        finally:
            self._lock.release()


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction that may change the schema, one process at a time; others wait up to five minutes.

    SQLite: foreign keys are off meanwhile, since a table is changed there by making it anew, and checked
    as a whole at the end. Raises StoreError if a row then points nowhere.
    """
    if engine.dialect.name == "postgresql":
        with transaction(engine, writes=True) as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5min'"))
            lock_name(connection, ["fhirpa schema"])
            yield connection
        return
    with engine.connect() as connection:
        _pragma(connection, f"busy_timeout={_MIGRATION_WAIT_SECONDS * 1000}", "foreign_keys=OFF")
        try:
            with connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise StoreError("the migration left rows that point nowhere; nothing was changed")
        finally:
            _pragma(connection, f"busy_timeout={LOCK_TIMEOUT_SECONDS * 1000}", "foreign_keys=ON")


def _pragma(connection: Connection, *pragmas: str) -> None:
    """Sets what cannot be set inside a transaction; the driver's own connection knows of none."""
    cursor = connection.connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def reason(error: DBAPIError) -> str:
    """What the database refused, free of values: the name of a constraint or a trigger's own sentence."""
    diagnosis = getattr(error.orig, "diag", None)
    if isinstance(error, IntegrityError):  # the only kind whose first line never quotes a value
        return str(getattr(diagnosis, "constraint_name", None) or _first_line(error.orig, diagnosis))
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or ""
    return f"{type(error).__name__} {code}".strip()


def _first_line(error: object, diagnosis: object) -> object:
    return getattr(diagnosis, "message_primary", None) or error


def is_busy(error: DBAPIError) -> bool:
    """True if the same transaction may succeed when it is tried again."""
    if getattr(error.orig, "sqlstate", None) in _BUSY_STATES:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def is_away(error: DBAPIError) -> bool:
    """True if the database cannot be reached or cannot work at present (disk full, shutting down)."""
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):  # an operational error may be a mistake in a statement there
        code: int = getattr(error.orig, "sqlite_errorcode", 0)
        return code & 0xFF in _AWAY_CODES  # the low byte is the kind, the rest says more
    return True


# --- locks and statements ------------------------------------------------------------------------------


def lock_name(connection: Connection, names: Iterable[str]) -> None:
    """Holds these names until the transaction ends, so that two writers with one name follow each other.

    PostgreSQL: advisory locks on 64 bits of the name's SHA-256, taken in one order. SQLite: nothing to do,
    a writer is alone.
    """
    if connection.dialect.name != "postgresql":
        return
    digests = (hashlib.sha256(name.encode()).digest() for name in names)
    keys = sorted({int.from_bytes(digest[:8], "big", signed=True) for digest in digests})
    for key in keys:
        connection.execute(_ADVISORY_LOCK, {"key": key})


_ADVISORY_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


def for_update(connection: Connection, query: Select[Any]) -> Select[Any]:
    """The query, locking its rows on PostgreSQL."""
    return query.with_for_update() if connection.dialect.name == "postgresql" else query


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows; those whose key is there already are left as they are."""
    if rows:
        connection.execute(_insert_unless(connection.dialect.name, table), list(rows))


def inserted(connection: Connection, table: Table, row: Mapping[str, Any], key: str) -> bool:
    """Inserts one row; False if another has the same `key` (a unique column). Other faults raise.

    On PostgreSQL it waits for a transaction that is writing the same key.
    """
    statement = _insert_unless(connection.dialect.name, table, key)
    return connection.execute(statement, row).first() is not None


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows; those whose primary key is there already are overwritten."""
    if rows:
        connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0])), list(rows))


# Built once per table: building a statement takes longer than executing it.


@cache
def _insert_unless(dialect: str, table: Table, key: str | None = None) -> Any:
    if key is None:
        return _insert(dialect, table).on_conflict_do_nothing()
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=[key]).returning(table.c[key])


@cache
def _upsert(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    keys = [x.name for x in table.primary_key.columns]
    values = {x: statement.excluded[x] for x in columns if x not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
