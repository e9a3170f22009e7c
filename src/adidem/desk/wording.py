"""Values and steps in words.

Knows units and how people write them. Does not know where it is shown.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from fractions import Fraction

from adidem.kernel.period import show_day
from adidem.kernel.quantity import Unit, show_money, show_rate


def quantity_words(number: int, unit: Unit) -> str:
    """A value as a person writes it."""
    match unit.kind:
        case "money":
            return show_money(number, unit.name)
        case "rate":
            return show_rate(Fraction(number, unit.denominator))
        case "date":
            return show_day(number)
        case "flag":
            return "yes" if number else "no"
        case _:
            value = Fraction(number, unit.denominator)
            shown = str(value) if value.denominator == 1 else f"{float(value):g}"
            return f"{shown} {unit.name}".strip()


def event_words(line: str, day: int | None = None) -> str:
    """An event of the ledger as it is typed, `kind column=value …`, without what would be filled in for that day."""
    fields: dict[str, str] = dict(json.loads(line))
    kind = fields.pop("kind", "")
    occurred = fields.get("occurred", "")
    filled = {"id": f"hypothetical-{kind}", "recorded": occurred[:10]}
    filled |= {"occurred": show_day(day)} if day is not None else {}
    kept = {name: value for name, value in fields.items() if filled.get(name) != value}
    return " ".join([kind, *(f"{name}={shlex.quote(str(value))}" for name, value in kept.items())])


def when_words(alternatives: Sequence[Mapping[str, Sequence[str]]]) -> str:
    """`agi.test is profit, agi.decided_by is panel; or agi.test is revenue or human-level`."""
    said = [", ".join(f"{q} is {' or '.join(readings)}" for q, readings in each.items()) for each in alternatives]
    return "; or ".join(said)
