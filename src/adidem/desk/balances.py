"""What clauses count that is not money: credits granted, used, expired and left, each in its own unit.

Knows flows and their units. Does not know which families have such flows, nor how a page is laid out.
"""

from fractions import Fraction
from typing import Any

from adidem.findings.outcome import Outcome, Result
from adidem.kernel.quantity import Unit


def balances_view(outcome: Outcome, result: Result) -> list[dict[str, Any]]:
    """Each clause that counts what is not money, with its unit, and its quantities as exact decimals."""
    flows = outcome.composition.flows
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in result.quantities.items():
        unit = flows[name][0].unit
        if unit.kind == "count":
            clause, _, quantity = name.rpartition(".")
            found.setdefault((clause, unit.name), {})[quantity] = exact(value, unit)
    return [{"clause": clause, "unit": unit, "quantities": told} for (clause, unit), told in found.items()]


def money_quantities(outcome: Outcome, result: Result) -> dict[str, int]:
    """What clauses carry in money, in minor units."""
    flows = outcome.composition.flows
    units = {name: found[0].unit for name, found in flows.items()}
    whole = {name for name, unit in units.items() if unit.kind == "money" and unit.denominator == 1}
    return {name: value for name, value in result.quantities.items() if name in whole}


def exact(value: int, unit: Unit) -> str:
    """A number of something, every digit: `1,500.25`."""
    whole, rest = divmod(abs(value), unit.denominator)
    part = Fraction(rest, unit.denominator)
    digits = f"{part.numerator * (10**18 // part.denominator):018d}".rstrip("0") if rest else ""
    return f"{'-' if value < 0 else ''}{whole:,}{'.' if digits else ''}{digits}"
