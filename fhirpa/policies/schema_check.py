"""JSON Schema of the files of rules: every fault with the place in the file."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

_DECIMAL = re.compile(r"Decimal\('([^']*)'\)")


def schema_faults(name: str, content: Any, schema: str) -> Iterator[str]:
    """Each fault of a file's content against `schema/<schema>.json`, as 'file: place: what is wrong'."""
    found = map(_closest, _validator(schema).iter_errors(content))
    for error in sorted(found, key=lambda e: e.json_path):
        message = _DECIMAL.sub(r"\1", error.message)
        yield f"{name}: {_place(error) or 'the file'}: {message}"


def _place(error: ValidationError) -> str:
    """'first[0].visits', 'policies.LBP.total'."""
    steps = (f"[{x}]" if isinstance(x, int) else f".{x}" for x in error.absolute_path)
    return "".join(steps).lstrip(".")


def _closest(error: ValidationError) -> ValidationError:
    """Of the ways that a value may take, the fault of the one that it follows furthest."""
    while error.context:
        error = max(error.context, key=lambda e: (len(e.absolute_path), e.validator != "type"))
    return error


@cache
def _validator(schema: str) -> Draft202012Validator:
    text = files("fhirpa.policies").joinpath("schema", f"{schema}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
