"""Reading YAML files strictly: keys are text, numbers are exact, nothing else is guessed."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

_TRUE_FALSE = "tag:yaml.org,2002:bool"
_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_NULL = "tag:yaml.org,2002:null"


class RulesError(ValueError):
    """A rules file that cannot be used. The text names the file, the place in it and what is wrong."""


class _Loader(_Base):
    """Only true, false, null and plain decimal numbers are anything but text (no dates, no octal)."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own name and shape)


def _register() -> None:
    _Loader.add_implicit_resolver(_TRUE_FALSE, re.compile(r"^(?:true|false)$"), list("tf"))
    _Loader.add_implicit_resolver(_NULL, re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
    _Loader.add_implicit_resolver(_INT, re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
    _Loader.add_implicit_resolver(_FLOAT, re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))
    _Loader.add_constructor(_FLOAT, _decimal)
    _Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def _decimal(loader: Any, node: Any) -> Decimal:
    return Decimal(node.value)


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None or key in out:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} is repeated or not plain text", key_node.start_mark
            )
        out[key] = loader.construct_object(value_node, deep=True)
    return out


_register()


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises RulesError with the line where it is not readable."""
    try:
        return parse_yaml(path.name, path.read_bytes())
    except OSError as error:
        raise RulesError(f"{path.name}: {error}") from error


def parse_yaml(name: str, data: bytes) -> Any:
    """The content of a YAML text; `name` is for the error. Raises RulesError as `read_yaml` does."""
    try:
        return yaml.load(data, Loader=_Loader)  # noqa: S506 (a subclass of the safe loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RulesError(f"{name}: {error}") from error
