"""The same exclusive right granted twice: no error, for parties do it, but a question: which grant is the breach?

Knows the terms by which clauses grant a right to one alone. Does not know what was done under them.
"""

from collections.abc import Iterator
from itertools import combinations

from adidem.desk.spoken import words_of
from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.problem import Problem
from adidem.kernel.term import Scope

_TO_ONE = {"exclusivity": ("grantor", "holder", "provider"), "first-refusal": ("grantor", "holder", "provider")}
_LICENCE = ("licensor", "licensee")


def granted_twice(agreement: Agreement) -> list[Problem]:
    """D230: two clauses that, for a time together, each grant the same right to another alone."""
    found: list[Problem] = []
    for one, other in combinations(agreement.clauses, 2):
        together = max(one.starts, other.starts) < min(one.ends, other.ends)
        if together and one.id != other.id and one.family == other.family and _meet(one, other):
            acts = " or ".join(sorted(_acts(one) & _acts(other)))
            words = f"clauses {one.id} and {other.id} promise to two what only one can have ({acts})"
            sentence = f"{words}: which grant is the breach?"
            mend = f"end one of the two, or take out of the scope of {other.id} what {one.id} grants"
            see = ((one.span, one.title),)
            found.append(Problem("D230", sentence, other.span, mend, see, open_point=True))
    return found


def _meet(one: Clause, other: Clause) -> bool:
    """Whether both bind the same party, speak of the same acts and assets, and name different others."""
    if one.family in _TO_ONE:
        binds, *to = _TO_ONE[one.family]
    elif one.family == "licence" and any(_exclusive(clause) for clause in (one, other)):
        binds, *to = _LICENCE
    else:
        return False
    same = _value(one, binds) == _value(other, binds)
    others = any(_value(one, name) != _value(other, name) for name in to)
    scopes = any(a.meets(b) for a in _scopes(one) for b in _scopes(other))
    return same and others and scopes and bool(_acts(one) & _acts(other))


def _value(clause: Clause, name: str) -> object:
    return clause.terms[name].value if name in clause.terms else None


def _exclusive(clause: Clause) -> bool:
    term = clause.terms.get("exclusive")
    return term is not None and True in term.values


def _acts(clause: Clause) -> set[str]:
    return set(words_of(clause, "act", "acts"))


def _scopes(clause: Clause) -> Iterator[Scope]:
    term = clause.terms.get("scope")
    for value in term.values if term is not None else ():
        if isinstance(value, Scope):
            yield value
