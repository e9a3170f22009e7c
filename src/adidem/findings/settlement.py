"""What belongs to a period, what of it is netted, and what it adjusts of periods that were closed.

Knows outcomes of the record as of several pairs. Does not know files, nor how a settlement is shown.

A closed period is never edited. Its figures are those of the run as of the pair for which it was closed; what a later
run says otherwise is an adjustment, and it is settled in the period that is closed next. Closings follow each other:
what is settled up to the end of the last one is the run as of its pair, whatever the lengths of the periods.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from adidem.findings.changed import Line, changed
from adidem.findings.closed import Closing, Period, settler
from adidem.findings.explain import Walk
from adidem.findings.figure import Figure
from adidem.findings.movements import Movement, moved, moved_since
from adidem.findings.outcome import Outcome, Result
from adidem.findings.parting import cover, that_matter
from adidem.findings.paying import Paying
from adidem.kernel.formula import Formula
from adidem.kernel.period import ALWAYS
from adidem.kernel.transfer import Payment


@dataclass(frozen=True, slots=True)
class Carried:
    """What a clause carries: before the period, what the period adds, and what goes on from it."""

    name: str
    formula: Formula
    before: int
    added: int
    rests_on: tuple[str, ...] = ()

    @property
    def after(self) -> int:
        """At the end of the period."""
        return self.before + self.added

    @property
    def withheld(self) -> bool:
        """Whether it is what a clause holds back, as a cap does: that goes on only where the clause carries it."""
        return self.name.rpartition(".")[2] == "withheld"


@dataclass
class Settlement:
    """What is settled in a period under some combinations of readings, which all give the same.

    accruing    interest on what is late and not paid yet: fixed when it is paid
    to_net      what will be set off on days to come: payments to and fro, each naming the figure that it meets
    elsewhere   adjustments that another period takes
    earlier     what is settled in earlier periods, or will be, and is not adjusted here
    parts       closed periods within this one → what was settled in them, and of which outcome
    """

    result: Result
    readings: list[dict[str, tuple[str, ...]]]
    lines: list[Line]
    adjustments: list[Line]
    accruing: list[Figure]
    to_net: list[Payment]
    carried: list[Carried] = field(default_factory=list[Carried])
    movements: list[Movement] = field(default_factory=list[Movement])
    elsewhere: list[Line] = field(default_factory=list[Line])
    earlier: list[Line] = field(default_factory=list[Line])
    parts: Mapping[str, tuple[Outcome, "Settlement"]] = field(default_factory=dict[str, "tuple[Outcome, Settlement]"])

    def everything(self) -> list[Line]:
        """Figures of the period, then adjustments of earlier ones."""
        return [*self.lines, *self.adjustments]

    def positions(self) -> dict[str, dict[str, int]]:
        """Currency → party → what it is to receive less what it is to pay; together they are nothing."""
        return positions((line.known, line.amount_minor) for line in self.everything())


@dataclass(frozen=True, slots=True)
class Basis:
    """The closings on which a settlement builds.

    closed  the closings that came before, oldest first
    before  the run as of the pair of the last of them
    takes   whether the period takes the adjustments; else another one does
    parts   closed periods within the period → what was settled in them, and of which outcome
    """

    closed: Sequence[Closing] = ()
    before: Outcome | None = None
    takes: bool = True
    parts: Mapping[str, tuple[Outcome, Settlement]] = field(default_factory=dict[str, tuple[Outcome, Settlement]])

    @property
    def settled_to(self) -> int:
        """The last day that is closed: what was fixed up to it is settled, or is a change of what was."""
        return self.closed[-1].period.last if self.closed else ALWAYS


def settle(outcome: Outcome, period: Period, basis: Basis) -> list[Settlement]:
    """What is settled in a period, once for each set of readings that differ in it."""
    found = [_settled(outcome, result, period, basis) for result in outcome.results]
    pairs = [(r, n) for n, result in enumerate(outcome.results) for r in (result.readings, *result.also)]
    contents = [content(settlement) for settlement in found]
    choices, values = [readings for readings, _ in pairs], [contents[number] for _, number in pairs]
    matter = that_matter(choices, outcome.questions, values)
    every = {question: list(dict.fromkeys(choice[question] for choice in choices)) for question in matter}
    out: list[Settlement] = []
    for value in dict.fromkeys(values):
        one = found[contents.index(value)]
        mine = [choice for choice, its in zip(choices, values, strict=True) if its == value]
        one.readings = [each for each in cover(mine, every) if each] if matter else []
        out.append(one)
    return out


def content(settlement: Settlement) -> tuple[tuple[object, ...], ...]:
    """What tells one settlement from another."""
    lines = tuple((line.id, line.period, line.amount_minor, *_shown(line.known)) for line in settlement.everything())
    return lines + tuple((figure.transfer.id, *_shown(figure)) for figure in settlement.accruing)


def _shown(figure: Figure) -> tuple[object, ...]:
    return (figure.transfer, figure.low, figure.high, figure.paid)


def _settled(outcome: Outcome, result: Result, period: Period, basis: Basis) -> Settlement:
    lines = [Line(f.transfer.id, f) for f in result.figures if period.holds(f.fixed) and f.fixed > basis.settled_to]
    adjustments: list[Line] = []
    for label, (_, settlement) in basis.parts.items():
        lines += [replace(line, closed_in=label) for line in settlement.lines]
        adjustments += [replace(line, closed_in=label) for line in settlement.adjustments]
    lines.sort(key=lambda line: line.closed_in == "")
    changes: list[Line] = []
    if basis.before is not None:
        changes = changed(basis.before.results[0].figures, result.figures, basis.closed)
    accruing = [f for f in result.figures if f.accrued is not None and f.accrued.open]
    paying = Paying(outcome.composition, outcome.columns, outcome.worlds.evaluation.values)
    out = Settlement(result, [], lines, adjustments, accruing, [])
    out.to_net = paying.to_come([figure.transfer for figure in result.figures], result.world)
    out.carried = carried(outcome, result, period)
    out.movements = _movements(outcome, result, period, basis)
    out.earlier = _earlier(result, period, basis)
    out.parts = basis.parts
    if basis.takes:
        out.adjustments += changes
    else:
        out.elsewhere = changes
    return out


def _movements(outcome: Outcome, result: Result, period: Period, basis: Basis) -> list[Movement]:
    """What moved up to the end of a period and no earlier one holds; where others take what came late, in it alone."""
    found = moved(outcome, result, period.last)
    if not basis.takes or (not basis.closed and any(f.fixed < period.first for f in result.figures)):
        first = period.first if basis.parts else max(period.first, basis.settled_to + 1)
        return [movement for movement in found if movement.day >= first]
    if basis.before is None:
        return found
    return moved_since(found, moved(basis.before, basis.before.results[0], basis.settled_to))


def _earlier(result: Result, period: Period, basis: Basis) -> list[Line]:
    """What belongs to earlier periods: as it was settled, where this one takes the adjustments; else as it is now."""
    last = basis.settled_to if basis.takes else ALWAYS
    now = [Line(f.transfer.id, f) for f in result.figures if last < f.fixed < period.first]
    if not basis.takes or basis.before is None:
        return now
    settled = [(f, settler(basis.closed, f.fixed)) for f in basis.before.results[0].figures]
    return [Line(f.transfer.id, f, closed_in=closing.period.label) for f, closing in settled if closing] + now


def positions(amounts: Iterable[tuple[Figure, int]]) -> dict[str, dict[str, int]]:
    """Currency → party → net position, of amounts of figures; of each currency they sum to nothing."""
    out: dict[str, dict[str, int]] = {}
    for figure, minor in amounts:
        of = out.setdefault(figure.transfer.currency, {})
        of[figure.transfer.payee] = of.get(figure.transfer.payee, 0) + minor
        of[figure.transfer.payer] = of.get(figure.transfer.payer, 0) - minor
    return out


def carried(outcome: Outcome, result: Result, period: Period) -> list[Carried]:
    """What each clause carries into the period, and out of it."""
    last = outcome.columns.grid.last_day
    earlier, within = last < period.first, (last >= period.first) & (last <= period.last)
    out: list[Carried] = []
    for name, flows in outcome.composition.flows.items():
        before = added = bits = 0
        if flows[0].unit.kind == "money" and flows[0].unit.denominator > 1:
            continue  # parts of a coin, kept until a cumulative total is rounded
        for flow in flows:
            values, basis = (
                of[flow.index] for of in (outcome.worlds.evaluation.values, outcome.worlds.evaluation.bits)
            )
            column = values[:, min(result.world, values.shape[1] - 1)]
            if len(column) == len(last):
                before += int(column[earlier].sum())
                added += int(column[within].sum())
                bits |= int(np.bitwise_or.reduce(basis, axis=None))
        if before or added:
            names = outcome.worlds.basis.named(bits, "term")
            out.append(Carried(name, flows[0], before, added, tuple(names)))
    return out


def open_questions(settlements: Sequence[Settlement]) -> dict[str, tuple[int, int]]:
    """Figures of a period that readings leave open → the least and the most that they come to."""
    amounts: dict[str, list[int]] = {}
    for line in {line.id: line for s in settlements for line in s.everything()}.values():
        for settlement in settlements:
            mine = [each.amount_minor for each in settlement.everything() if each.id == line.id]
            amounts.setdefault(line.id, []).append(sum(mine))
    return {id: (min(found), max(found)) for id, found in amounts.items() if min(found) != max(found)}


def left_out(outcome: Outcome, period: Period, closed: Sequence[Closing]) -> list[Figure]:
    """Figures fixed before a period that no closed period holds."""
    last = max((closing.period.last for closing in closed), default=None)
    seen: dict[str, Figure] = {}
    for result in outcome.results:
        for figure in result.figures:
            if figure.fixed < period.first and (last is None or figure.fixed > last):
                seen.setdefault(figure.transfer.id, figure)
    return list(seen.values())


def events_behind(outcome: Outcome, result: Result, figure: Figure) -> int:
    """How many records of the ledger a figure is made of; of interest, how many payments were late."""
    if figure.accrued is not None:
        return sum(1 for part in figure.accrued.late if part.by)
    walk = outcome.walks.get(result.world)
    if not isinstance(walk, Walk):
        walk = outcome.walks[result.world] = Walk(outcome, result)
    return walk.events(figure.leg.amount.index, figure.row)
