"""What a cause that moves nothing would be worth by itself: where a limit hides it.

Knows a cause, other causes aside, and the terms that limit a figure. Does not know why the cause is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adidem.findings.altered import Altered, alternatives
from adidem.findings.hypothesis import AS_IT_STANDS, Edits, Supposed

_LIMITS = ("cap", "floor", "minimum", "limit")


@dataclass(frozen=True)
class Alone:
    """What a cause comes to without the others.

    amount   minor units
    without  the term that was left out to see it; empty where the record as it stands shows it
    """

    amount: int
    without: str = ""


def alone(ours: Supposed, edits: Edits, altered: Sequence[Altered] = ()) -> Alone | None:
    """A cause run alone, on the record as it stands; where that moves nothing, with a limit of the clause left out on
    both sides. None where it moves nothing even so.
    """
    for limit in ((), *((one,) for one in _limits(ours) if one.term not in [change.term for change in altered])):
        before, after = ours.figure(AS_IT_STANDS, limit), ours.figure(edits, (*limit, *altered))
        if before is not None and after is not None and before != after:
            return Alone(after - before, limit[0].term if limit else "")
    return None


def _limits(ours: Supposed) -> list[Altered]:
    """The clause with each term that limits its figure left out."""
    if not ours.texts:
        return []
    found = alternatives(ours.texts[-1], ours.families[ours.texts[-1].family], ())
    return [one for one in found if one.value is None and any(limit in one.term for limit in _LIMITS)]
