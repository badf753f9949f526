"""A store opens on any database: new, current, of the other mode, of a newer program, by several at once."""

import multiprocessing
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, text

import fhirpa.store
from fhirpa.store import ModeMismatch, SchemaOutdated, Store, StoreError, migrate
from fhirpa.store.schema import metadata
from tests.store.conftest import settings_for

Open = Callable[..., Store]
_PACKAGE = Path(fhirpa.store.__file__).parent


def test_a_new_database_is_made_and_answers(empty_url: str, open_store: Open) -> None:
    store = open_store(empty_url)
    assert store.ping()
    with store.read() as unit:
        assert unit.find_providers(["1234567893"]) == {}


def test_migrations_make_exactly_the_tables_of_the_schema(empty_url: str, open_store: Open) -> None:
    open_store(empty_url)
    engine = create_engine(settings_for(empty_url).database_url)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "target_metadata": metadata}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        checks = {
            table: {x["name"] for x in inspect(connection).get_check_constraints(table)}
            for table in metadata.tables
        }
    engine.dispose()
    expected = {
        table.name: {x.name for x in table.constraints if isinstance(x, CheckConstraint)}
        for table in metadata.tables.values()
    }
    assert checks == expected


def test_the_newest_migration_is_the_one_the_program_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(_PACKAGE / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_migrations_travel_inside_the_wheel() -> None:
    folders = {x.parent for x in _PACKAGE.rglob("*.py")}
    assert _PACKAGE / "migrations" / "versions" in folders
    assert [x for x in folders if not (x / "__init__.py").exists()] == []


def test_a_start_on_a_current_database_leaves_alembic_alone(database_url: str) -> None:
    program = (
        "import sys\n"
        "from fhirpa.config import Settings\n"
        "from fhirpa.store import Store\n"
        f"settings = Settings(database_url={database_url!r})\n"
        "Store.open(settings).close()\n"
        "assert 'alembic' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_database_belongs_to_one_mode_for_ever(empty_url: str, open_store: Open) -> None:
    open_store(empty_url, mode="strict")
    with pytest.raises(ModeMismatch):
        open_store(empty_url, mode="sandbox")
    open_store(empty_url, mode="strict")


def test_a_database_of_a_newer_program_is_left_alone(empty_url: str, open_store: Open) -> None:
    open_store(empty_url)
    engine = create_engine(settings_for(empty_url).database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(SchemaOutdated):
        open_store(empty_url)


def test_a_server_that_does_not_answer_is_a_store_error_without_its_password(open_store: Open) -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://fhirpa:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(caught.value)


def test_a_closed_door_is_no_answer(tmp_path: Path, open_store: Open) -> None:
    store = open_store(f"sqlite:///{tmp_path}/gone/store.db")
    assert store.ping()
    store.close()
    for file in (tmp_path / "gone").iterdir():
        file.unlink()
    (tmp_path / "gone").rmdir()
    assert not store.ping()


def test_the_file_is_for_its_owner_only(tmp_path: Path, open_store: Open) -> None:
    before = os.umask(0)
    try:
        open_store(f"sqlite:///{tmp_path}/var/store.db")
    finally:
        os.umask(before)
    rights = {stat.S_IMODE(x.stat().st_mode) for x in (tmp_path / "var").iterdir()}
    assert rights == {0o600}


def _open_and_close(url: str, start: Barrier) -> None:
    start.wait(60)
    Store.open(settings_for(url)).close()


def test_several_processes_may_start_on_a_new_database_at_once(empty_url: str) -> None:
    methods = multiprocessing.get_context("spawn")
    start = methods.Barrier(3)
    processes = [methods.Process(target=_open_and_close, args=(empty_url, start)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [x.exitcode for x in processes] == [0, 0, 0]


def test_several_threads_may_open_a_new_database_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(lambda _: Store.open(settings_for(empty_url)), range(4)):
            store.close()
