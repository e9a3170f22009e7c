"""From the typed terms of an outlook's blocks to an `Outlook`, with everything that is wrong with it.

Knows which terms each shape of driver has, and what must fit together. Does not know documents' syntax or chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np

from adidem.kernel.agreement import Clause
from adidem.kernel.literal import Misspelt, parse_date
from adidem.kernel.period import NEVER, Duration, add_months, period_of, show_day
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.quantity import Unit, money
from adidem.kernel.source import Span
from adidem.kernel.term import Quantity, Syntax, Term
from adidem.worlds.dimension import in_order, unit
from adidem.worlds.draft import PURE, Bound, Draft, called, formula, key_place, meets, parts, place, unit_of, word
from adidem.worlds.expression import constant
from adidem.worlds.horizon import MOST_DAYS
from adidem.worlds.outcome import take_outcomes
from adidem.worlds.outlook import Correlation, Driver, Outlook, Parameter, Scenario
from adidem.worlds.soundness import answered, changed, correlated, partitioned
from adidem.worlds.sources import read_sources

_MOVING = ("growth", "volatility", "jump_chance", "jump_size", "jump_spread")
_NEEDED: dict[str, tuple[str, ...]] = {
    "growth": ("start", "growth"),
    "reversion": ("mean", "pull"),
    "s-curve": ("ceiling", "midpoint", "width"),
    "series": ("values",),
    "formula": ("formula",),
}
_USED: dict[str, tuple[str, ...]] = {
    "growth": ("start", *_MOVING),
    "reversion": ("start", "mean", "pull", *_MOVING[1:]),
    "s-curve": ("start", "ceiling", "midpoint", "width", *_MOVING),
    "series": ("values", *_MOVING),
    "formula": ("formula", *_MOVING),
}
_ALWAYS_USED = ("shape", "unit", "season")
_OWN_UNIT = ("start", "mean", "ceiling")
"""Roles whose number is one of what the driver is a number of."""
_OTHER_UNIT = ("midpoint", "width")
_POSITIVE = "write a number above zero"
_BOUNDS = {
    "volatility": Bound("W104", 0.0, inf, "a standard deviation is never negative", "write 0 % or more"),
    "jump_spread": Bound("W104", 0.0, inf, "a standard deviation is never negative", "write 0 % or more"),
    "pull": Bound("W104", 0.0, inf, "nothing is pulled away from its mean", "write 0 % or more"),
    "width": Bound("W104", 0.0, inf, "the steep part takes some time", "write a time, as in 12 months", above=True),
    "ceiling": Bound("W104", 0.0, inf, "a curve rises to something above zero", _POSITIVE, above=True),
    "mean": Bound("W104", 0.0, inf, "what is pulled moves by factors and is above zero", _POSITIVE, above=True),
    "growth": Bound("W104", -1.0, inf, "nothing loses all of itself in a year", "write more than -100 %", above=True),
    "jump_size": Bound("W104", -1.0, inf, "a jump leaves something", "write more than -100 %", above=True),
    "jump_chance": Bound("W105", 0.0, 1.0, "a chance lies between 0 and 100 %", "write a chance in a year, as in 10 %"),
    "strength": Bound("W106", -1.0, 1.0, "a correlation lies between -1 and 1", "write a number between -1 and 1"),
}
_START = Bound("W104", 0.0, inf, "what moves by factors to a level is above zero", _POSITIVE, above=True)


def read_outlook(draft: Draft, clauses: Sequence[Clause], since: int | None = None) -> Outlook | None:
    """The outlook that these blocks make up; None where it has no head. What is wrong is added to the draft.

    since  the day on which it starts instead of its own, if that is earlier

    Problems: W101 no head, or two; W102 it starts before the record ends; W103 an unknown name; W104 a number outside
    of what it can be; W105 a chance that is none; W106 correlations; W107 probabilities; W108 drivers in a circle; W109
    units; W110 to W117 as in `sources`; W113 an id twice; W114 a term too many or missing.
    """
    clauses = _named_once(draft, clauses)
    head = _head(draft, clauses, since)
    if head is None:
        return None
    _take_units(draft, clauses)
    take_outcomes(draft, clauses)
    drivers = _drivers(draft, clauses)
    sources = tuple(read_sources(draft, clauses))
    correlations = _correlations(draft, clauses, drivers)
    scenarios, places = _scenarios(draft, clauses)
    correlated(draft, correlations, scenarios)
    partitioned(draft, scenarios)
    changed(draft, scenarios, places)
    answered(draft, sources, scenarios)
    every = (draft.parameters, drivers, correlations, sources, tuple(scenarios))
    return Outlook(head.document, draft.starts, draft.until, *every, _backtest_from(draft, head))


def _backtest_from(draft: Draft, head: Clause) -> int | None:
    """The day from which the outlook is to be tried on the past. Problems: W111 it is later than the start."""
    day, starts = (head.terms[name].value if name in head.terms else None for name in ("backtest_from", "starts"))
    if not isinstance(day, int) or not isinstance(starts, int):
        return None
    if day > starts:
        sentence = f"it is to be tried from {show_day(day)} on, and starts after {show_day(starts)}"
        draft.problem("W111", sentence, place(head, "backtest_from"), "name an earlier day")
        return None
    return day


def _named_once(draft: Draft, clauses: Sequence[Clause]) -> list[Clause]:
    """The blocks, each id once. Within a document two headings of one id are refused already."""
    seen: dict[str, Clause] = {}
    for clause in clauses:
        first = seen.setdefault(clause.id, clause)
        if first is not clause and first.document != clause.document:
            sentence = f"two assumptions have the id {clause.id}"
            draft.problem("W113", sentence, clause.span, "give this heading another", [(first.span, first.title)])
    return list(seen.values())


def _head(draft: Draft, clauses: Sequence[Clause], since: int | None) -> Clause | None:
    heads = [clause for clause in clauses if clause.family == "outlook"]
    if len(heads) != 1:
        span = heads[1].span if heads else None
        if span is None and clauses:
            span = Span(clauses[0].document.source, 1, 1, 3)
        sentence = (
            "two blocks say from when to when the outlook looks"
            if heads
            else "no block says from when to when the outlook looks"
        )
        mend = "leave one of them out" if heads else "add a block with family: outlook, starts: and until:"
        draft.problem("W101", sentence, span, mend, [(heads[0].span, "the first")] if heads else [])
    if not heads:
        return None
    head = heads[0]
    starts, until = (head.terms[name].value if name in head.terms else None for name in ("starts", "until"))
    if not isinstance(starts, int) or not isinstance(until, int):
        return None
    if until <= starts or until == NEVER:
        sentence = f"the outlook ends on {show_day(until)}, and starts after {show_day(starts)}"
        draft.problem("W111", sentence, place(head, "until"), "let it end on a later day")
        return None
    if until > starts + MOST_DAYS:
        sentence = f"the outlook ends on {show_day(until)}, more than 100 years after it starts"
        draft.problem("W111", sentence, place(head, "until"), "let it end on an earlier day")
        return None
    latest = draft.history.latest() if draft.history is not None else None
    if latest is not None and latest[0] > starts:
        sentence = f"the outlook starts after {show_day(starts)}, and the ledger tells of {latest[1]} on"
        mend = f"write starts: {show_day(latest[0])}, or ask for an earlier day"
        draft.problem("W102", f"{sentence} {show_day(latest[0])}", place(head, "starts"), mend)
    draft.starts, draft.until = starts if since is None else min(starts, since), until
    return head


def _take_units(draft: Draft, clauses: Sequence[Clause]) -> None:
    """The units of all parameters that a formula may name, wherever they stand."""
    for clause in clauses:
        for name, term in clause.terms.items():
            if name in (*_OWN_UNIT, *_OTHER_UNIT, "pull", *_MOVING, "chance", "strength"):
                draft.units[f"{clause.id}.{name}"] = unit_of(term.value)
            elif name in ("fitted", "start_from"):
                role, own = ("chance", PURE) if name == "fitted" else ("start", money(draft.currency))
                draft.units[f"{clause.id}.{role}"] = own


@dataclass(frozen=True, slots=True)
class _Named:
    """A driver's block with its formula, before its unit is known."""

    clause: Clause
    shape: str
    formula: Syntax | None


def _drivers(draft: Draft, clauses: Sequence[Clause]) -> tuple[Driver, ...]:
    """The drivers, each after those of which it is made."""
    named = {c.id: _Named(c, word(c, "shape"), formula(c, "formula")) for c in clauses if c.family == "driver"}
    order = in_order(draft, {id: each.formula for id, each in named.items()})
    drivers: dict[str, Driver] = {}
    for is_made_of_others in (False, True):
        for id in order:
            each = named[id]
            if not each.shape:
                draft.unclear.add(id)
            elif (each.formula is not None) == is_made_of_others:
                drivers[id] = _driver(draft, each.clause, clauses)
    return tuple(drivers[id] for id in order if id in drivers)


def _driver(draft: Draft, clause: Clause, clauses: Sequence[Clause]) -> Driver:
    shape: Any = word(clause, "shape")
    _fitting_terms(draft, clause, shape)
    declared = _declared(clause)
    roles: dict[str, str] = {}
    found = declared
    for role in (*_OWN_UNIT, *_OTHER_UNIT, "pull", *_MOVING):
        term = clause.terms.get(role)
        if role == "start" and "start_from" in clause.terms:
            term = _started(draft, clause, clauses)
        if term is None:
            continue
        bound = _BOUNDS.get(role)
        if role in _OWN_UNIT:
            bound = _START if role == "start" and shape in ("reversion", "s-curve") else bound
            roles[role] = draft.parameter(f"{clause.id}.{role}", term, found, bound)
            found = found or draft.units[roles[role]]
        else:
            roles[role] = draft.parameter(f"{clause.id}.{role}", term, None if role in _OTHER_UNIT else PURE, bound)
    series = _series(draft, clause, found) if shape == "series" else ()
    own = formula(clause, "formula")
    if own is not None:
        made = unit(draft, own)
        if made is not None and declared is not None and not meets(made, declared):
            sentence = f"{clause.id} is {called(declared)} by its unit, and {called(made)} by its formula"
            draft.problem("W109", sentence, own.span, "write the formula in that unit, or leave unit: out")
        found = declared or made
    elif "start_from" in clause.terms:
        found = found or money(draft.currency)
    elif series and found is None:
        found = unit_of(parts(clause, "values")[0].value)
    if found is None:
        draft.unclear.add(clause.id)
    else:
        draft.units[clause.id] = found
    return Driver(clause.id, shape, found or PURE, roles, own, series, _season(draft, clause), clause.span)


def _fitting_terms(draft: Draft, clause: Clause, shape: str) -> None:
    """A shape has its terms and no others. Problems: W114."""
    given = {"start" if name in ("start_from", "over") else name for name in clause.terms}
    for name in _NEEDED[shape]:
        if name not in given:
            sentence = f"a driver of the shape {shape} needs its term {name}"
            mend = f"add {name}:" + (", or start_from: with a source" if name == "start" else "")
            draft.problem("W114", sentence, clause.span, mend)
    for name in sorted(given - {*_USED[shape], *_ALWAYS_USED}):
        sentence = f"a driver of the shape {shape} has no use for {name}"
        draft.problem("W114", sentence, place(clause, name), "leave it out, or write another shape")
    if ("start_from" in clause.terms) != ("over" in clause.terms):
        sentence = "start_from says whose mean is taken and over how long, and one of them is missing"
        draft.problem("W114", sentence, clause.span, "write start_from: SOURCE and over: 6 months")
    if ("jump_chance" in given) != ("jump_size" in given) or ("jump_spread" in given and "jump_size" not in given):
        sentence = "a jump has a chance and a size, and one of them is missing"
        draft.problem("W114", sentence, clause.span, "write jump_chance: and jump_size:")


def _declared(clause: Clause) -> Unit | None:
    """The unit that a driver's block names."""
    name = word(clause, "unit")
    if not name:
        return None
    if len(name) == 3 and name.isupper():
        return money(name)
    return PURE if name == "rate" else Unit("count", name)


def _started(draft: Draft, clause: Clause, clauses: Sequence[Clause]) -> Term | None:
    """The mean in a month, over the months before the start, of what the ledger says of a source's events; or the
    term `start` where it says nothing of them, or nothing is read from it.

    Problems: W103 no such source, or no such event; W114 it has no column of money, or no whole months are named.
    """
    name, at = word(clause, "start_from"), place(clause, "start_from")
    known = {each.id: each for each in clauses if each.family in ("flow", "hazard")}
    if name not in known:
        mend = did_you_mean(name, known) or "write a flow with that id"
        draft.problem("W103", f"the outlook has no flow or hazard {name}", at, mend)
        return None
    source = known[name]
    kind = draft.kinds.get(word(source, "event"))
    if kind is None or "over" not in clause.terms:
        return None
    told = {term.name: str(term.value).strip() for term in parts(source, "columns")}
    columns = {column: text for column, text in told.items() if "{period}" not in text}
    named = [name for name in source.terms if name == "amount"] + [term.name for term in parts(source, "amounts")]
    amounts = [column.name for column in map(kind.column, named) if column is not None and column.type == "money"]
    over = clause.terms["over"].value
    months = over.number * (12 if over.unit == "years" else 1) if isinstance(over, Duration) else 0
    if not amounts:
        draft.problem("W114", f"{name} has no money of which a mean could be taken", at, "write start: with a value")
        return None
    if not months or not isinstance(over, Duration) or over.unit not in ("months", "years"):
        draft.problem("W114", "a mean is taken over whole months", place(clause, "over"), "write over: 6 months")
        return None
    if draft.history is None:
        return clause.terms.get("start")
    # Whoever tells the ledger by the quarter may tell of one quarter in the next: the last event may be as old again.
    after = _months_before(draft.starts, 2 * months)
    last = draft.history.found(kind.name, columns, amounts[0], after, draft.starts).last_day
    if last is None:
        if "start" in clause.terms:
            return clause.terms["start"]
        between = f"from {show_day(after + 1)} to {show_day(draft.starts)}"
        sentence = f"{between} the ledger has no event like those of {name}"
        draft.problem("W103", sentence, at, "write start: with a value, or a longer time after over:")
        return None
    # So the months end with the last event, not with the record.
    end = min(draft.starts, int(period_of(np.array(last), "month")[1]))
    after = _months_before(end, months)
    found = draft.history.found(kind.name, columns, amounts[0], after, end)
    value = Quantity(found.total_minor, replace(money(draft.currency), denominator=months))
    text = f"the mean of {months} months"
    note = f"{found.count} events of the ledger from {show_day(after + 1)} to {show_day(end)}"
    return Term("start", value, text, "stated", "the ledger", span=at, note=note)


def _months_before(end: int, months: int) -> int:
    """The day after which so many months begin that end with a day."""
    return int(add_months(np.array([end + 1]), np.array([-months]))[0]) - 1


def _series(draft: Draft, clause: Clause, wanted: Unit | None) -> tuple[tuple[int, float], ...]:
    """Quoted values by day. Problems: T220 a key that is no date; W109 units; W114 none is known at the start."""
    found: dict[int, float] = {}
    terms = parts(clause, "values")
    first = unit_of(terms[0].value) if terms else PURE
    for term in terms:
        if not meets(unit_of(term.value), wanted or first):
            sentence = f"the value of {term.name} is {called(unit_of(term.value))}, and not {called(wanted or first)}"
            draft.problem("W109", sentence, term.span, "write all values in one unit")
        try:
            found[parse_date(term.name)] = constant(term.value)
        except Misspelt as wrong:
            draft.problem("T220", f"values: {wrong.sentence}", term.span, wrong.mend or "write the day: 2025-01-21")
    if found and min(found) > draft.starts:
        sentence = f"the first value of {clause.id} is of {show_day(min(found))}, after the outlook has started"
        draft.problem("W114", sentence, place(clause, "values"), f"add a value for {show_day(draft.starts)}")
    return tuple(sorted(found.items()))


def _season(draft: Draft, clause: Clause) -> tuple[float, ...]:
    """The factors of the months. Problems: W104 a negative one; W109 no plain number; W114 not twelve."""
    terms = parts(clause, "season")
    if terms and len(terms) != 12:
        sentence = f"a season has twelve factors, January first, and here stand {len(terms)}"
        draft.problem("W114", sentence, place(clause, "season"), "write one for each month")
    for term in terms:
        if unit_of(term.value) != PURE:
            sentence = f"{term.name} is {called(unit_of(term.value))}"
            draft.problem("W109", sentence, term.span, "write a factor, as in 1.1")
        elif constant(term.value) < 0:
            draft.problem("W104", f"{term.name} is negative", term.span, "write a factor of 0 or more")
    return tuple(constant(term.value) for term in terms)


def _correlations(draft: Draft, clauses: Sequence[Clause], drivers: Sequence[Driver]) -> tuple[Correlation, ...]:
    """Problems: W103 an unknown driver; W106 one without shocks of its own, or no two."""
    known = {driver.id: driver for driver in drivers}
    out: list[Correlation] = []
    for clause in clauses:
        if clause.family != "correlation" or not {"between", "strength"} <= set(clause.terms):
            continue
        between, at = clause.terms["between"].value, place(clause, "between")
        names = [str(name) for name in between] if isinstance(between, tuple) else []
        parameter = draft.parameter(f"{clause.id}.strength", clause.terms["strength"], PURE, _BOUNDS["strength"])
        if len(names) != 2:
            draft.problem("W106", "a correlation is between two drivers", at, "write between: [ONE, OTHER]")
            continue
        for name in names:
            if name not in known:
                draft.problem("W103", f"the outlook has no driver {name}", at, did_you_mean(name, known))
            elif "volatility" not in known[name].parameters:
                sentence = f"the driver {name} has no volatility, and no shocks that could move with others"
                draft.problem("W106", sentence, at, "add volatility: to it, or leave the correlation out")
        if all(name in known for name in names):
            out.append(Correlation(names[0], names[1], parameter, at))
    return tuple(out)


def _scenarios(draft: Draft, clauses: Sequence[Clause]) -> tuple[list[Scenario], dict[tuple[str, str], Span | None]]:
    """The scenarios, and where each says what it changes. Problems: W103 unknown parameter; W109 units."""
    out: list[Scenario] = []
    places: dict[tuple[str, str], Span | None] = {}
    for clause in clauses:
        if clause.family != "scenario" or not {"partition", "probability"} <= set(clause.terms):
            continue
        term = clause.terms["probability"]
        low, high = term.range or (term.value, term.value)
        probability = Parameter(
            f"{clause.id}.probability", constant(term.value), constant(low), constant(high), PURE, term
        )
        ends = (probability.low, probability.value, probability.high)
        if not all(0 <= end <= 1 for end in ends):
            draft.problem("W107", f"a probability is no {term.text}", term.span, "write between 0 and 100 %")
        changes: dict[str, float] = {}
        for part in parts(clause, "changes"):
            parameter = draft.parameters.get(part.name)
            if parameter is None:
                mend = did_you_mean(part.name, draft.parameters)
                draft.problem("W103", f"the outlook has no parameter {part.name}", key_place(part), mend)
            elif not meets(unit_of(part.value), parameter.unit):
                sentence = f"{part.name} is {called(parameter.unit)}, and here stands {called(unit_of(part.value))}"
                draft.problem("W109", sentence, part.span, "write it in the unit of the parameter")
            else:
                changes[part.name] = constant(part.value)
                places[clause.id, part.name] = part.span
        criteria = word(clause, "resolves"), clause.span, formula(clause, "came_if")
        out.append(Scenario(clause.id, word(clause, "partition"), probability, changes, *criteria))
    return out, places


def problems_of(draft: Draft) -> list[Problem]:
    """What is wrong, each thing once."""
    return list({(problem.code, problem.place, problem.sentence): problem for problem in draft.problems}.values())
