"""Bringing a database to the schema this program knows, and to its mode.

A start on an up-to-date database reads two rows and never imports Alembic, which takes half a second.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text

from fhirpa.config import Mode
from fhirpa.store.dialect import insert_new, migrating
from fhirpa.store.errors import ModeMismatch, SchemaOutdated
from fhirpa.store.schema import meta

HEAD = "0008"  # the newest revision in migrations/versions
_FOLDER = Path(__file__).parent / "migrations"
_MODE = "mode"


def prepare(engine: Engine, mode: Mode) -> None:
    """Migrate if needed; claim a new database for `mode`. Raises ModeMismatch, SchemaOutdated."""
    with engine.connect() as connection:
        if revision(connection) == HEAD and _mode(connection) == mode:
            return
    with migrating(engine) as connection:
        if revision(connection) != HEAD:
            _upgrade(connection)
        insert_new(connection, meta, [{"key": _MODE, "value": mode.value}])
        found = _mode(connection)
    if found != mode:
        raise ModeMismatch(f"the database belongs to {found} mode, the server was started in {mode} mode")


def revision(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _mode(connection: Connection) -> str | None:
    return connection.execute(select(meta.c.value).where(meta.c.key == _MODE)).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = revision(connection)
    if known is not None:
        try:
            ScriptDirectory.from_config(config).get_revision(known)
        except CommandError as error:
            raise SchemaOutdated("a newer version of the program made this database") from error
    command.upgrade(config, "head")
