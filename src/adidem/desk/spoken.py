"""Of what clauses speak: classes of assets, acts and other words.

Knows terms, with all that they may be read to say. Does not know families or events.
"""

from collections.abc import Iterable, Iterator

from adidem.kernel.agreement import Clause
from adidem.kernel.term import CarveOut, Effect, Scope, Term

ACTS = ("act", "acts", "upon")
"""The terms that name acts."""


def classes_of(clause: Clause) -> Iterator[str]:
    """The classes that a clause names, exceptions, carve-outs and those of its effects included."""
    for item in _items(clause.terms.values()):
        scope = item.scope if isinstance(item, Effect) else item
        if isinstance(scope, Scope):
            yield from (*scope.classes, *scope.without)
        elif isinstance(item, CarveOut):
            yield item.asset


def words_of(clause: Clause, *names: str) -> Iterator[str]:
    """The words of some terms of a clause, by their names; of all its terms where none is named."""
    for item in _items(term for name, term in clause.terms.items() if not names or name in names):
        if isinstance(item, Effect):
            yield item.target
        elif isinstance(item, str):
            yield item


def _items(terms: Iterable[Term]) -> Iterator[object]:
    for term in terms:
        for value in term.values:
            yield from value if isinstance(value, tuple) else (value,)
