"""How each commitment stands: committed, counted, left; at what rate it is used, and where that leads.

Knows commitments, reservations of capacity, what the engine tells of them, and what a provider's own record says. Does
not know how it is printed. Whatever is settled comes from the engine; a projection is a rate carried on, and says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from adidem.desk.committing.record import differences
from adidem.desk.view import asked_view
from adidem.desk.wording import number_words
from adidem.desk.workspace import Workspace
from adidem.findings.figure import Figure
from adidem.findings.outcome import Outcome, Result
from adidem.findings.worlds import Spread, at, bits_of, explore, spread_of
from adidem.kernel.agreement import Clause
from adidem.kernel.engine import Evaluation
from adidem.kernel.period import NEVER, Cycle, Every, add_months, counted_from, period_label, period_of, show_day
from adidem.kernel.quantity import Array, Unit
from adidem.kernel.term import Milestone

FAMILIES = ("minimum-commitment", "capacity-reservation")
RATES = (3, 12)
"""Over how many of the last whole months a rate is taken."""
LAST_PERIODS = 4
"""How many periods that are over are shown of a periodic commitment."""


@dataclass(frozen=True)
class _Told:
    """The figures that the engine tells, in every combination of readings that moves one, and over what is assumed."""

    outcome: Outcome
    choices: Sequence[Mapping[str, str]]
    values: Evaluation
    spread: Spread

    def of(self, text: Clause, name: str, world: int, row: int = 0) -> Array | None:
        """[points] A figure as taken, and at the other points of what is assumed; None where the text tells none."""
        formula = self.outcome.composition.told.get((text.id, text.document.name, name))
        return None if formula is None else np.array(self.spread.of(formula, row, world), np.int64)

    def unit(self, text: Clause, name: str) -> Unit:
        return self.outcome.composition.told[text.id, text.document.name, name].unit

    def unit_of(self, id: str) -> Unit:
        """In what a commitment is counted."""
        composition = self.outcome.composition
        told = [formula for (clause, _, _), formula in composition.told.items() if clause == id]
        return [*composition.flows.get(f"{id}.used", ()), *told][0].unit

    def said(self, text: Clause, name: str, world: int) -> str | None:
        """What a choice is under the readings of a world; None where the text does not make it."""
        term = text.terms.get(name)
        if term is None:
            return None
        reading = self.choices[world].get(f"{text.id}.{name}")
        return str(next((r.value for r in term.readings if r.name == reading), term.value))

    def cycle(self, text: Clause, world: int) -> Cycle:
        """The months, quarters or years that a periodic commitment counts, under the readings of a world."""
        every: Every = text.terms["every"].value  # type: ignore[assignment]
        starts = self.said(text, "year_starts", world)
        return every if starts is None else counted_from(starts, every)

    def result(self, world: int) -> Result:
        """What the run says under the readings of a world."""
        choice = self.choices[world]
        for result in self.outcome.results:
            if any(all(choice.get(q, r) == r for q, r in each.items()) for each in (result.readings, *result.also)):
                return result
        return self.outcome.results[0]


def commitments_view(workspace: Workspace, outcome: Outcome) -> dict[str, Any]:
    """The JSON of `commitments`."""
    told = _told(outcome)
    seen: list[tuple[list[dict[str, Any]], list[int]]] = []
    for world in range(len(told.choices)):
        found = [_commitment(told, texts, world) for texts in _clauses(outcome)]
        same = next((worlds for commitments, worlds in seen if commitments == found), None)
        if same is None:
            seen.append((found, [world]))
        else:
            same.append(world)
    matter = [q for q in told.choices[0] if len({choice[q] for choice in told.choices}) > 1]
    return {
        "agreement": outcome.composition.agreement.title,
        **asked_view(outcome),
        "results": [
            {
                "readings": [{q: told.choices[world][q] for q in matter} for world in worlds],
                "commitments": found,
            }
            for found, worlds in seen
        ],
        "record": differences(outcome),
        "receipt": workspace.receipt(outcome),
    }


def _clauses(outcome: Outcome) -> Iterator[list[Clause]]:
    """The texts of each commitment that stand by the day."""
    agreement = outcome.composition.agreement
    for id in dict.fromkeys(c.id for c in agreement.clauses if c.family in FAMILIES):
        texts = [text for text in agreement.texts_of(id) if text.starts <= outcome.as_of]
        if texts:
            yield texts


def _told(outcome: Outcome) -> _Told:
    composition, columns = outcome.composition, outcome.columns
    ids = {clause.id for clause in composition.agreement.clauses if clause.family in FAMILIES}
    wanted = {formula.index for (clause, _, _), formula in composition.told.items() if clause in ids}
    wanted |= {flow.index for id in ids for flow in composition.flows.get(f"{id}.used", ())}
    worlds = explore(composition, columns, sorted(wanted), outcome.pinned)
    on = bits_of(worlds.evaluation)
    spread = spread_of(worlds, worlds.choices, wanted, on, lambda spread: bits_of(spread.evaluation))
    return _Told(outcome, worlds.choices, worlds.evaluation, spread)


def _commitment(told: _Told, texts: list[Clause], world: int) -> dict[str, Any]:
    """One commitment, under the readings of a world."""
    text = texts[-1]
    reserves = text.family == "capacity-reservation"
    parties = [str(text.terms[name].value) for name in ("customer", "provider")]
    periods = _by_periods(told, text, world) if "every" in text.terms else _by_milestones(told, texts, world)
    unit = told.unit_of(text.id)
    out: dict[str, Any] = {
        "clause": text.id,
        "customer": parties[0],
        "provider": parties[1],
        "category": "Capacity" if reserves else "Spend" if unit.kind == "money" else "Usage",
        "model": told.said(text, "model", world),
        "interval": told.cycle(text, world) if "every" in text.terms else "full period",
        "unit": unit.name,
        "periods": [each for each, _ in periods],
    }
    if not reserves:
        months = _months(told, text.id, world)
        rates = {str(count): _rate(told, months, count, unit) for count in RATES if months}
        out["used"] = _shown(sum(_used(told, text.id, world)), unit)
        out["run_rate"] = {count: {**rate.plain(unit), "is": "projection"} for count, rate in rates.items()}
        for each, lacks in periods:
            if lacks is not None:
                each["projected"] = {n: rate.carried_on(lacks, each["by"], unit) for n, rate in rates.items()}
    coming = next((each for each, _ in periods if each["days_left"] > 0), None)
    out["next"] = {"period": coming["period"], "by": coming["by"], "days": coming["days_left"]} if coming else None
    figures = [f for f in told.result(world).figures if f.transfer.clause == text.id]
    out["figures"] = [_figure(figure, told.outcome.as_of) for figure in figures]
    out["owed_so_far"] = _owed(figures)
    return out


def _by_milestones(told: _Told, texts: list[Clause], world: int) -> list[tuple[dict[str, Any], Fraction | None]]:
    """Each milestone, by the text that stands on its day; with what an open one lacks.

    What would be short at a milestone to come is not paid yet, and so it still lacks at those after it.
    """
    to_come: Array | int = 0
    out: list[tuple[dict[str, Any], Fraction | None]] = []
    for text in texts:
        for each in text.terms["milestones"].value:  # type: ignore[union-attr]
            if not isinstance(each, Milestone):
                continue
            name = show_day(each.by)
            if told.of(text, f"{name} lacks", world) is not None and _stands(texts, text, each.by):
                state = _state(told.result(world), f"{text.id}/milestone {name}")
                out.append(_period(told, text, world, name, each.by, f"{name} ", 0, state, to_come))
                owed = told.of(text, f"{name} owed", world)
                if (
                    owed is not None
                    and each.by > told.outcome.as_of
                    and told.said(text, "model", world) != "continuous"
                ):
                    to_come = to_come + owed
    return out


def _stands(texts: list[Clause], text: Clause, day: int) -> bool:
    """Whether no later text that is known has taken the text's place by the day."""
    return not any(text.starts < other.starts <= day for other in texts)


def _by_periods(told: _Told, text: Clause, world: int) -> list[tuple[dict[str, Any], Fraction | None]]:
    """The last periods that are over, and the one that runs."""
    cycle, grid, as_of = told.cycle(text, world), told.outcome.columns.grid, told.outcome.as_of
    closed = [int(row) for row in np.flatnonzero(grid.closes(cycle))]
    rows = [row for row in closed if text.stands(int(grid.last_day[row]))][-LAST_PERIODS:]
    if (not closed or closed[-1] != len(grid) - 1) and text.stands(as_of):
        rows.append(len(grid) - 1)
    out: list[tuple[dict[str, Any], Fraction | None]] = []
    for row in rows:
        by = int(period_of(grid.last_day[row], cycle)[1])
        name = period_label(by, cycle)
        state = _state(told.result(world), f"{text.id}/{name}/period") or "in effect"
        out.append(_period(told, text, world, name, by, "", row, state))
    return out


def _period(
    told: _Told,
    text: Clause,
    world: int,
    name: str,
    by: int,
    lead: str,
    row: int,
    state: str,
    to_come: Array | int = 0,
) -> tuple[dict[str, Any], Fraction | None]:
    """One milestone or period: what was to be, what counts, what is left, what came of it."""
    committed, lacks = (told.of(text, f"{lead}{what}", world, row) for what in ("committed", "lacks"))
    assert committed is not None
    assert lacks is not None
    lacks = lacks + to_come
    unit, as_of = told.unit(text, f"{lead}lacks"), told.outcome.as_of
    left = np.maximum(lacks, 0)
    taken = int(left[0])
    out: dict[str, Any] = {
        "period": name,
        "by": show_day(by),
        "days_left": max(by - as_of, 0),
        "state": state,
        "committed": _shown(int(committed[0]), unit),
        "counted": _shown(int(committed[0] - lacks[0]), unit),
        "remaining": _shown(taken, unit),
    }
    if left.min() != left.max():
        out["remaining_range"] = [_shown(int(left.min()), unit), _shown(int(left.max()), unit)]
    for what, key in (("made up", "made_up"), ("made_up", "made_up"), ("carried", "carried")):
        found = told.of(text, f"{lead}{what}", world, row)
        if found is not None and found[0] and by <= as_of:
            out[key] = _shown(int(found[0]), unit)
    if state == "discharged":
        out["waived"] = _shown(taken, unit)
    is_open = by > as_of and text.family == "minimum-commitment"
    return out, Fraction(taken, unit.denominator) if is_open else None


def _state(result: Result, id: str) -> str:
    return next((standing.state for standing in result.obligations if standing.id == id), "")


def _figure(figure: Figure, as_of: int) -> dict[str, Any]:
    transfer = figure.transfer
    return {
        "id": transfer.id,
        "payer": transfer.payer,
        "payee": transfer.payee,
        "amount": _shown(transfer.amount_minor, Unit("money", transfer.currency)),
        "low": _shown(figure.low, Unit("money", transfer.currency)),
        "high": _shown(figure.high, Unit("money", transfer.currency)),
        "due": show_day(transfer.due),
        "paid": figure.paid >= transfer.amount_minor,
        "overdue": figure.paid < transfer.amount_minor and transfer.due < as_of,
    }


def _owed(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """What each party owes so far, and what of it is not yet paid."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for figure in figures:
        t = figure.transfer
        found = sums.setdefault((t.id.rpartition("/")[2], t.payer, t.payee, t.currency), [0, 0])
        found[0] += t.amount_minor
        found[1] += t.amount_minor - figure.paid
    return [
        {
            "figure": name,
            "payer": payer,
            "payee": payee,
            "currency": currency,
            "amount": _shown(whole, Unit("money", currency)),
            "not_yet_paid": _shown(rest, Unit("money", currency)),
        }
        for (name, payer, payee, currency), (whole, rest) in sums.items()
    ]


# The rate


@dataclass(frozen=True)
class Rate:
    """What was used in some whole months, in so many days; carried on from the day it is asked for."""

    amount: Fraction
    months: int
    days: int
    as_of: int

    def plain(self, unit: Unit) -> dict[str, Any]:
        """What a month of it comes to."""
        return {"months": self.months, "a_month": _rounded(self.amount / self.months, unit)}

    def carried_on(self, lacks: Fraction, by: str, unit: Unit) -> dict[str, Any]:
        """When what is lacking would be used, and what would be short on the day, at this rate."""
        a_day = self.amount / self.days
        day = self.as_of + ceil(lacks / a_day) if a_day > 0 else NEVER
        left = int((np.datetime64(by) - np.datetime64("1970-01-01")).astype(int)) - self.as_of
        short = max(lacks - a_day * left, Fraction(0))
        return {
            "fulfilled_on": show_day(day) if (day < NEVER // 2 and a_day > 0) or not lacks else None,
            "shortfall": _rounded(short, unit),
            "is": "projection",
        }


def _used(told: _Told, id: str, world: int) -> list[int]:
    """[cells] What of the eligible use lies in each month, through all texts."""
    count = len(told.outcome.columns.grid)
    flows = [told.values.values[f.index] for f in told.outcome.composition.flows.get(f"{id}.used", ())]
    return [sum(at(flow, row, world) for flow in flows) for row in range(count)]


def _months(told: _Told, id: str, world: int) -> list[tuple[int, int]]:
    """What was used in each whole month since the first with any, and its last day."""
    grid = told.outcome.columns.grid
    closes, used = grid.closes("month"), _used(told, id, world)
    rows = [row for row in range(len(grid)) if closes[row]]
    first = next((number for number, row in enumerate(rows) if used[row]), len(rows))
    return [(used[row], int(grid.last_day[row])) for row in rows[first:]]


def _rate(told: _Told, months: list[tuple[int, int]], count: int, unit: Unit) -> Rate:
    last = months[-count:]
    ends = last[-1][1]
    before = int(add_months(np.array([ends + 1]), np.array([-len(last)]))[0])
    amount = sum(used for used, _ in last)
    return Rate(Fraction(amount, unit.denominator), len(last), ends + 1 - before, told.outcome.as_of)


def _shown(number: int, unit: Unit) -> int | str:
    """Minor units of money; of anything else the exact number as text."""
    if unit.kind == "money":
        return number
    return number_words(Fraction(number, unit.denominator))


def _rounded(value: Fraction, unit: Unit) -> int | str:
    """A projection, to the cent or to two places."""
    return round(value) if unit.kind == "money" else f"{float(value):.2f}"
