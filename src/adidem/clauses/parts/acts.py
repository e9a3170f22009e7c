"""Acts of a party with assets: those of which a clause speaks, and how a sentence says them.

Knows acts, who does them, and the terms that name them. Does not know whether they are allowed.
"""

from adidem.kernel.agreement import Clause
from adidem.kernel.composer import Composer
from adidem.kernel.formula import Formula
from adidem.kernel.term import Scope


def done(clause: Composer, holder: str, acts: tuple[str, ...]) -> Formula:
    """[acts] Whether the holder did one of these, with an asset in the scope, while the text was in force."""
    return (
        clause.one_of("act", "by", (holder,))
        & clause.one_of("act", "act", acts)
        & clause.in_scope("scope", "act")
        & clause.in_force(clause.day("act"))
    )


def done_elsewhere(clause: Composer) -> Formula:
    """[acts] Whether the grantor did the act of the clause with anyone but the provider."""
    with_provider = clause.one_of("act", "with", (clause.word("provider"),))
    return done(clause, clause.word("grantor"), (clause.word("act"),)) & ~with_provider


def either(acts: tuple[str, ...]) -> str:
    """Acts as the verb of a sentence: `use, integrate or commercialise`."""
    return _listed(tuple(act.replace("-", " ") for act in acts), "or")


def anything(clause: Clause, name: str = "scope") -> str:
    """A scope as the object of a sentence: `any model or product (except ui-design)`.

    Of rival readings every class, and the exceptions on which all agree.
    """
    term = clause.terms[name]
    scopes = [value for value in term.values if isinstance(value, Scope)]
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
