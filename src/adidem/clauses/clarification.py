"""A statement that changes no term: it settles a question, or favours one reading of it.

A joint statement of both parties is the classic case: subsequent agreement on the interpretation (Vienna Convention
on the Law of Treaties, art. 31(3)(a), says for treaties what courts do for contracts).
"""

from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm

TERMS = (
    TermForm("settles", "settlements", required=False, about="questions, each with the reading that is now agreed"),
    TermForm("favours", "settlements", required=False, about="questions, each with the reading that is now likelier"),
)


def compile(clause: Composer) -> None:
    """Nothing: a settled question is put under one reading before the clauses are written."""


FAMILY = Family("clarification", "settles or favours a reading, changing no term", TERMS, compile, binds=False)
