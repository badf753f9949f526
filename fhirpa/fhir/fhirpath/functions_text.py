"""Functions on texts: http://hl7.org/fhirpath/N1/#string-manipulation."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath.arithmetic import MAX_TEXT
from fhirpa.fhir.fhirpath.code import Code, Run, items_code, truth_code, value_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.function import Function
from fhirpa.fhir.fhirpath.model import unwrap
from fhirpa.fhir.fhirpath.patterns import compile_pattern, replacement, searched


def text_of(code: Code) -> Run:
    """A closure that gives the one text, or None. Dates count as written; else EvaluationError is raised."""
    value_of = code.written()

    def run(this: Any, env: Environment) -> str | None:
        value = value_of(this, env)
        if value is None or type(value) is str:
            return value
        raise EvaluationError("a text function on what is no text")

    return run


def _integer_of(code: Code) -> Run:
    value_of = code.value()

    def run(this: Any, env: Environment) -> int | None:
        value = value_of(this, env)
        if value is None or type(value) is int:
            return value
        raise EvaluationError("an integer is expected")

    return run


def _on_texts(work: Callable[..., Any], make: Callable[[Run], Code] = value_code) -> Callable[..., Code]:
    """A function whose input and arguments are texts: nothing if one of them is missing."""

    def build(source: Code, *arguments: Code) -> Code:
        readers = [text_of(code) for code in (source, *arguments)]

        def run(this: Any, env: Environment) -> Any:
            texts = [read(this, env) for read in readers]
            return None if None in texts else work(*texts)

        fixed = [argument.constant[0] for argument in arguments if argument.constant]
        raw = source.raw
        if raw is None or len(fixed) < len(arguments) or any(type(text) is not str for text in fixed):
            return make(run)

        def run_on_text(this: Any, env: Environment) -> Any:
            """The commonest case: one child, and literals."""
            text = raw(this, env)
            return work(text, *fixed) if type(text) is str else run(this, env)

        return make(run_on_text)

    return build


def _substring(source: Code, start: Code, length: Code | None = None) -> Code:
    read, start_of = text_of(source), _integer_of(start)
    length_of = _integer_of(length) if length is not None else None

    def run(this: Any, env: Environment) -> str | None:
        text, first = read(this, env), start_of(this, env)
        if text is None or first is None or not 0 <= first < len(text):
            return None
        wanted = length_of(this, env) if length_of is not None else None
        if wanted is None:
            return str(text[first:])
        return str(text[first : first + max(wanted, 0)])

    return value_code(run)


def _replace(text: str, pattern: str, by: str) -> str:
    places = text.count(pattern) if pattern else len(text) + 1
    if len(text) + places * len(by) > MAX_TEXT:
        raise EvaluationError(f"a text of more than {MAX_TEXT} characters")
    return text.replace(pattern, by)


def _pattern_of(code: Code) -> Run:
    """A closure that gives the compiled pattern; a literal is compiled once, or raises ValueError."""
    if code.constant and type(code.constant[0]) is str:
        compiled = compile_pattern(code.constant[0])
        return lambda this, env: compiled
    read = text_of(code)

    def run(this: Any, env: Environment) -> re.Pattern[str] | None:
        text = read(this, env)
        try:
            return None if text is None else compile_pattern(text)
        except ValueError as error:
            raise EvaluationError(str(error)) from error

    return run


def _matches(source: Code, pattern: Code) -> Code:
    """True if the pattern is found anywhere in the text, as the official validator has it."""
    read, pattern_of = text_of(source), _pattern_of(pattern)

    def run(this: Any, env: Environment) -> bool | None:
        text, compiled = read(this, env), pattern_of(this, env)
        if text is None or compiled is None:
            return None
        return compiled.search(searched(text)) is not None

    return truth_code(run)


def _replace_matches(source: Code, pattern: Code, by: Code) -> Code:
    read, pattern_of, by_of = text_of(source), _pattern_of(pattern), text_of(by)

    def run(this: Any, env: Environment) -> str | None:
        text, compiled, new = read(this, env), pattern_of(this, env), by_of(this, env)
        if text is None or compiled is None or new is None:
            return None
        return str(compiled.sub(replacement(new, compiled.groups), searched(text)))

    return value_code(run)


def _join(source: Code, separator: Code | None = None) -> Code:
    items_of = source.items()
    separator_of = text_of(separator) if separator is not None else None

    def run(this: Any, env: Environment) -> str | None:
        texts = [unwrap(item) for item in items_of(this, env)]
        if not texts:
            return None
        if any(type(text) is not str for text in texts):
            raise EvaluationError("join() of what is no text")
        between = separator_of(this, env) if separator_of is not None else ""
        return (between or "").join(texts)

    return value_code(run)


def _split(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def _split_code(source: Code, separator: Code) -> Code:
    work = _on_texts(_split)(source, separator).run
    return items_code(lambda this, env: work(this, env) or [])


TEXT_FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "indexOf": Function(1, 1, _on_texts(str.find)),
        "substring": Function(1, 2, _substring),
        "startsWith": Function(1, 1, _on_texts(str.startswith, truth_code)),
        "endsWith": Function(1, 1, _on_texts(str.endswith, truth_code)),
        "contains": Function(1, 1, _on_texts(str.__contains__, truth_code)),
        "upper": Function(0, 0, _on_texts(str.upper)),
        "lower": Function(0, 0, _on_texts(str.lower)),
        "trim": Function(0, 0, _on_texts(str.strip)),
        "length": Function(0, 0, _on_texts(len)),
        "replace": Function(2, 2, _on_texts(_replace)),
        "matches": Function(1, 1, _matches),
        "replaceMatches": Function(2, 2, _replace_matches),
        "join": Function(0, 1, _join),
        "split": Function(1, 1, _split_code),
    }
)
