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
    """Rules files that cannot be used. Each fault names the file, the place in it and what is wrong."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


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
        data = path.read_bytes()
    except OSError as error:
        raise RulesError(f"{path.name}: {error}") from error
    return parse_yaml(path.name, data)


def parse_yaml(name: str, data: bytes) -> Any:
    """The content of a YAML text; `name` is for the error. Raises RulesError as `read_yaml` does."""
    try:
        return yaml.load(data, Loader=_Loader)  # noqa: S506 (a subclass of the safe loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RulesError(f"{name}: {error}") from error


def line_of(data: bytes, place: str) -> tuple[int, int]:
    """(line, steps): where a place like 'first[0].visits' begins, as far as the file has it.

    A step is a key, the number of an item, or what an item is or has as a value ('criteria.C04'). `steps` is
    how many of them led somewhere; (0, 0) for a file that is no YAML.
    """
    try:
        node = yaml.compose(data, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return 0, 0
    line, steps = 0, 0
    for step in re.findall(r"[^.\[\]]+", place):
        found = _inside(node, step)
        if found is None:
            break
        mark, node = found
        line, steps = mark.line + 1, steps + 1
    return line, steps


def _inside(node: Any, step: str) -> tuple[Any, Any] | None:
    """(mark, node) of a step within a node."""
    if isinstance(node, yaml.MappingNode):
        return next(((k.start_mark, v) for k, v in node.value if k.value == step), None)
    if isinstance(node, yaml.SequenceNode):
        items = list(enumerate(node.value))
        chosen = next((x for i, x in items if str(i) == step or _is_called(x, step)), None)
        return None if chosen is None else (chosen.start_mark, chosen)
    return None


def _is_called(node: Any, name: str) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return bool(node.value == name)
    values = (v for _, v in node.value) if isinstance(node, yaml.MappingNode) else ()
    return any(isinstance(v, yaml.ScalarNode) and v.value == name for v in values)
