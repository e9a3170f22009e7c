"""The clause families at hand: those that ship and those that a user has installed, by one door.

Knows entry points. Does not know any family.
"""

from functools import cache
from importlib.metadata import entry_points

from adidem.kernel.family import Family


@cache
def families() -> dict[str, Family]:
    """Every family by name, from the entry points of the group `adidem.families`."""
    return {point.name: point.load() for point in sorted(entry_points(group="adidem.families"), key=lambda p: p.name)}
