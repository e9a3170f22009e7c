"""The few operations that generated text calls: reading and writing buffers, choosing, days and exact division.

Knows arrays as flat memory and int64 arithmetic. Does not know programs, formulas or worlds.

Each has one meaning and two forms: plain Python, in which generated text can be read and tested step by step, and,
where numba is installed, machine code. A buffer has a number, and accesses to buffers of different numbers never
meet: the compiler is told so, and can then take several worlds at a time.
"""

from typing import Any

from adidem.kernel.period import NEVER

_HALF = NEVER // 2


def load(array: Any, buffer: int, place: int) -> int:
    """The value at a place of a flat array, within the buffer of that number."""
    return int(array[place])


def store(array: Any, buffer: int, place: int, value: int) -> None:
    """Write the value at a place of a flat array, within the buffer of that number."""
    array[place] = (int(value) + 2**63) % 2**64 - 2**63  # as the machine: what leaves int64 is in a world set apart


def select(condition: bool, value: Any, otherwise: Any) -> Any:
    """`value` where the condition holds, else `otherwise`, without a branch."""
    return value if condition else otherwise


def clamp(value: int, low: int, high: int) -> int:
    """The value, brought into [low, high]."""
    return select(value < low, low, select(value > high, high, value))


def fill(array: Any, start: int, stop: int, value: int) -> None:
    """Write the value at the places start … stop - 1."""
    for place in range(start, stop):
        array[place] = value


def mark_outside(
    apart: Any, drawn: Any, still: Any, low: int, high: int, rows: int, worlds: int, base: int, tile: int
) -> None:
    """Set those worlds of a tile apart in which a drawn value lies outside its row's bounds."""
    for row in range(rows):
        least, most = still[low + row], still[high + row]
        for world in range(tile):
            value = load(drawn, 2, row * worlds + base + world)
            mark = load(apart, 1, base + world)
            store(apart, 1, base + world, select((value < least) | (value > most), 1, mark))


def days_after(start: int, number: int) -> int:
    """`number` days after `start`; what is never stays so."""
    return select((start < _HALF) & (start > -_HALF), start + number, start)


def months_after(start: int, number: int) -> int:
    """The same day `number` months on, or the month's last day where it has no such day; what is never stays so.

    Days to year, month and day and back by the proleptic Gregorian calendar in years that begin in March, so that the
    leap day comes last (E. M. Reingold and N. Dershowitz, Calendrical Calculations, 2018, chapter 2).
    """
    known = (start < _HALF) & (start > -_HALF)
    shifted = select(known, start, 0) + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5
    months = (era * 400 + year) * 12 + month + number
    first, following = march_month(months), march_month(months + 1)
    moved = first + day
    return select(known, select(moved < following, moved, following - 1), start)


def march_month(months: int) -> int:
    """The first day of a month, counted from March of the year 0."""
    year = months // 12
    month = months - year * 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 - 719_468


def business_day(table: Any, places: int, first: int, span: int, days: int, count: int, start: int, number: int) -> int:
    """The day `number` business days after `start`, by two parts of a table: how many of the calendar's days come
    before each of the days first … first + span, and the calendar's days.
    """
    place = load(table, 0, places + clamp(start - first, 0, span)) + number - 1
    known = (start < NEVER) & (place < count)
    return select(known, load(table, 0, days + clamp(place, 0, count - 1)), NEVER)


def divide(value: int, denominator: int) -> int:
    """The floor of value / denominator, a positive number of the text."""
    return value // denominator


def too_large(amount: int, numerator: int, denominator: int) -> bool:
    """Whether amount × numerator / denominator could leave ±2^62; sure to a millionth of it."""
    return abs(float(amount) * float(numerator)) > 4.6e18 * denominator


def position(table: Any, start: int, count: int, value: int) -> int:
    """How many of the `count` ascending entries of the table from `start` on are less than `value`."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if table[start + middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


def whole_of_product(remainder: int, numerator: int, denominator: int) -> tuple[int, int]:
    """The floor of remainder × numerator / denominator and what is left, where the product leaves 64 bits.

    Bit by bit: 0 <= remainder < denominator < 2^62, numerator of either sign.
    """
    size = select(numerator < 0, -numerator, numerator)
    whole, rest = 0, 0
    for bit in range(62, -1, -1):
        whole, rest = whole * 2, rest * 2
        if rest >= denominator:
            whole, rest = whole + 1, rest - denominator
        if (size >> bit) & 1:
            rest += remainder
            if rest >= denominator:
                whole, rest = whole + 1, rest - denominator
    if numerator < 0:
        left = rest > 0
        whole, rest = -whole - select(left, 1, 0), select(left, denominator - rest, 0)
    return whole, rest


def plain_names() -> dict[str, Any]:
    """The names that generated text uses, in plain Python."""
    return {
        "load": load,
        "store": store,
        "select": select,
        "clamp": clamp,
        "fill": fill,
        "mark_outside": mark_outside,
        "days_after": days_after,
        "march_month": march_month,
        "months_after": months_after,
        "business_day": business_day,
        "divide": divide,
        "too_large": too_large,
        "position": position,
        "whole_of_product": whole_of_product,
    }
