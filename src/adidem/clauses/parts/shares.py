"""Tiers that are told by shares of a whole: their order, and whether they fit together.

Knows rates and the bounds of tiers, `from` one share and `below` another. Does not know any family, nor what a tier
brings about.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

from adidem.kernel.problem import Problem
from adidem.kernel.term import Quantity, Term

Tier = dict[str, Term]


def downwards(tiers: Iterable[Tier]) -> list[Tier]:
    """The tiers, the highest first."""
    return sorted(tiers, key=lambda tier: -share(tier["below"]))


def share(term: Term) -> Fraction:
    """A rate; the greatest of its readings."""
    return max(Fraction(v.value, v.unit.denominator) for v in term.values if isinstance(v, Quantity))


def more_than_all(terms: Iterable[Term]) -> list[Problem]:
    """Problems: A162 a share of more than the whole."""
    words = "is {}, and there is no more than 100 %"
    return [Problem("A162", f"{t.name} {words.format(t.text)}", t.span, _mend(t)) for t in terms if share(t) > 1]


def _mend(term: Term) -> str:
    """A bare number of up to a hundred wants its per cent sign."""
    return f"write {term.text} %" if term.text[-1:].isdigit() and share(term) <= 100 else "write 100 % at most"


def misplaced(tiers: Iterable[Tier], objective: Term) -> Iterator[Problem]:
    """Problems: A160 a tier does not end where the next begins; A161 one begins above the objective."""
    ordered = downwards(tiers)
    first = ordered[0]["below"]
    if share(first) > share(objective):
        sentence = f"a tier begins below {first.text}, where the objective of {objective.text} may still be met"
        yield Problem("A161", sentence, first.span, "let the first tier begin at the objective, or below")
    nothing: Tier = {}
    for tier, worse in pairwise([*ordered, nothing]):
        ends, begins = tier.get("from"), worse.get("below")
        low, high = (share(term) if term is not None else Fraction(0) for term in (ends, begins))
        if low == high:
            continue
        wrong = "both apply" if low < high else "neither applies"
        words = [term.text if term is not None else "0 %" for term in (ends, begins)]
        sentence = f"one tier applies from {words[0]} and the next below {words[1]}: between them {wrong}"
        mend = f"write from: {words[1]}, which is still of the first" if begins is not None else "take its from: out"
        yield Problem("A160", sentence, (ends or tier["below"]).span, mend)
