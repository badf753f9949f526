"""An external terminology service: asked in the background, never waited for, forgiven when it fails."""

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Validator, load_set
from fhirpa.validation.terminology import Terminology, asking, open_terminology
from fhirpa.validation.terminology.answers import Answers
from fhirpa.validation.terminology.membership import Membership
from tests.validation.terminology_service import Behaviour, Exchange, held, knows, running, slow

Json = dict[str, Any]
CPT, LOINC = "http://www.ama-assn.org/go/cpt", "http://loinc.org"
X12_SET = "https://valueset.x12.org/x217/005010/request/2000E/UM/1/01/00/1525"
X12 = "https://codesystem.x12.org/005010/1525"
SERVICES = "http://hl7.org/fhir/us/davinci-pas/ValueSet/X12278RequestedServiceType|2.2.1"


def opened(url: str, folder: Path | None = None, **more: Any) -> Terminology:
    found = open_terminology(folder, url, **({"connect_seconds": 10, "read_seconds": 10} | more))
    assert found is not None
    return found


def membership(terminology: Terminology) -> Membership:
    return Membership(load_set("pas-2.2.1", terminology=terminology))


def test_the_first_question_is_unknown_and_the_next_is_answered() -> None:
    with running(knows("HS")) as service:
        terminology = opened(service.url)
        codes = membership(terminology)
        assert codes.has(X12_SET, X12, "HS") is None
        assert codes.has(X12_SET, X12, "ZZ") is None
        assert terminology.settle(20)
        assert codes.has(X12_SET, X12, "HS") is True
        assert codes.has(X12_SET, X12, "ZZ") is False
        assert not terminology.settle(20)


def test_a_value_set_is_asked_by_url_and_version_a_whole_system_by_its_own_url() -> None:
    with running(knows("97110")) as service:
        terminology = opened(service.url, token="secret")
        codes = membership(terminology)
        codes.has(X12_SET + "|1.0", X12, "HS")
        codes.has(SERVICES, CPT, "97110")
        terminology.settle(20)
        (path, first, headers), (other, second, _) = service.asked
        assert path.endswith("/ValueSet/$validate-code")
        assert first == {"url": X12_SET, "valueSetVersion": "1.0", "system": X12, "code": "HS"}
        assert headers["Authorization"] == "Bearer secret"
        assert other.endswith("/CodeSystem/$validate-code")
        assert second == {"url": CPT, "code": "97110"}
        assert codes.has(SERVICES, CPT, "97110") is True


def test_a_validation_does_not_wait_and_the_next_one_knows() -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "34117-2"}]},
    }
    answer = threading.Event()
    with running(held(answer, knows())) as service:
        terminology = opened(service.url)
        validator = Validator(load_set("pas-2.2.1", terminology=terminology))
        validator.validate({"resourceType": "Observation", "status": "final"})  # compiles what it needs
        assert validator.validate(observation).is_valid  # while the service still thinks
        answer.set()
        assert terminology.settle(20)
        assert not validator.validate(observation).is_valid


def test_nothing_but_codes_of_a_known_form_goes_out() -> None:
    with running(knows()) as service:
        terminology = opened(service.url)
        codes = membership(terminology)
        codes.exists("http://clinic.example/Jane-Doe-1980-01-01", "x")
        codes.exists(CPT, "Jane Doe, 1980-01-01")
        codes.exists(CPT, "JaneDoe")
        codes.exists(LOINC, "123-45-6789")
        codes.exists("https://codesystem.x12.org/005010/1365", "Jane Doe")
        terminology.settle(0.3)
        assert service.asked == []


def test_what_rules_and_tables_know_is_not_asked() -> None:
    with running(knows()) as service:
        terminology = opened(service.url)
        codes = membership(terminology)
        assert codes.exists("urn:iso:std:iso:4217", "USD") is True
        assert codes.exists("http://hl7.org/fhir/administrative-gender", "male") is True
        terminology.settle(0.3)
        assert service.asked == []


def _unknown_system(exchange: Exchange) -> None:
    exchange.result(False, {"name": "x-unknown-system", "valueCanonical": CPT})


def _not_found(exchange: Exchange) -> None:
    issue = {"severity": "error", "code": "not-found"}
    exchange.result(
        False, {"name": "issues", "resource": {"resourceType": "OperationOutcome", "issue": [issue]}}
    )


def issues(code: str) -> Json:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}
    return {"name": "issues", "resource": outcome}


def _missing(exchange: Exchange) -> None:
    exchange.answer({"resourceType": "OperationOutcome", "issue": []}, 404)


@pytest.mark.parametrize("behave", [_unknown_system, _not_found, _missing])
def test_what_the_service_itself_lacks_is_no_verdict_and_not_asked_again(behave: Behaviour) -> None:
    with running(behave) as service:
        terminology = opened(service.url)
        codes = membership(terminology)
        for _ in range(3):
            assert codes.exists(CPT, "97110") is None
            terminology.settle(20)
        assert len(service.asked) == 1


def test_an_invalid_code_with_its_issue_is_a_verdict() -> None:
    with running(lambda exchange: exchange.result(False, issues("code-invalid"))) as service:
        terminology = opened(service.url)
        codes = membership(terminology)
        codes.exists(CPT, "97110")
        terminology.settle(20)
        assert codes.exists(CPT, "97110") is False


def _dribble(exchange: Exchange) -> None:
    exchange.send_response(200)
    exchange.send_header("Content-Length", "1000")
    exchange.end_headers()
    for _ in range(20):
        exchange.wfile.write(b" ")
        exchange.wfile.flush()
        time.sleep(0.1)


BAD: dict[str, Behaviour] = {
    "an error": lambda exchange: exchange.answer(b"no", 500),
    "too many requests": lambda exchange: exchange.answer(b"no", 429),
    "not allowed": lambda exchange: exchange.answer(b"no", 401),
    "a redirect": lambda exchange: exchange.answer(b"", 302, Location="http://127.0.0.1:9/other"),
    "no JSON": lambda exchange: exchange.answer(b"<html>"),
    "other JSON": lambda exchange: exchange.answer({"resourceType": "Bundle"}),
    "a list": lambda exchange: exchange.answer(b"[1]"),
    "a result that is no boolean": lambda e: e.answer(
        {"parameter": [{"name": "result", "valueBoolean": "yes"}]}
    ),
    "two results": lambda e: e.answer({"parameter": [{"name": "result", "valueBoolean": True}] * 2}),
    "deep nesting": lambda exchange: exchange.answer(b"[" * 200_000),
    "a flood": lambda exchange: exchange.answer(b" " * 300_000),
    "silence": slow(1, knows("97110")),
    "a dribble": _dribble,
    "a closed connection": lambda exchange: exchange.wfile.close(),
}


@pytest.mark.parametrize("name", BAD)
def test_a_service_that_fails_leaves_the_code_unknown_and_is_left_alone_for_a_while(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "FAILURES", 1)
    with running(BAD[name]) as service:
        terminology = opened(service.url, connect_seconds=0.3, read_seconds=0.3)
        codes = membership(terminology)
        assert codes.exists(CPT, "97110") is None
        assert not terminology.settle(10)
        asked = len(service.asked)
        assert asked == 1
        for number in range(50):
            assert codes.exists(CPT, f"97{number:03d}") is None
        assert not terminology.settle(10)
        assert len(service.asked) == asked


def test_a_service_that_is_not_there_changes_nothing() -> None:
    terminology = opened("http://127.0.0.1:9/fhir")
    codes = membership(terminology)
    for number in range(100):
        assert codes.exists(CPT, f"97{number:03d}") is None
    terminology.settle(20)


def test_after_the_pause_the_service_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "FAILURES", 1)
    monkeypatch.setattr(asking, "_LOOK_AGAIN", 0.0)
    with running(BAD["an error"]) as service:
        terminology = opened(service.url)
        codes = membership(terminology)
        codes.exists(CPT, "97110")
        terminology.settle(20)
        service.behave = knows("97110")
        clock = time.monotonic
        monkeypatch.setattr(asking.time, "monotonic", lambda: clock() + asking.FIRST_PAUSE)
        codes.exists(CPT, "97110")
        assert terminology.settle(20)
        assert codes.exists(CPT, "97110") is True


def test_answers_outlive_the_process_and_are_shared(tmp_path: Path) -> None:
    with running(knows("97110")) as service:
        terminology = opened(service.url, tmp_path)
        membership(terminology).exists(CPT, "97110")
        terminology.settle(20)
    assert membership(opened(service.url, tmp_path)).exists(CPT, "97110") is True
    assert membership(opened("http://127.0.0.1:9/other", tmp_path)).exists(CPT, "97110") is None


def test_a_fork_asks_by_itself(tmp_path: Path) -> None:
    with running(knows("97110")) as service:
        terminology = opened(service.url)
        codes = membership(terminology)
        codes.exists(CPT, "97110")
        terminology.settle(20)
        context = multiprocessing.get_context("fork")
        found = context.Queue()

        def child() -> None:
            codes.exists(CPT, "97112")
            news = terminology.settle(20)
            found.put((news, codes.exists(CPT, "97110"), codes.exists(CPT, "97112")))

        process = context.Process(target=child)
        process.start()
        assert found.get(timeout=10) == (True, True, False)
        process.join(10)


def test_answers_expire_and_the_file_stays_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers(tmp_path / "a.sqlite", "http://x", most=10)
    for number in range(30):
        answers.put(("", CPT, f"{number:05d}"), True)
    answers.prune()
    kept = [n for n in range(30) if answers.get(("", CPT, f"{n:05d}"))]
    assert kept == list(range(20, 30))
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 8 * 86_400)
    assert answers.get(("", CPT, "00029")) is None
    answers.prune()
    with sqlite3.connect(tmp_path / "a.sqlite") as file:
        assert file.execute("SELECT count(*) FROM answer").fetchone() == (0,)


def test_a_broken_file_of_answers_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_bytes(b"not a database" * 100)
    with running(knows("97110")) as service:
        terminology = opened(service.url, tmp_path)
        codes = membership(terminology)
        codes.exists(CPT, "97110")
        assert terminology.settle(20)
        assert codes.exists(CPT, "97110") is True


def test_many_threads_ask_each_question_once(tmp_path: Path) -> None:
    with running(slow(0.01, knows("97110"))) as service:
        terminology = opened(service.url, tmp_path)
        codes = membership(terminology)

        def work() -> None:
            for number in range(20):
                codes.exists(CPT, f"9{number:04d}")

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        terminology.settle(10)
        assert len(service.asked) == 20


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x", "x"])
def test_only_web_addresses_are_services(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        open_terminology(None, url)


def test_the_http_library_is_imported_for_a_service_only() -> None:
    code = (
        "import sys; from fhirpa.validation import Validator, load_set;"
        "from fhirpa.validation.terminology import open_terminology;"
        "t = open_terminology('nowhere');"
        "Validator(load_set('pas-2.2.1', terminology=t)).validate({'resourceType': 'Patient'});"
        "print('requests' in sys.modules, 'sqlite3' in sys.modules);"
        "open_terminology(None, 'http://127.0.0.1:9'); print('requests' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False", "True"]
