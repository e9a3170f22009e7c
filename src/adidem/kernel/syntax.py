"""How a formula that a document spells out becomes one of the program.

Knows written formulas and the kinds of record they speak of. Does not know how formulas are spelled.
"""

from typing import TYPE_CHECKING, Any

from adidem.kernel.formula import ONE, Formula, no, yes
from adidem.kernel.period import Duration
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.quantity import DATE, FLAG
from adidem.kernel.source import Span
from adidem.kernel.term import Quantity, Syntax

if TYPE_CHECKING:
    from adidem.kernel.provision import Provision

_COMPARISONS = ("<", "<=", ">", ">=", "is", "is not")


def write(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    """A written formula, judged on each record of a kind.

    Problems: F001 units do not meet; F004 unknown kind or column; F005 a column of another kind outside a sum.
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
        case _:
            return _binary(syntax, write(provision, parts[0], kind), write(provision, parts[1], kind))


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
        raise ProblemError(
            [_lost(syntax.span, f"{value} is a length of time, and stands where a date or an amount is needed")]
        )
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
    if name == "occurred":
        return provision.day(kind, "" if owner == kind else owner)
    if found.column(name) is None:
        mend = did_you_mean(name, [column.name for column in found.columns])
        raise ProblemError([Problem("F004", f"an event of the kind {owner} has no column {name}", syntax.span, mend)])
    if owner == kind:
        return provision.column(kind, name)
    if found.joins == kind:
        return provision.column(kind, f"{owner}.{name}")
    sentence = f"{syntax.literal} has a value for each {owner}, and here one {kind} is judged"
    raise ProblemError([Problem("F005", sentence, syntax.span, f"write cumulative({syntax.literal})")])


def _cumulative(provision: "Provision", syntax: Syntax, kind: str) -> Formula:
    owner = _owner(syntax.parts[-1])
    if owner is None:
        raise ProblemError([_lost(syntax.span, "a sum needs a column to add up")])
    inner = write(provision, syntax.parts[-1], owner)
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


def _lost(span: Span | None, sentence: str) -> Problem:
    return Problem("F001", sentence, span, "compare and add like with like")


def holds(formula: Formula) -> bool:
    """Whether a formula is a yes or no."""
    return formula.unit == FLAG and formula.domain != ONE
