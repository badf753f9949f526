"""Settings, clock and id makers: everything that comes from outside the house, in one place."""

import ipaddress
import os
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024


class Mode(StrEnum):
    """What the server is for. A database belongs to one mode for ever."""

    SANDBOX = "sandbox"
    STRICT = "strict"


class ValidationLevel(StrEnum):
    """How much of what validation finds refuses a request (docs/validation.md, On the server)."""

    STRICT = "strict"
    STANDARD = "standard"
    LENIENT = "lenient"


def _default_host(values: dict[str, Any]) -> str:
    return "0.0.0.0" if values["sandbox_expose"] else "127.0.0.1"  # noqa: S104 - asked for by the setting


def _default_base_url(values: dict[str, Any]) -> str:
    return f"http://127.0.0.1:{values['port']}"


class Settings(BaseSettings):
    """All settings, read from the environment (prefix FHIRPA_; the port also from PORT).

    Raises pydantic.ValidationError when a value is wrong. Frozen: a running server never changes them.
    """

    model_config = SettingsConfigDict(
        env_prefix="FHIRPA_", frozen=True, populate_by_name=True, extra="ignore", hide_input_in_errors=True
    )

    port: int = Field(
        default=8080,
        ge=1,
        le=65535,
        validation_alias=AliasChoices("PORT", "FHIRPA_PORT"),
        description="TCP port to listen on.",
    )
    mode: Mode = Field(
        default=Mode.SANDBOX,
        description="'sandbox' (open access, unknown members are enrolled) or 'strict'.",
    )
    sandbox_expose: bool = Field(
        default=False,
        description="Allow the sandbox to listen on addresses other than loopback.",
    )
    host: str = Field(
        default_factory=_default_host,
        description="Address to listen on; loopback unless set (0.0.0.0 with FHIRPA_SANDBOX_EXPOSE=1).",
    )
    base_url: str = Field(
        default_factory=_default_base_url,
        description="Public address of the server; http://127.0.0.1:PORT unless set.",
    )
    database_url: str = Field(
        default="sqlite:///var/fhirpa.db",
        description="Where the data is: a SQLite file (default, below the working directory) or "
        "postgresql://user@host/database.",
    )
    max_body_bytes: int = Field(
        default=20 * MEBIBYTE, ge=1024, description="Largest request body in bytes (20 MiB unless set)."
    )
    validate_page_bytes: int = Field(
        default=5 * MEBIBYTE,
        ge=1024,
        description="Largest source on the page /validate in bytes (5 MiB unless set).",
    )
    validate_per_minute: int = Field(
        default=120,
        ge=0,
        description="Validations ($validate and the page /validate) that one address may ask for in a minute "
        "of each web process; a body counts once more for every MiB. 0: no limit.",
    )
    workers: int = Field(
        default_factory=lambda: min(2, os.cpu_count() or 1),
        ge=1,
        description="Web processes: one per core on PostgreSQL, at most two on SQLite.",
    )
    threads: int = Field(default=4, ge=1, description="Threads per web process.")
    request_seconds: float = Field(
        default=20,
        gt=0,
        le=25,
        description="Seconds in which a whole request must have arrived; a slow caller holds a thread until "
        "then, so put a proxy that buffers requests in front of a server that strangers can reach.",
    )
    validation_level: ValidationLevel = Field(
        default=ValidationLevel.STANDARD,
        description="'strict' (every profile error refuses a request), 'standard' or 'lenient' (only what "
        "makes reading impossible).",
    )
    validation_levels: Mapping[str, ValidationLevel] = Field(
        default_factory=dict,
        description="Levels of single senders: a JSON object from client id, submitter id or requestor's NPI "
        "to level.",
    )
    validate_answers: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Fraction of the answers that is validated too, after they were sent (0 to 1).",
    )
    terminology_dir: Path | None = Field(
        default=None, description="Folder of code lists that `fhirpa terminology load` wrote."
    )
    terminology_url: str | None = Field(
        default=None, description="FHIR base address of a terminology service, asked in the background."
    )
    terminology_token: SecretStr | None = Field(
        default=None, description="Bearer token for the terminology service."
    )
    policy_dir: Path | None = Field(
        default=None,
        description="Folder of your own policies, plans and overrides, laid over those of the program "
        "(docs/adding-a-policy.md).",
    )
    worker_in_server: bool = Field(
        default=True,
        description="Whether the web processes do the worker's duties too; off where `fhirpa worker` runs.",
    )
    worker_seconds: float = Field(
        default=15, gt=0, le=3600, description="Seconds between two rounds of the worker."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL.")

    @field_validator("database_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        """Plain PostgreSQL addresses mean psycopg 3."""
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:///, postgresql:// or postgresql+psycopg://")
        return url

    @field_validator("base_url")
    @classmethod
    def _no_slash(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/")

    @field_validator("terminology_url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/") if url else None

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
            raise ValueError("must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
        return level.upper()

    @model_validator(mode="after")
    def _sandbox_stays_at_home(self) -> Self:
        """The sandbox has open access, so it leaves the machine only when that was said."""
        if self.mode is Mode.SANDBOX and not self.sandbox_expose and not _is_loopback(self.host):
            raise ValueError("the sandbox listens on loopback only, unless FHIRPA_SANDBOX_EXPOSE=1")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Clock:
    """The time. Tests hand in another object with the same method."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class IdMaker:
    """Random identifiers that cannot be guessed. Tests hand in another object with the same methods."""

    def uuid4(self) -> str:
        """A random UUID as lower-case text."""
        return str(uuid.uuid4())

    def digits(self, count: int) -> str:
        """`count` random decimal digits, leading zeros kept."""
        return f"{secrets.randbelow(10**count):0{count}d}"
