"""Minor units as exact decimals, as files of other systems have them: `-1234.50`.

Knows currencies' decimal places. Does not know files.
"""

from decimal import Decimal

from adidem.kernel.quantity import exponent


def decimal_of(minor: int, currency: str) -> Decimal:
    """The exact amount, with as many places as the currency has."""
    return Decimal(minor).scaleb(-exponent(currency))


def decimal_text(minor: int, currency: str) -> str:
    """The same as text, without an exponent or thousands."""
    return f"{decimal_of(minor, currency):f}"
