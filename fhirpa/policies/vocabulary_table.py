"""The vocabulary of the policy language as tables, for the command line and for docs/policy-language.md."""

from collections.abc import Iterator

from fhirpa.um.expression.facts import VOCABULARY
from fhirpa.um.expression.vocabulary import Fact, RecordType


def fact_rows() -> Iterator[tuple[str, str, str]]:
    """(name, type, meaning) of every fact, in alphabetical order."""
    for name in sorted(VOCABULARY):
        fact = VOCABULARY[name]
        yield _form(fact), str(fact.type), fact.meaning


def field_rows() -> Iterator[tuple[str, str, str, str]]:
    """(record, field, type, meaning) of every field of the records that lists hold."""
    seen: dict[str, RecordType] = {}
    for name in sorted(VOCABULARY):
        record = VOCABULARY[name].type.record
        if record is not None:
            seen.setdefault(record.name, record)
            for inner in record.fields.values():
                if inner.type.record is not None:
                    seen.setdefault(inner.type.record.name, inner.type.record)
    for record in seen.values():
        for name, field in record.fields.items():
            yield record.name, name, str(field.type), field.meaning


def _form(fact: Fact) -> str:
    return f"{fact.name}({', '.join(fact.takes)})" if fact.takes else fact.name


def markdown() -> str:
    """Both tables in Markdown."""
    facts = ["| fact | type | meaning |", "|---|---|---|"]
    facts += [f"| `{name}` | {kind} | {meaning} |" for name, kind, meaning in fact_rows()]
    fields = ["| in a … | field | type | meaning |", "|---|---|---|---|"]
    fields += [f"| {r} | `{name}` | {kind} | {meaning} |" for r, name, kind, meaning in field_rows()]
    return "\n".join([*facts, "", *fields]) + "\n"
