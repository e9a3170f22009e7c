"""Values and steps in words.

Knows units and how people write them. Does not know where it is shown.
"""

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
