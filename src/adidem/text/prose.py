"""The prose and the terms of a clause, held together: what the words say in a directive, a term must say too.

Knows directives and terms' values. Does not know what a term means.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from adidem.kernel.family import Family
from adidem.kernel.period import Duration, day
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import exponent
from adidem.kernel.term import Milestone, Quantity, Syntax, Term, Value
from adidem.text.document import Directive, Section

_UNITS = {"D": "days", "W": "weeks", "MO": "months", "Y": "years"}


def unmatched(section: Section, terms: dict[str, Term], family: Family) -> list[Problem]:
    """The directives of a clause's prose that no term of it bears out. Problems: T301."""
    said = {key for term in terms.values() for value in _values(term) for key in _keys(value)}
    problems: list[Problem] = []
    for directive in section.directives:
        key = _key(directive)
        if key is not None and key not in said:
            sentence = (
                f"the words say {directive.name} {_shown(directive)}, and no term of this {family.name} clause does"
            )
            mend = "let the words and a term say the same, or write the value without a directive"
            problems.append(Problem("T301", sentence, directive.span, mend))
    return problems


def _values(term: Term) -> Iterator[Value]:
    yield term.value
    for reading in term.readings:
        yield reading.value


def _keys(value: object) -> Iterator[tuple[str, object]]:
    """What a value says, in the shape of what a directive says."""
    if isinstance(value, bool):
        return
    if isinstance(value, Quantity):
        if value.unit.kind == "money":
            yield "money", (value.unit.name, value.value)
    elif isinstance(value, Duration):
        yield "duration", (value.unit, value.number)
    elif isinstance(value, int):
        yield "date", value
    elif isinstance(value, str):
        yield "party", value
    elif isinstance(value, Milestone):
        yield "date", value.by
        yield from _keys(value.amount)
    elif isinstance(value, Term):
        yield from _keys(value.value)
    elif isinstance(value, Syntax):
        for part in (value.literal, *value.parts):
            yield from _keys(part)
    elif isinstance(value, tuple):
        for item in value:  # type: ignore[reportUnknownVariableType]
            yield from _keys(item)  # type: ignore[reportUnknownArgumentType]


def _key(directive: Directive) -> tuple[str, object] | None:
    argument, parameters = directive.argument, directive.parameters
    try:
        match directive.name:
            case "party":
                return "party", argument
            case "date":
                return "date", day(date.fromisoformat(argument))
            case "money":
                currency = parameters.get("currency", "")
                return "money", (currency, int(Decimal(argument) * 10 ** exponent(currency)))
            case "duration":
                unit, number = _UNITS.get(parameters.get("unit", ""), ""), int(argument)
                return "duration", ("days", number * 7) if unit == "weeks" else (unit, number)
            case _:
                return None
    except (ValueError, InvalidOperation):
        return None


def _shown(directive: Directive) -> str:
    return " ".join([directive.argument, *directive.parameters.values()])
