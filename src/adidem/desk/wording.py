"""Values and steps in words.

Knows units and how people write them. Does not know where it is shown.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction

from adidem.kernel.period import NEVER, show_day, show_instant
from adidem.kernel.quantity import INSTANT, Unit, exponent, show_money, show_rate
from adidem.kernel.term import Quantity, Value
from adidem.records.values import UNBOUNDED


def quantity_words(number: int, unit: Unit) -> str:
    """A value as a person writes it."""
    match unit.kind:
        case "money":
            return show_money(number, unit.name) if unit.denominator == 1 else _parts(number, unit)
        case "rate":
            return show_rate(Fraction(number, unit.denominator))
        case "date":
            day, seconds = divmod(number, unit.denominator)
            time = f"T{timedelta(seconds=seconds)!s:0>8}Z" if unit == INSTANT and day < NEVER else ""
            return f"{show_day(day)}{time}"
        case "flag":
            return "yes" if number else "no"
        case _:
            return f"{number_words(Fraction(number, unit.denominator))} {unit.name}".strip()


def value_words(value: Value) -> str:
    """What a term says, or an end of its range: a quantity, a day, yes or no; whatever else as it is written."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return show_day(value)
        case Quantity():
            return quantity_words(value.value, value.unit)
        case _:
            return str(value)


def number_words(value: Fraction) -> str:
    """A number with all its digits, where they end within nine places."""
    parts = value * 10**9
    if parts.denominator != 1:
        return f"{float(value):g}"
    whole, rest = divmod(abs(parts.numerator), 10**9)
    digits = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{'-' if value < 0 else ''}{whole}{digits}"


def _parts(number: int, unit: Unit) -> str:
    """An amount with parts of its smallest coin: every digit, or as `USD 6.66 2/3` where digits never end."""
    whole, rest = divmod(abs(number), unit.denominator)
    sign = "-" if number < 0 else ""
    shown = show_money(whole, unit.name).replace(" ", f" {sign}", 1)
    digits = Fraction(rest * 10**6, unit.denominator)
    if not rest:
        return shown
    if digits.denominator == 1:
        point = "" if exponent(unit.name) else "."
        return shown + point + f"{digits.numerator:06d}".rstrip("0")
    return f"{shown} {Fraction(rest, unit.denominator)}"


def known_words(second: int) -> str | None:
    """The instant by which something had to be recorded; None where everything counts that is."""
    return None if second >= UNBOUNDED else show_instant(second)


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
