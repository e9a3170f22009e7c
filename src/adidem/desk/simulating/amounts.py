"""Sampled amounts and shares as they are said: to the digits that matter, and never torn from their unit.

Knows minor units and words. Does not know what is counted, or where it is shown.
"""

import re

from adidem.kernel.quantity import exponent

SIZES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))
UNBROKEN = re.compile(r"(?<=\d) (?=(?:tn|bn|m|k|%)\b|%)|(?<=\b[A-Z]{3}) (?=-?\d)")
"""Spaces at which an amount would be torn from its unit."""
NO_BREAK = "\N{NO-BREAK SPACE}"


def bare(minor: int | None, currency: str) -> str:
    """Three digits that matter, without the currency: a sampled amount is never known to the cent."""
    if minor is None:
        return "–"
    amount = minor / 10 ** exponent(currency)
    for size, name in SIZES:
        if abs(amount) >= 0.9995 * size:
            return f"{float(f'{amount / size:.3g}'):g} {name}"
    return f"{float(f'{amount:.3g}'):g}"


def short(minor: int | None, currency: str) -> str:
    """The same with the currency before it."""
    return f"{currency} {bare(minor, currency)}"


def signed(amount: str) -> str:
    """With a plus where it has no minus."""
    return amount if amount.startswith("-") else f"+{amount}"


def percent(share: float | None) -> str:
    """With one decimal place; with three near none and near all."""
    if share is None:
        return "–"
    return f"{100 * share:.1f} %" if 0.001 <= share < 0.9995 or share in (0, 1) else f"{100 * share:.3f} %"
