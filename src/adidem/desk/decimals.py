"""Minor units as exact decimals, as files of other systems have them: `-1234.50`.

Knows currencies' decimal places. Does not know files.
"""

from fractions import Fraction

from adidem.kernel.quantity import exponent
from adidem.records.exported import of_minor

_MOST_PLACES = 24


def decimal_text(minor: Fraction | int, currency: str) -> str:
    """The amount as text, without an exponent or thousands; of parts of a minor unit every digit that there is."""
    if isinstance(minor, int):
        return f"{of_minor(minor, currency):f}"
    places = exponent(currency)
    value = minor / 10**places
    while places < _MOST_PLACES and (value * 10**places).denominator != 1:
        places += 1
    scaled = round(value * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole}" + (f".{part:0{places}d}" if places else "")
