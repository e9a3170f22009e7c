"""How a formula that a document spells out becomes one of the program.

Knows written formulas and the kinds of record they speak of. Does not know how formulas are spelled.
"""

from typing import TYPE_CHECKING, Any

from adidem.kernel.formula import Formula, no, yes
from adidem.kernel.operator import noun, unlike
from adidem.kernel.period import Duration
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.quantity import DATE, FLAG, Unit
from adidem.kernel.source import Span
from adidem.kernel.term import Quantity, Syntax

if TYPE_CHECKING:
    from adidem.kernel.provision import Provision

_LIKE_AMOUNTS = ("money", "rate", "count")
_ONE_UNIT = {
    "money": "write both amounts in one currency",
    "count": "write both in one unit, as in 30 days and 60 days",
}


def judged(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    """A written formula that says yes or no of each record of a kind.

    Problems: those of `write`; F006 it is an amount, a date or a name.
    """
    formula = write(provision, syntax, kind)
    if formula.unit != FLAG:
        sentence = f"the formula is {noun(formula.unit)}, and a yes or no is wanted"
        raise ProblemError([Problem("F006", sentence, syntax.span, "compare it with something, as in … >= USD 100 m")])
    return formula


def write(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    """A written formula, judged on each record of a kind.

    Problems: F001 units do not meet; F004 unknown kind, column or word; F005 a column of another kind outside a sum;
    F007 a division.
    """
    with provision.program.written_at(syntax.span):
        return _write(provision, syntax, kind)


def _write(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    parts = syntax.parts
    match syntax.operation:
        case "literal":
            return _literal(provision, syntax, kind)
        case "column":
            return _column(provision, syntax, kind)
        case "cumulative" | "this period" | "as of":
            return _cumulative(provision, syntax, kind)
        case "not":
            return ~write(provision, parts[0], kind)
        case "/":
            sentence = (
                "an agreement does not divide: what is paid comes out in whole coins, and is rounded by a named rule"
            )
            mend = "multiply by a rate instead, as in … * 1/3"
            raise ProblemError([Problem("F007", sentence, syntax.span, mend)])
        case _:
            _known_word(provision, *parts)
            left, right = (write(provision, part, kind) for part in parts)
            _orderly(syntax, left, right)
            return _binary(syntax, left, right)


def _known_word(provision: "Provision", one: Syntax, other: Syntax) -> None:
    """A word beside a column is one that the column can hold."""
    for column, word in ((one, other), (other, one)):
        if column.operation != "column" or not isinstance(word.literal, str) or word.operation != "literal":
            continue
        owner, _, name = str(column.literal).partition(".")
        kind = provision.all.kinds.get(owner)
        found = kind.column(name) if kind is not None else None
        if found is None or found.type not in ("party", "choice"):
            continue
        known = found.choices if found.type == "choice" else tuple(provision.all.agreement.parties)
        if word.literal not in known:
            sentence = f"{column.literal} is never {word.literal}"
            raise ProblemError([Problem("F004", sentence, word.span, did_you_mean(word.literal, known))])


def _orderly(syntax: Syntax, left: Formula, right: Formula) -> None:
    """Only like meets like; what is no amount is not added up; a name is neither more nor less than another."""
    adds, orders = syntax.operation in ("+", "-", "*"), syntax.operation in ("<", "<=", ">", ">=")
    if adds and left.unit.kind not in _LIKE_AMOUNTS:
        mend = "write the date itself" if left.unit == DATE else "add up amounts, rates or numbers"
        raise ProblemError([_lost(syntax.span, f"{noun(left.unit)} stands where an amount is needed", mend)])
    if orders and left.unit.kind not in (*_LIKE_AMOUNTS, "date"):
        sentence = f"{noun(left.unit)} is neither more nor less than another"
        raise ProblemError([Problem("F001", sentence, syntax.span, "compare it by is, or by is not")])
    if syntax.operation not in ("and", "or", "*") and not left.unit.like(right.unit):
        mend = _ONE_UNIT.get(left.unit.kind, "") if left.unit.kind == right.unit.kind else ""
        raise ProblemError([_lost(syntax.span, unlike(left.unit, right.unit), mend)])


def _binary(syntax: Syntax, left: Formula, right: Formula) -> Formula:
    operations: dict[str, Any] = {
        "and": lambda: left & right,
        "or": lambda: left | right,
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left.scale(right, "half even"),
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "is": lambda: left.equals(right),
        "is not": lambda: ~left.equals(right),
    }
    return operations[syntax.operation]()


def _literal(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    value, program = syntax.literal, provision.program
    if isinstance(value, bool):
        return yes(program) if value else no(program)
    if isinstance(value, Quantity):
        return program.constant(value.value, value.unit)
    if isinstance(value, Duration):
        number, name = (value.number * 12, "months") if value.unit == "years" else (value.number, value.unit)
        return program.constant(number, Unit("count", name))
    if isinstance(value, int):
        return program.constant(value, DATE)
    assert isinstance(value, str)
    return provision.name(value)


def _column(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    assert isinstance(syntax.literal, str)
    owner, _, name = syntax.literal.partition(".")
    found = provision.all.kinds.get(owner)
    if found is None:
        mend = did_you_mean(owner, provision.all.kinds)
        raise ProblemError([Problem("F004", f"no event is of the kind {owner}", syntax.span, mend)])
    if name != "occurred" and found.column(name) is None:
        mend = did_you_mean(name, ["occurred", *(column.name for column in found.columns)])
        raise ProblemError([Problem("F004", f"an event of the kind {owner} has no column {name}", syntax.span, mend)])
    if owner == kind or found.joins == kind:
        stage = "" if owner == kind else owner
        if name == "occurred":
            return provision.day(kind, stage)
        return provision.column(kind, f"{stage}.{name}" if stage else name)
    sentence = f"{syntax.literal} has a value for each {owner}, and here one {kind} is judged"
    column = found.column(name)
    adds = column is not None and column.type in ("money", "count")
    mend = f"write cumulative({syntax.literal})" if adds else f"name a column of the {kind} itself"
    raise ProblemError([Problem("F005", sentence, syntax.span, mend)])


def _cumulative(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    owner = _owner(syntax.parts[-1])
    if owner is None:
        raise ProblemError([_lost(syntax.span, "a sum needs a column to add up")])
    inner = write(provision, syntax.parts[-1], owner)
    if inner.unit.kind not in _LIKE_AMOUNTS:
        raise ProblemError([_lost(syntax.span, f"a sum adds up amounts, and {noun(inner.unit)} stands in it")])
    own = provision.day(owner)
    if syntax.operation == "as of":
        return inner.until(own, write(provision, syntax.parts[0], kind))
    when = provision.day(kind)
    if syntax.operation == "cumulative":
        return inner.until(own, when)
    cells = inner.sum()
    return cells.at(when)


def _owner(syntax: Syntax) -> str | None:
    if syntax.operation == "column" and isinstance(syntax.literal, str):
        return syntax.literal.partition(".")[0]
    return next((found for part in syntax.parts if (found := _owner(part))), None)


def _lost(span: Span | None, sentence: str, mend: str = "") -> Problem:
    return Problem("F001", sentence, span, mend or "compare and add like with like")
