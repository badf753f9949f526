"""Settings come from the environment, and a wrong one stops the start."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from fhirpa.config import Clock, IdMaker, Settings


def settings(monkeypatch: pytest.MonkeyPatch, **env: str) -> Settings:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_a_plain_start_is_a_sandbox_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    s = settings(monkeypatch)
    assert (s.mode, s.host, s.port) == ("sandbox", "127.0.0.1", 8080)
    assert s.base_url == "http://127.0.0.1:8080"


def test_port_is_read_without_a_prefix_and_reaches_the_base_url(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, PORT="9999").base_url == "http://127.0.0.1:9999"


def test_a_sandbox_does_not_listen_to_the_world_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="loopback"):
        settings(monkeypatch, FHIRPA_HOST="0.0.0.0")
    assert settings(monkeypatch, FHIRPA_SANDBOX_EXPOSE="1").host == "0.0.0.0"


def test_plain_postgresql_addresses_mean_psycopg(monkeypatch: pytest.MonkeyPatch) -> None:
    s = settings(monkeypatch, FHIRPA_DATABASE_URL="postgresql://u@h/d")
    assert s.database_url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize(
    ("name", "value"),
    [("FHIRPA_DATABASE_URL", "mysql://x"), ("FHIRPA_BASE_URL", "ftp://x"), ("FHIRPA_LOG_LEVEL", "LOUD")],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        settings(monkeypatch, **{name: value})


def test_the_clock_is_utc_and_ids_are_random() -> None:
    assert Clock().now().utcoffset() == timedelta(0)
    assert IdMaker().uuid4() != IdMaker().uuid4()
    assert len(IdMaker().digits(9)) == 9


def test_validation_levels_of_senders_are_a_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch).validation_level == "standard"
    levels = settings(monkeypatch, FHIRPA_VALIDATION_LEVELS='{"1234567893": "strict"}').validation_levels
    assert levels == {"1234567893": "strict"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FHIRPA_VALIDATION_LEVEL", "harsh"),
        ("FHIRPA_VALIDATION_LEVELS", '{"1234567893": "harsh"}'),
        ("FHIRPA_VALIDATE_ANSWERS", "1.5"),
    ],
)
def test_a_wrong_validation_setting_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ValidationError):
        settings(monkeypatch, **{name: value})
