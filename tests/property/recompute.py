"""A figure once more, from the amounts and rates at the leaves of its explanation alone.

Knows steps as plain data, and fractions. Does not know the program.
"""

from fractions import Fraction
from typing import Any


def recomputed(step: dict[str, Any]) -> Fraction:
    """The number of a step from those at its leaves alone."""
    parts = [recomputed(part) for part in step.get("parts", ())]
    match step["operation"]:
        case "event" | "term" | "figure" | "quantity" | "given":
            return Fraction(step["number"], step["denominator"])
        case "sum" | "add":
            return sum(parts, Fraction(0))
        case "subtract":
            return parts[0] - parts[1]
        case "minimum":
            return min(parts)
        case "maximum":
            return max(parts)
        case "days":
            return Fraction(step["number"])
        case "late":
            return parts[0] * parts[1]
        case "interest":
            return Fraction(rounded(parts[0] * sum(parts[2:]) / parts[1], step["rounding"]))
        case "scale":
            exact = parts[0] * parts[1]
            return Fraction(rounded(exact, step["rounding"])) if step["rounding"] else exact
        case "rounded":
            return Fraction(rounded(parts[0], step["rounding"]))
        case other:
            raise AssertionError(f"no rule recomputes {other}")


def rounded(value: Fraction, rule: str) -> int:
    """To whole minor units."""
    down = abs(value).__floor__()
    rest = abs(value) - down
    up = {"up": rest > 0, "down": False, "half up": rest >= Fraction(1, 2), "half even": False}[rule]
    if rule == "half even":
        up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and down % 2 == 1)
    return (down + up) * (1 if value >= 0 else -1)
