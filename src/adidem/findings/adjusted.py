"""Corrections of prior periods that are stated with a later one: ours beside theirs.

Knows amounts by period. Does not know how they are found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class Adjusted:
    """Prior periods that are adjusted with this one.

    ours    period → what the corrections since the statement before come to
    theirs  period → what they took, in minor units
    could   period → what other corrections would come to, by what was known when
    whole   whether theirs is a total that says nothing of adjustments: they may be in it or not
    since   of a period that is settled: what has come since comes to, which adjusts a later one
    """

    ours: Mapping[str, int] = field(default_factory=dict[str, int])
    theirs: Mapping[str, Fraction] = field(default_factory=dict[str, Fraction])
    could: Mapping[str, set[int]] = field(default_factory=dict[str, "set[int]"])
    whole: bool = False
    since: int = 0
