"""What a formula of an outlook is an amount of, and in which order drivers are made of each other.

Knows operations, units and names of drivers, parameters and outcomes. Does not know how a formula is spelled or
evaluated.

Like is added to like. A plain number multiplies anything, and may be so many of anything that is counted. An amount of
money times a number of things is money: a price is money for one of them. Money divided by a number of things is money
too, and like divided by like is a plain number. A yes counts as 1 where it multiplies or is compared.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from adidem.kernel.problem import did_you_mean
from adidem.kernel.quantity import FLAG, Unit
from adidem.kernel.source import Span
from adidem.kernel.term import Syntax
from adidem.worlds.draft import PURE, Draft, called, meets, unit_of

_ADDED = "add and compare like with like"


def judged(draft: Draft, syntax: Syntax | None, what: str, wanted: Unit, decides: bool = False) -> Syntax | None:
    """The formula, if it is of the unit that is wanted. Problems: those of `unit`; W109 it is not.

    decides  whether an event comes, or what answers it: then it may read outcomes
    """
    if syntax is None:
        return None
    found = unit(draft, syntax, decides)
    if found is not None and not meets(found, wanted):
        sentence = f"{what} is {called(found)}, and {called(wanted)} is wanted"
        mend = "compare it with something" if wanted == FLAG else "write a formula of that unit"
        draft.problem("W109", sentence, syntax.span, mend)
    return syntax


def unit(draft: Draft, syntax: Syntax, decides: bool = False) -> Unit | None:
    """The unit of a formula; None where something is wrong with it, which is then said.

    Problems: W103 an unknown name, an outcome in a formula that decides nothing, or a sum over events; W109 units that
    do not meet.
    """
    operation = syntax.operation
    if operation == "column" or (operation == "literal" and isinstance(syntax.literal, str)):
        return _named(draft, str(syntax.literal), syntax.span, decides)
    if operation == "literal":
        assert syntax.literal is not None
        return unit_of(syntax.literal)
    if operation in ("cumulative", "this period", "as of"):
        sentence = f"{operation} adds up events, and a formula of an outlook speaks of drivers alone"
        draft.problem("W103", sentence, syntax.span, "name a driver that stands for the sum")
        return None
    units = [unit(draft, part, decides) for part in syntax.parts]
    known = [each for each in units if each is not None]
    if len(known) < len(units):
        return None
    if operation in ("and", "or", "not"):
        return _flags(draft, syntax, known)
    found = _OPERATIONS[operation](*known)
    if found is None:
        sentence = f"{called(known[0])} is {_WORDS[operation]} {called(known[1])}"
        mend = "write one of the two as a plain number" if operation in "*/" else _ADDED
        draft.problem("W109", sentence, syntax.span, mend)
    return found


def _named(draft: Draft, name: str, span: Span | None, decides: bool) -> Unit | None:
    if name in draft.units or name in draft.unclear:
        return draft.units.get(name)
    if name in draft.outcomes:
        if decides:
            return FLAG
        sentence = f"{name} is what came of a source before, and only when, odds and rules may read it"
        draft.problem("W103", sentence, span, "let the when of the event read it")
        return None
    source, _, word = name.partition(".")
    outcomes = sorted(draft.outcomes) if decides else []
    own = [each.partition(".")[2] for each in outcomes if each.partition(".")[0] == source]
    if own:
        draft.problem("W103", f"{word} is no outcome of {source}", span, did_you_mean(word, own))
        return None
    what = ("parameter or outcome" if decides else "parameter") if word else "driver"
    known = [each for each in (*draft.units, *outcomes) if ("." in each) == ("." in name)] or list(draft.units)
    mend = did_you_mean(name, known) or "write a block with family: driver"
    draft.problem("W103", f"the outlook has no {what} {name}", span, mend)
    return None


def _flags(draft: Draft, syntax: Syntax, units: list[Unit]) -> Unit:
    wrong = next((each for each in units if each.kind != "flag"), None)
    if wrong is not None:
        sentence = f"{called(wrong)} stands beside {syntax.operation}, where a yes or no is needed"
        draft.problem("W109", sentence, syntax.span, "compare it with something")
    return FLAG


def _added(one: Unit, other: Unit) -> Unit | None:
    if not meets(one, other) or one.kind not in ("money", "rate", "count"):
        return None
    return other if one.kind == "rate" else one


def _times(one: Unit, other: Unit) -> Unit | None:
    for left, right in ((one, other), (other, one)):
        if left.kind in ("rate", "flag") and right.kind in ("money", "rate", "count"):
            return right
        if left.kind == "money" and right.kind == "count":
            return left
    return PURE if {one.kind, other.kind} == {"flag"} else None


def _divided(one: Unit, other: Unit) -> Unit | None:
    if one.kind not in ("money", "rate", "count"):
        return None
    if other.kind == "rate" or (one.kind, other.kind) == ("money", "count"):
        return one
    return PURE if one.like(other) else None


def _compared(one: Unit, other: Unit) -> Unit | None:
    counted = {one.kind, other.kind} == {"flag", "rate"}
    return FLAG if (counted or meets(one, other)) and one.kind != "name" else None


_OPERATIONS: Mapping[str, Callable[[Unit, Unit], Unit | None]] = {
    **dict.fromkeys(("+", "-"), _added),
    "*": _times,
    "/": _divided,
    **dict.fromkeys(("<", "<=", ">", ">=", "is", "is not"), _compared),
}
_WORDS = {
    "+": "added to",
    "-": "lessened by",
    "*": "multiplied by",
    "/": "divided by",
    **dict.fromkeys(("<", "<=", ">", ">=", "is", "is not"), "compared with"),
}


def names(syntax: Syntax) -> Iterator[tuple[str, Span | None]]:
    """The drivers that a formula names, with the place of each."""
    if syntax.operation == "literal" and isinstance(syntax.literal, str):
        yield syntax.literal, syntax.span
    for part in syntax.parts:
        yield from names(part)


def in_order(draft: Draft, formulas: Mapping[str, Syntax | None]) -> list[str]:
    """The drivers, each after those that its formula names. Problems: W108 drivers that wait for each other.

    formulas  id of a driver → its formula; None where it has none
    """

    def reads(name: str) -> Iterator[tuple[str, Span | None]]:
        syntax = formulas[name]
        return names(syntax) if syntax is not None else iter(())

    def refuse(circle: list[str], span: Span | None) -> None:
        sentence = f"drivers are made of each other in a circle: {' → '.join(circle)}"
        draft.problem("W108", sentence, span, "let one of them follow from something else")
        draft.unclear.update(circle)

    return after_what_they_read(formulas, reads, refuse)


def after_what_they_read(
    ids: Iterable[str],
    reads: Callable[[str], Iterator[tuple[str, Span | None]]],
    refuse: Callable[[list[str], Span | None], None],
) -> list[str]:
    """The ids, each after those that it reads, else as they stand.

    reads   what an id reads, with the place of each; what is none of the ids counts for nothing
    refuse  is told of each circle, from an id to itself, and of the place at which it closes
    """
    known = dict.fromkeys(ids)
    done: dict[str, None] = {}
    for first in known:
        # The path is no recursion: a chain may be longer than Python's stack.
        path = {first: reads(first)} if first not in done else {}
        while path:
            id = next(reversed(path))
            other, span = next(path[id], ("", None))
            if not other:
                path.pop(id)
                done[id] = None
            elif other in path:
                above = list(path)
                refuse([*above[above.index(other) :], other], span)
            elif other in known and other not in done:
                path[other] = reads(other)
    return list(done)
