"""Kinds of event that several families speak of, and how a clause's acts and assets are said in a sentence.

Knows columns, how an answer joins its offer, and “<holder> must, may or must not <says>”. Does not know any family.
"""

from adidem.kernel.agreement import Clause
from adidem.kernel.event import Column, EventKind
from adidem.kernel.term import Scope

OFFER = EventKind(
    "offer",
    (
        Column("by", "party"),
        Column("to", "party"),
        Column("asset", "name"),
        Column("third_party", "name", required=False),
        Column("new", "flag", required=False),
        Column("amount", "money", required=False),
    ),
    says="a party offers an asset before it turns elsewhere",
)
ANSWER = EventKind(
    "answer",
    (
        Column("by", "party"),
        Column("offer", "id"),
        Column("answer", "choice", choices=("accepted", "declined", "cannot")),
    ),
    joins="offer",
    says="the answer to an offer",
)
WAIVER = EventKind(
    "waiver",
    (Column("by", "party"), Column("act", "id"), Column("form", "choice", choices=("writing", "conduct"))),
    joins="act",
    says="a party lets an act pass, in writing or by what it does",
)


def either(acts: tuple[str, ...]) -> str:
    """Acts as the verb of a sentence: `use, integrate or commercialise`."""
    return _listed(tuple(act.replace("-", " ") for act in acts), "or")


def anything(clause: Clause, name: str = "scope") -> str:
    """A scope as the object of a sentence: `any model or product (except ui-design)`.

    Of rival readings every class, and the exceptions on which all agree.
    """
    term = clause.terms[name]
    values = [reading.value for reading in term.readings] or [term.value]
    scopes = [value for value in values if isinstance(value, Scope)]
    classes = tuple(dict.fromkeys(c for scope in scopes for c in scope.classes))
    without = tuple(w for w in scopes[0].without if all(w in scope.without for scope in scopes))
    if "everything" in classes:
        return "anything" + _except(without)
    named = not term.readings and not term.text.startswith(("every", "new"))
    lead = "" if named else "any new " if all(scope.new_only for scope in scopes) else "any "
    return lead + _listed(classes, "or") + _except(without)


def _except(without: tuple[str, ...]) -> str:
    return f" (except {_listed(without, 'and')})" if without else ""


def _listed(words: tuple[str, ...], last: str) -> str:
    *first, final = words
    return f"{', '.join(first)} {last} {final}" if first else final
