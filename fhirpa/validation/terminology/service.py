"""One question to a FHIR terminology service: is this code in this value set, or in this code system?

http://hl7.org/fhir/R4/valueset-operation-validate-code.html, codesystem-operation-validate-code.html. Only
codes and canonical urls go out, to the one configured address; redirects are not followed.
"""

import json
import os
import time
from typing import Any, Final

import requests

MOST_BYTES: Final = 256 * 1024
_JSON: Final = "application/fhir+json"

# What the service says of itself, not of the code: it lacks the code system or value set, or cannot do it.
_CANNOT: Final = frozenset({"not-found", "not-supported", "too-costly", "exception", "timeout", "transient"})
_LACKS: Final = frozenset({"x-unknown-system", "x-caused-by-unknown-system"})
_NO_ANSWER: Final = frozenset({401, 403, 407, 408, 429})


# Value set, system and code: is the code in the value set, or, where that is empty, in its code system?
Question = tuple[str, str, str]


class ServiceError(Exception):
    """The service gave no answer: not reached, too slow, not allowed, or nothing that can be read."""


class Client:
    """Asks one service. For one thread at a time. Raises ValueError for an address without http(s)."""

    def __init__(self, url: str, token: str | None, connect_seconds: float, read_seconds: float) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError("the address of a terminology service starts with http:// or https://")
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = (connect_seconds, read_seconds)
        self._session: requests.Session | None = None
        self._process = os.getpid()

    def ask(self, question: Question) -> bool | None:
        """The answer; None where the service cannot say. Raises ServiceError."""
        kind = "ValueSet" if question[0] else "CodeSystem"
        try:
            with self._opened().post(
                f"{self._url}/{kind}/$validate-code",
                data=json.dumps(_parameters(question)),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                body = _read(response, time.monotonic() + sum(self._timeout))
        except (requests.RequestException, OSError) as error:
            raise ServiceError(type(error).__name__) from error
        if status == 200:
            return _verdict(body)
        if 400 <= status < 500 and status not in _NO_ANSWER:
            return None
        raise ServiceError(f"status {status}")

    def _opened(self) -> requests.Session:
        if self._session is None or self._process != os.getpid():
            self._process = os.getpid()  # a fork must not use the connections of its parent

            self._session = requests.Session()
            self._session.trust_env = False  # no password of a .netrc, no address from the environment
            self._session.headers.update({"Content-Type": _JSON, "Accept": _JSON})
            if self._token:
                self._session.headers["Authorization"] = f"Bearer {self._token}"
        return self._session


def _parameters(question: Question) -> dict[str, Any]:
    value_set, system, code = question
    url, _, version = (value_set or system).partition("|")
    inputs = [{"name": "url", "valueUri": url}, {"name": "code", "valueCode": code}]
    if value_set:
        inputs.append({"name": "system", "valueUri": system})
    if version:
        inputs.append({"name": "valueSetVersion", "valueString": version})
    return {"resourceType": "Parameters", "parameter": inputs}


def _read(response: requests.Response, deadline: float) -> bytes:
    """The body, not longer and not slower than an answer is: byte by byte, so that none can be held back."""
    body = bytearray()
    for byte in response.iter_content(1):
        body += byte
        if len(body) > MOST_BYTES:
            raise ServiceError("the answer is too long")
        if time.monotonic() > deadline:
            raise ServiceError("the answer takes too long")
    return bytes(body)


def _verdict(body: bytes) -> bool | None:
    """`result` of a Parameters resource; a `false` that comes from what the service lacks is no answer."""
    try:
        answer = json.loads(body)
        parameters = [p for p in answer["parameter"] if isinstance(p, dict)]
        (result,) = [p["valueBoolean"] for p in parameters if p.get("name") == "result"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ServiceError("the answer is no Parameters resource with a result") from error
    if not isinstance(result, bool):
        raise ServiceError("the result is no boolean")
    return result if result or not any(map(_is_about_itself, parameters)) else None


def _is_about_itself(parameter: dict[str, Any]) -> bool:
    outcome = parameter.get("resource")
    issues = outcome.get("issue") if isinstance(outcome, dict) else None
    codes = {i.get("code") for i in issues if isinstance(i, dict)} if isinstance(issues, list) else set()
    return parameter.get("name") in _LACKS or not _CANNOT.isdisjoint(c for c in codes if isinstance(c, str))
