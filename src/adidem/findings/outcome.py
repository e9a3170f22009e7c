"""The record run: what is in force, who owes what, what was transferred, under each combination of readings that
matters.

Knows norms, legs and worlds. Does not know how results are shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from adidem.findings import paying
from adidem.findings.figure import Figure, paid, payables
from adidem.findings.parting import that_matter
from adidem.findings.paying import INTEREST, Met, Paying
from adidem.findings.ranging import disputed, ranges_of, reread, touched
from adidem.findings.standing import Life, Standing, standings
from adidem.findings.worlds import Worlds, at, explore, reading_inputs
from adidem.kernel.agreement import Clause
from adidem.kernel.composition import Composition
from adidem.kernel.engine import Evaluation
from adidem.kernel.formula import CELL, ONE, Formula
from adidem.kernel.norm import Norm
from adidem.kernel.period import NEVER, period_label
from adidem.kernel.quantity import Array
from adidem.kernel.transfer import Leg, Payment, Transfer
from adidem.records.columns import Columns


@dataclass(frozen=True, slots=True)
class InForce:
    """A clause that binds on the as-of day, since when, and the document that made it so."""

    clause: Clause
    since: int


@dataclass
class Result:
    """What holds under one combination of readings, and under those that give the same.

    possible  what is not owed, and norms that have not come into being, but would at another value of what is assumed
    """

    readings: dict[str, str]
    world: int
    in_force: list[InForce]
    obligations: list[Standing]
    figures: list[Figure]
    unmatched: list[tuple[Payment, int]]
    quantities: dict[str, int]
    also: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    possible: "Possible" = field(default_factory=lambda: Possible([], []))

    @property
    def every_figure(self) -> list[Figure]:
        """What is owed and what may be, in the order in which it is due."""
        return sorted([*self.figures, *self.possible.figures], key=lambda f: (f.transfer.due, f.transfer.id))

    @property
    def every_standing(self) -> list[Standing]:
        """The norms that there are and those that there may be."""
        return [*self.obligations, *self.possible.standings]


@dataclass
class Possible:
    """What would be at another value of what is assumed: amounts and norms that are none as taken."""

    figures: list[Figure]
    standings: list[Standing]


@dataclass
class Outcome:
    """The record as of a pair, under every combination of readings that matters."""

    composition: Composition
    columns: Columns
    worlds: Worlds
    results: list[Result]
    questions: list[str]
    hypothetical: tuple[str, ...] = ()
    pinned: Mapping[str, str] = field(default_factory=dict[str, str])
    walks: dict[int, object] = field(default_factory=dict[int, object])

    @property
    def as_of(self) -> int:
        """The day for which it holds."""
        return self.columns.as_of.occurred


def wanted(composition: Composition) -> list[int]:
    """The nodes whose values make up an outcome."""
    formulas: list[Formula] = []
    for norm in composition.norms:
        formulas += norm.dates.formulas
    for leg in composition.legs:
        parts = (leg.amount, leg.due, leg.fixed, leg.provisional, *(part for _, part in leg.texts))
        formulas += [part for part in parts if part is not None]
    formulas += [part for pair in composition.life.values() for part in pair]
    formulas += [flow for flows in composition.flows.values() for flow in flows]
    formulas += [broken for _, broken in composition.forbidden]
    formulas += [judgement.acts for judgement in composition.judgements]
    formulas += paying.formulas(composition)
    return sorted({formula.index for formula in formulas})


def run(
    composition: Composition, columns: Columns, pinned: Mapping[str, str] | None = None, ranges: bool = True
) -> Outcome:
    """Run the record under every combination of readings that matters; fold those that give the same.

    Without `ranges` a figure rests on whatever it was computed from, moved by it or not.
    """
    worlds = explore(composition, columns, wanted(composition), pinned)
    reader = _Reader(composition, columns, worlds)
    results: list[Result] = []
    by_content: dict[object, Result] = {}
    for world in range(len(worlds.choices)):
        result = reader.result(world)
        content = _content(result), _counted(composition, result)
        if content in by_content:
            by_content[content].also.append(result.readings)
        else:
            by_content[content] = result
            results.append(result)
    questions = _that_matter(worlds, results)
    worlds.decided = {*worlds.pinned, *worlds.left_out, *questions}
    for result in results:
        result.also = _projected(result, questions)
        result.readings = {q: result.readings[q] for q in questions}
    if ranges:
        for result in results:
            result.possible = reader.possible(result.world)
        disputed(worlds, results)
        ranges_of(worlds, results)
        if composition.nettings or composition.late:
            reread(worlds, results, wanted(composition), _figures)
    for result in results:
        result.possible = Possible(
            [figure for figure in result.possible.figures if figure.low != figure.high],
            [standing for standing in result.possible.standings if not standing.is_certain],
        )
        result.obligations += payables(result.figures, reader.day)
    columns.choose(reading_inputs(composition, worlds.choices))
    return Outcome(composition, columns, worlds, results, questions)


def _content(result: Result) -> object:
    return (
        tuple((f.clause.id, f.clause.document.name, f.since) for f in result.in_force),
        tuple((o.id, o.state, o.due) for o in result.obligations),
        tuple((f.transfer, f.paid, f.paid_on) for f in result.figures),
    )


def _counted(composition: Composition, result: Result) -> object:
    """What clauses count that is not money: where only that differs, two results are two."""
    flows = composition.flows
    return tuple((name, n) for name, n in result.quantities.items() if flows[name][0].unit.kind == "count")


def _that_matter(worlds: Worlds, results: list[Result]) -> list[str]:
    """The questions without which some two different results could not be told apart."""
    pairs = [(readings, number) for number, r in enumerate(results) for readings in (r.readings, *r.also)]
    return that_matter([readings for readings, _ in pairs], worlds.live, [number for _, number in pairs])


def _projected(result: Result, questions: list[str]) -> list[dict[str, str]]:
    own = {q: result.readings[q] for q in questions}
    out: list[dict[str, str]] = []
    for readings in result.also:
        short = {q: readings[q] for q in questions}
        if short != own and short not in out:
            out.append(short)
    return out


class _Reader:
    """Reads one world after the other out of an evaluation."""

    def __init__(self, composition: Composition, columns: Columns, worlds: Worlds):
        self.composition, self.columns, self.worlds = composition, columns, worlds
        self.day = columns.as_of.occurred
        self.paying = Paying(composition, columns, worlds.evaluation.values)
        self.lives = [Life.of(norm, worlds.evaluation.values, self.day) for norm in composition.norms]
        self.figures = [self._figures(leg) for leg in composition.legs]

    def _figures(self, leg: Leg) -> list[tuple[int, str]]:
        """The rows of a leg that are figures in some world or may be some, with the name of their period."""
        amount = self.worlds.evaluation.values[leg.amount.index]
        owed = (amount != 0).any(axis=1) | self._rests([leg.amount]).any(axis=1)
        if leg.domain == CELL:
            grid = self.columns.grid
            if leg.every is not None:
                owed = owed & (grid.closes(leg.every) != 0)
            rows = np.flatnonzero(np.broadcast_to(owed, len(grid)))
            return [(int(row), period_label(int(grid.last_day[row]), leg.every)) for row in rows]
        if leg.domain == ONE:
            return [(0, leg.period)] if owed[0] else []
        return [(int(row), self.columns.id(leg.domain, int(row))) for row in np.flatnonzero(owed)]

    def _rests(self, formulas: Sequence[Formula]) -> Array:
        """[rows, worlds] Whether something rests on an assumed term."""
        bits, mask = self.worlds.evaluation.bits, self.worlds.basis.mask("term")
        out = np.zeros((1, 1), bool)
        for formula in formulas if bits else ():
            out = out | (bits[formula.index] & mask != 0)
        return out

    def possible(self, world: int) -> Possible:
        """What is nothing in a world, and rests on what is assumed."""
        apart = touched(self.composition)
        figures = [
            figure
            for leg, rows in zip(self.composition.legs, self.figures, strict=True)
            for figure in (self._of(leg, rows, world, nothing=True) if leg.clause not in apart else ())
        ]
        lives = zip(self.composition.norms, self.lives, strict=True)
        return Possible(figures, [o for norm, life in lives for o in self._standings(norm, life, world, nothing=True)])

    def result(self, world: int) -> Result:
        in_force = self._in_force(world)
        figures, left = self.met(world)
        obligations = [
            o
            for norm, life in zip(self.composition.norms, self.lives, strict=True)
            for o in self._standings(norm, life, world)
        ]
        return Result(
            dict(self.worlds.choices[world]), world, in_force, obligations, figures, left, self._quantities(world)
        )

    def met(self, world: int) -> tuple[list[Figure], list[tuple[Payment, int]]]:
        """The figures of one world with what meets them, interest on what is late among them; payments left over."""
        streams = zip(self.composition.legs, self.figures, strict=True)
        figures = [figure for leg, rows in streams for figure in self._of(leg, rows, world)]
        figures.sort(key=lambda f: (f.transfer.due, f.transfer.id))
        met = self.paying.met([f.transfer for f in figures], world)
        figures = [paid(figure, met.parts[figure.transfer.id]) for figure in figures]
        return figures + self._interest(figures, met, world), met.left

    def _interest(self, figures: Sequence[Figure], met: Met, world: int) -> list[Figure]:
        """Interest on what is late rests on all that was owed between the two parties, and on the clause's terms."""
        of = {figure.transfer.id: figure for figure in figures}
        out: list[Figure] = []
        for transfer, accrued in met.interest:
            late, terms = of[accrued.of], accrued.terms
            leg = replace(late.leg, clause=transfer.clause, name=INTEREST, texts=((terms.text, terms.rate),))
            both = {transfer.payer, transfer.payee}
            between = [f for f in figures if {f.transfer.payer, f.transfer.payee} == both]
            rests_on, questions = self._named(paying.formulas(self.composition), 0, world)
            rests_on = tuple(dict.fromkeys([*rests_on, *(id for f in between for id in f.rests_on)]))
            questions = tuple(dict.fromkeys([*questions, *(id for f in between for id in f.questions)]))
            amount, dues = transfer.amount_minor, (transfer.due, transfer.due)
            figure = Figure(
                transfer, leg, late.row, (terms.text,), rests_on, questions, amount, amount, dues, accrued=accrued
            )
            fixed = NEVER if accrued.open else accrued.until
            out.append(replace(paid(figure, met.parts[transfer.id]), fixed=fixed))
        return out

    def _named(
        self, formulas: Iterable[Formula | None], row: int, world: int
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The assumed terms, and the questions, on which values rest."""
        bits, on = self.worlds.evaluation.bits, 0
        for formula in formulas:
            if formula is not None and bits:
                on |= at(bits[formula.index], row, world)
        basis = self.worlds.basis
        return tuple(basis.named(on, "term")), tuple(basis.named(on, "reading"))

    def _succeeded(self, text: Clause) -> bool:
        """Whether a later text of the clause has taken this one's place by the day."""
        return any(text.starts < other.starts <= self.day for other in self.composition.agreement.texts_of(text.id))

    def _in_force(self, world: int) -> list[InForce]:
        out: list[InForce] = []
        for clause in self.composition.agreement.clauses:
            life = self.composition.life.get((clause.id, clause.document.name))
            if life is None:
                continue
            arises, ends = (at(self.worlds.evaluation.values[f.index], 0, world) for f in life)
            if arises <= self.day < ends:
                out.append(InForce(clause, arises))
        return out

    def _standings(self, norm: Norm, life: Life, world: int, nothing: bool = False) -> Iterator[Standing]:
        """A norm's rows that have come into being, or may have; of one that stands with its text, only the latest
        text's.
        """
        if norm.domain == ONE and self._succeeded(norm.text):
            return
        dates = norm.dates.formulas
        born = life.codes[:, min(world, life.codes.shape[1] - 1)] != 0
        rests = np.broadcast_to(self._rests(dates).any(axis=1), len(born))
        rows = np.flatnonzero(~born & rests if nothing else born).tolist()
        for standing in standings(norm, life, self.columns, rows, world):
            terms = self._named(dates, standing.row, world)[0] if rests[standing.row] else ()
            yield replace(standing, rests_on=terms) if terms else standing

    def _of(self, leg: Leg, rows: list[tuple[int, str]], world: int, nothing: bool = False) -> list[Figure]:
        values = self.worlds.evaluation.values
        out: list[Figure] = []
        netted = paying.formulas(self.composition) if self.paying.concerns(leg) else []
        for row, period in rows:
            amount = at(values[leg.amount.index], row, world)
            fixed = at(values[leg.fixed.index], row, world)
            if (amount == 0) != nothing or fixed > self.day:
                continue
            provisional = leg.provisional is not None and bool(at(values[leg.provisional.index], row, world))
            parts = (leg.clause, period, leg.name)
            id = "/".join(part for part in parts if part)
            due = self.paying.due(leg, at(values[leg.due.index], row, world), world)
            transfer = Transfer(id, leg.clause, leg.payer, leg.payee, leg.currency, amount, due, provisional)
            rests_on, questions = self._named((leg.amount, leg.due, leg.provisional), row, world)
            if netted:
                more = self._named(netted, 0, world)
                rests_on, questions = (
                    tuple(dict.fromkeys([*a, *b])) for a, b in ((rests_on, more[0]), (questions, more[1]))
                )
            texts = self._texts(leg, row, world)
            out.append(Figure(transfer, leg, row, texts, rests_on, questions, amount, amount, (due, due), fixed=fixed))
        return out

    def _texts(self, leg: Leg, row: int, world: int) -> tuple[Clause, ...]:
        """The texts of the clause from which a figure comes."""
        values = self.worlds.evaluation.values
        return tuple(text for text, part in leg.texts if at(values[part.index], row, world)) or (leg.texts[-1][0],)

    def _quantities(self, world: int) -> dict[str, int]:
        """What each clause carries, as of the day."""
        out: dict[str, int] = {}
        for name, flows in self.composition.flows.items():
            values = [self.worlds.evaluation.values[flow.index] for flow in flows]
            out[name] = sum(int(v[:, min(world, v.shape[1] - 1)].sum()) for v in values)
        return out


def _figures(
    composition: Composition, columns: Columns, found: Evaluation, choices: Sequence[Mapping[str, str]]
) -> list[dict[str, Figure]]:
    """The figures of every world of an evaluation, by their ids."""
    reader = _Reader(
        composition, columns, Worlds(composition, columns, found, choices=[dict(choice) for choice in choices])
    )
    return [{f.transfer.id: f for f in reader.met(world)[0]} for world in range(len(choices))]
