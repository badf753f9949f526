"""Nothing of a person stands in logs, metrics or error texts, whatever is wrong with a request."""

import gzip
import http.client
import itertools
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from fhirpa.fhir.codec import encode
from tests.live.process import ServerProcess
from tests.workflow.requests import Json, inquiry, request

# What a person may be recognized by; a hit in any case counts.
SECRETS = ("qzebulon7", "1931-02-30", "987650321")
MARKS = (
    "Qzebulon7",
    "Qzebulon7 of Nowhere Road",
    "1931-02-30",
    "987650321",
    "http://qzebulon7.example/fhir/Patient/987650321",
    "Patient/Qzebulon7",
    "#Qzebulon7",
    "urn:uuid:qzebulon7",
    " Qzebulon7\n",
    "<b>Qzebulon7</b>",
    "Qzebulon7\x00",
    "Qzebulon7\ud800",
)
JSON_TYPE, XML_TYPE = "application/fhir+json", "application/fhir+xml"


class Caller:
    """Posts over one connection and keeps the texts of everything that was refused."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.statuses: list[int] = []

    def refused_text(
        self, body: bytes, media: str = JSON_TYPE, operation: str = "$submit", **headers: str
    ) -> str | None:
        """The body of a 4xx in lower case, None for a 200; anything else fails."""
        path = f"/fhir/2.2.1/Claim/{operation}"
        self._connection.request("POST", path, body, {"Content-Type": media, "Accept": JSON_TYPE, **headers})
        response = self._connection.getresponse()
        answer = response.read().decode()
        self.statuses.append(response.status)
        assert response.status in (200, 400, 413, 415), answer
        return None if response.status == 200 else answer.lower()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("phi")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ServerProcess]:
    """At its end all that it wrote is searched, at the most talkative level."""
    with ServerProcess(folder, FHIRPA_LOG_LEVEL="DEBUG") as server:
        yield server
        metrics = raw_get(server.port, "/metrics")
    written = server.text().lower()
    assert '"event": "request"' in written
    for secret in SECRETS:
        assert secret not in written
        assert secret not in metrics.lower()


@pytest.fixture
def caller(server: ServerProcess) -> Caller:
    return Caller(server.port)


def raw_get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    found = connection.getresponse().read().decode()
    connection.close()
    return found


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = False
    for key, item in inner:
        found = True
        yield from leaves(item, (*path, key))
    if not found:
        yield path


def changed(bundle: Json, path: tuple[Any, ...], value: Any) -> Json:
    out = deepcopy(bundle)
    node: Any = out
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return out


def dumped(value: Any) -> bytes:
    """JSON of anything, also of texts that no encoder of FHIR would write."""
    return json.dumps(value, default=float).encode()


def check_silent(answer: str | None, what: object) -> None:
    for secret in SECRETS:
        assert answer is None or secret not in answer, (what, answer)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("lbp-dependent", 3),
        *(
            pytest.param(x, 1, marks=pytest.mark.deep)
            for x in ("lbp-dependent", "stroke-ot", "ped-ot-medicaid")
        ),
    ],
)
def test_no_value_is_echoed_wherever_it_stands(caller: Caller, name: str, step: int) -> None:
    """Every single value of a request (or every third) in turn becomes something it must not be."""
    bundle = request(name, key="phi")
    for path, mark in zip(
        itertools.islice(leaves(bundle), 0, None, step), itertools.cycle(MARKS), strict=False
    ):
        body = dumped(changed(bundle, path, mark))
        check_silent(caller.refused_text(body), (path, mark))
    assert caller.statuses.count(400) > 100 / step
    assert caller.statuses.count(200) > 20 / step


def test_no_value_of_a_broken_object_is_echoed(caller: Caller) -> None:
    """Values of the wrong kind: an object where a text belongs, a text where an object belongs."""
    bundle = request("lbp-dependent", key="phi-objects")
    holders = sorted({p[:n] for p in leaves(bundle) for n in range(1, len(p))}, key=str)
    shapes: tuple[Any, ...] = (
        "Qzebulon7",
        ["Qzebulon7"],
        {"value": "Qzebulon7"},
        987650321,
        {"Qzebulon7 !": 1},
    )
    for path, shape in zip(holders[::2], itertools.cycle(shapes), strict=False):
        body = dumped(changed(bundle, path, shape))
        check_silent(caller.refused_text(body), (path, shape))
    assert caller.statuses.count(400) > 20


def test_no_value_of_xml_is_echoed(caller: Caller) -> None:
    lines = encode(request("lbp-dependent", key="phi-xml"), "xml", True).decode().splitlines()
    marks = itertools.cycle(
        (*(x for x in MARKS if x.isprintable() and "<" not in x), "&Qzebulon7;", "<Qzebulon7")
    )
    for number in range(0, len(lines), 7):
        broken = list(lines)
        before, quote, after = broken[number].partition('value="')
        if quote:
            broken[number] = f'{before}value="{next(marks)}"{after.partition(chr(34))[2]}'
        else:
            broken[number] += next(marks)
        check_silent(caller.refused_text("\n".join(broken).encode(), XML_TYPE), broken[number])
    assert caller.statuses.count(400) > 20


def test_what_is_no_fhir_at_all_is_not_echoed(caller: Caller) -> None:
    whole = encode(request("lbp-initial", key="phi-cut"), "json").decode()
    bodies = [
        b"Qzebulon7",
        b'"Qzebulon7"',
        b'{"Qzebulon7": }',
        b'{"name": "Qzebulon7", "name": "Qzebulon7"}',
        b'{"resourceType": "Qzebulon7"}',
        b'{"resourceType": "Bundle", "type": "Qzebulon7", "entry": "987650321"}',
        "Qzebulon7 \xe9".encode("latin-1"),
        whole.replace("}", "} Qzebulon7", 1).encode(),
        whole[: len(whole) // 2].encode() + b"Qzebulon7",
        b'{"resourceType": "Bundle", "total": 987650321e987650321}',
    ]
    for body in bodies:
        for media in (JSON_TYPE, XML_TYPE):
            answer = caller.refused_text(body, media)
            assert answer is not None
            check_silent(answer, body)
    check_silent(
        caller.refused_text(gzip.compress(b"Qzebulon7")[:-3], **{"Content-Encoding": "gzip"}), "gzip"
    )
    check_silent(caller.refused_text(b"{}", "application/Qzebulon7"), "media type")
    check_silent(caller.refused_text(b"{}", f"{JSON_TYPE}; charset=Qzebulon7"), "charset")


def test_inquiries_and_addresses_are_not_echoed(server: ServerProcess, caller: Caller) -> None:
    bundle = inquiry(request("lbp-dependent", key="phi-inquiry"))
    for path, mark in zip(itertools.islice(leaves(bundle), 0, None, 3), itertools.cycle(MARKS), strict=False):
        body = dumped(changed(bundle, path, mark))
        check_silent(caller.refused_text(body, operation="$inquire"), (path, mark))
    for path in (
        "/fhir/2.2.1/Qzebulon7",
        "/fhir/2.2.1/Questionnaire/Qzebulon7",
        "/Qzebulon7?name=987650321",
        "/fhir/2.2.1/metadata?_format=Qzebulon7",
        "/fhir/Qzebulon7/metadata",
    ):
        check_silent(raw_get(server.port, path).lower(), path)


def test_a_fault_of_ours_does_not_say_whom_it_was_about(folder: Path, tmp_path: Path) -> None:
    """The database refuses the write of a request full of names: neither answer nor log has one of them."""
    bundle = request("lbp-dependent", key="phi-fault")
    for path in list(leaves(bundle)):
        if path[-1] in ("family", "text", "city", "line", "display"):
            bundle = changed(bundle, path, "Qzebulon7")
    with ServerProcess(tmp_path) as server:
        engine = create_engine(f"sqlite:///{tmp_path}/live.db")
        with engine.begin() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER broken BEFORE INSERT ON service_case "
                    "BEGIN SELECT RAISE(ABORT, 'no more cases'); END"
                )
            )
        engine.dispose()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("POST", "/fhir/2.2.1/Claim/$submit", dumped(bundle), {"Content-Type": JSON_TYPE})
        response = connection.getresponse()
        answer = response.read().decode()
        assert response.status == 500
        request_id = response.headers["X-Request-Id"]
        assert request_id in answer
        assert request_id in server.text()
    for secret in SECRETS:
        assert secret not in answer.lower()
        assert secret not in server.text().lower()
