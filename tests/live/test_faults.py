"""Whatever breaks in a submit: a 5xx with a request id, nothing half-written, and the re-send succeeds."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, func, select, text
from sqlalchemy.exc import OperationalError

from fhirpa.fhir.codec import encode
from fhirpa.store import Unit
from fhirpa.store.schema import metadata
from fhirpa.testkit.answer import LineAnswer, read_answer
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from fhirpa.workflow import inquire, submit
from fhirpa.workflow.services import Services
from tests.live.whole import faults_of
from tests.postgres import scratch_database
from tests.workflow.requests import Json, inquiry, request
from tests.workflow.services import open_services

HEADERS = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}


class Broken(Exception):
    """What a fault of ours raises; its text must never be seen."""


class House:
    """An application on a database, with a count of all its rows."""

    def __init__(self, services: Services, url: str) -> None:
        self.services = services
        self.url = url
        self.client: FlaskClient = create_app(bind(services)).test_client()

    def post(self, bundle: Json, operation: str = "$submit") -> Any:
        return self.client.post(
            f"/fhir/2.2.1/Claim/{operation}", data=encode(bundle, "json"), headers=HEADERS
        )

    def accepted(self, bundle: Json) -> tuple[LineAnswer, ...]:
        response = self.post(bundle)
        assert response.status_code == 200, response.get_data(as_text=True)
        return read_answer(json.loads(response.data)).lines

    def rows(self) -> dict[str, int]:
        engine = create_engine(self.services.settings.database_url)
        try:
            with engine.connect() as connection:
                tables = metadata.tables.values()
                return {
                    t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
                    for t in tables
                }
        finally:
            engine.dispose()


def check_fault(response: Any, *statuses: int) -> None:
    """A plain-text 5xx that says which request it was and when to come again, and nothing else."""
    assert response.status_code in statuses, response.get_data(as_text=True)
    assert response.mimetype == "text/plain"
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["X-Request-Id"] in response.get_data(as_text=True)
    assert len(response.data) < 300
    assert b"secret" not in response.data


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    services = open_services(tmp_path_factory.mktemp("faults"))
    yield House(services, services.settings.database_url)
    services.close()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[House]:
    with scratch_database(postgres_server) as url:
        services = open_services(tmp_path_factory.mktemp("faults"), url=url)
        yield House(services, url)
        services.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest) -> House:
    found: House = request.getfixturevalue(f"on_{request.param}")
    return found


@contextmanager
def listening(name: str, listener: Callable[..., None]) -> Iterator[None]:
    """A listener on every engine, for the length of the block."""
    event.listen(Engine, name, listener)
    try:
        yield
    finally:
        event.remove(Engine, name, listener)


def fails(*_: Any, **__: Any) -> Any:
    raise Broken("secret of the request")


@pytest.mark.parametrize("name", ["decide", "open_case", "load_context", "write_response", "encode"])
def test_a_step_that_breaks_leaves_nothing(house: House, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, before = request(), house.rows()
    with monkeypatch.context() as broken:
        broken.setattr(submit, name, fails)
        check_fault(house.post(bundle), 500)
    assert house.rows() == before
    assert house.accepted(bundle)[0].action == "A1"
    assert faults_of(house.url) == []


@pytest.mark.parametrize("name", ["save_case", "save_exchange", "enqueue_all", "enrol", "lock_member"])
def test_a_write_that_breaks_leaves_nothing(house: House, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, before = request(), house.rows()
    with monkeypatch.context() as broken:
        broken.setattr(Unit, name, fails)
        check_fault(house.post(bundle), 500)
    assert house.rows() == before
    assert house.accepted(bundle)[0].action == "A1"


def statements_of_a_submit(house: House) -> int:
    seen: list[str] = []
    with listening("before_cursor_execute", lambda *args: seen.append(args[2])):
        house.accepted(request("evaluation-and-treatment"))
    return len(seen)


def break_at(place: int, act: Callable[[Any], None]) -> Callable[..., None]:
    """A listener that acts before the statement with this number, counted from 0."""
    count = iter(range(10_000))

    def before(connection: Any, *_: Any) -> None:
        if next(count) == place:
            act(connection)

    return before


def test_whichever_statement_breaks_nothing_is_half_written(house: House) -> None:
    total = statements_of_a_submit(house)
    assert total > 15
    before = house.rows()
    for place in range(total):
        bundle = request("evaluation-and-treatment", key=f"statement-{place}")
        with listening("before_cursor_execute", break_at(place, fails)):
            response = house.post(bundle)
        check_fault(response, 500)
        assert house.rows() == before, place
    for place in range(total):
        lines = house.accepted(request("evaluation-and-treatment", key=f"statement-{place}"))
        assert [x.action for x in lines] == ["NA", "A1"]
    assert faults_of(house.url) == []


def test_a_commit_that_breaks_leaves_nothing(house: House) -> None:
    bundle, before = request(), house.rows()
    with listening("commit", fails):
        check_fault(house.post(bundle), 500)
    assert house.rows() == before
    assert house.accepted(bundle)[0].action == "A1"


def test_a_commit_whose_answer_is_lost_can_be_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, before = request(), house.rows()
    dialect = type(create_engine(house.services.settings.database_url).dialect)
    commit = dialect.do_commit

    def commit_and_fail(self: Any, connection: Any) -> None:
        commit(self, connection)
        raise self.loaded_dbapi.OperationalError("secret: server closed the connection unexpectedly")

    with monkeypatch.context() as broken:
        broken.setattr(dialect, "do_commit", commit_and_fail)
        check_fault(house.post(bundle), 500, 503)
    after = house.rows()
    assert after["service_case"] == before["service_case"] + 1  # it was decided, the caller does not know
    assert house.accepted(bundle)[0].action == "A1"
    assert house.rows() == {**after, "exchange": after["exchange"] + 1}


def test_a_fault_on_the_way_of_a_refusal_is_a_fault_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Unit, "save_exchange", fails)
        check_fault(house.post({"resourceType": "Bundle"}), 500)
    assert house.post({"resourceType": "Bundle"}).status_code == 400


def test_a_number_that_somebody_else_took_at_the_same_moment_is_drawn_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes that draw one number: the second finds it taken when it writes."""
    first = house.accepted(request())[0].number
    assert first is not None
    drawn = [first[1:-1], first[1:-1]]
    digits = type(house.services.ids).digits
    monkeypatch.setattr(
        type(house.services.ids), "digits", lambda self, n: drawn.pop() if drawn else digits(self, n)
    )
    monkeypatch.setattr(Unit, "number_taken", lambda *_: False)
    second = house.accepted(request())[0].number
    assert drawn == []
    assert second is not None
    assert second != first


def test_two_lines_of_one_case_never_share_a_drawn_number(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = ["123456789"] * 4
    digits = type(house.services.ids).digits
    monkeypatch.setattr(
        type(house.services.ids), "digits", lambda self, n: drawn.pop() if drawn else digits(self, n)
    )
    lines = house.accepted(request("stroke-pt-and-ot"))
    assert len({x.number for x in lines if x.number}) == 2


# --- the database itself -------------------------------------------------------------------------------


def test_a_full_disk_is_not_now(on_sqlite: House) -> None:
    house = on_sqlite
    house.accepted(request())
    before = house.rows()
    limit_pages(house.services, grow=0)
    bundles = [request() for _ in range(40)]
    answers = [house.post(x) for x in bundles]
    assert answers[-1].status_code != 200
    for response in answers:
        if response.status_code != 200:
            check_fault(response, 503)
    assert faults_of(house.url) == []
    assert house.rows()["service_case"] - before["service_case"] == sum(x.status_code == 200 for x in answers)
    limit_pages(house.services, grow=10_000)
    assert all(house.accepted(x)[0].action == "A1" for x in bundles)
    assert faults_of(house.url) == []


def limit_pages(services: Services, grow: int) -> None:
    """Let the file of the one pooled connection grow by so many pages and no further."""
    with services.store.read() as unit:
        pages = unit.reader.exec_driver_sql("PRAGMA page_count").scalar_one()
        unit.reader.exec_driver_sql(f"PRAGMA max_page_count={pages + grow}")


@pytest.mark.parametrize("code", ["SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_NOMEM"])
def test_a_disk_that_fails_is_not_now(on_sqlite: House, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = type(create_engine("sqlite://").dialect)

    def failing(*_: Any) -> None:
        error = sqlite3.OperationalError("secret")
        error.sqlite_errorcode = getattr(sqlite3, code)
        raise error

    bundle, before = request(), on_sqlite.rows()
    with monkeypatch.context() as broken:
        broken.setattr(dialect, "do_commit", failing)
        check_fault(on_sqlite.post(bundle), 503)
    assert on_sqlite.rows() == before
    assert on_sqlite.accepted(bundle)[0].action == "A1"


@pytest.mark.postgres
def test_a_connection_that_is_ended_at_any_statement_is_not_now(on_postgresql: House) -> None:
    house = on_postgresql
    total = statements_of_a_submit(house)
    admin = create_engine(house.services.settings.database_url)

    def end(connection: Any) -> None:
        pid = connection.connection.driver_connection.info.backend_pid
        with admin.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    before = house.rows()
    for place in range(1, total, 3):
        bundle = request("evaluation-and-treatment", key=f"ended-{place}")
        count = break_at(place, end)
        with listening(
            "before_cursor_execute", lambda c, *a, count=count: c.engine is not admin and count(c)
        ):
            check_fault(house.post(bundle), 503)
        assert house.rows() == before, place
    for place in range(1, total, 3):
        house.accepted(request("evaluation-and-treatment", key=f"ended-{place}"))
    assert faults_of(house.url) == []
    admin.dispose()


@pytest.mark.postgres
def test_connections_that_ended_while_idle_are_replaced_unnoticed(on_postgresql: House) -> None:
    house = on_postgresql
    house.accepted(request())
    admin = create_engine(house.services.settings.database_url)
    with admin.connect() as other:
        other.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    admin.dispose()
    house.accepted(request())


@pytest.mark.parametrize("operation", ["$submit", "$inquire"])
def test_a_database_that_is_away_is_not_now(
    house: House, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Engine, *_: Any, **__: Any) -> Any:
        cause = self.dialect.loaded_dbapi.OperationalError("secret")
        cause.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise OperationalError("secret", {}, cause)

    bundle = request()
    house.accepted(bundle)
    wanted = inquiry(bundle) if operation == "$inquire" else bundle
    with monkeypatch.context() as broken:
        broken.setattr(Engine, "connect", away)
        check_fault(house.post(wanted, operation), 503)
        assert house.client.get("/readyz").status_code == 503
        assert house.client.get("/healthz").status_code == 200
    assert house.post(wanted, operation).status_code == 200


def test_a_step_of_an_inquiry_that_breaks_is_a_fault(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = request()
    house.accepted(bundle)
    with monkeypatch.context() as broken:
        broken.setattr(inquire, "write_inquiry_response", fails)
        check_fault(house.post(inquiry(bundle), "$inquire"), 500)
    assert house.post(inquiry(bundle), "$inquire").status_code == 200
