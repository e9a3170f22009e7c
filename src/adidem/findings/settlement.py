"""What belongs to a period, what of it is netted, and what later facts change of periods that were closed.

Knows outcomes of the record as of several pairs. Does not know files, nor how a settlement is shown.

A closed period is never edited. Its figures are those of the run as of the pair for which it was closed; what a later
run says otherwise is an adjustment, and it is settled in the period that is open then. Closings follow each other:
what is settled of all periods up to the last one that is closed is the run as of the pair of that last closing.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from adidem.findings.explain import Walk
from adidem.findings.figure import Figure
from adidem.findings.movements import Movement, moved, moved_since
from adidem.findings.outcome import Outcome, Result
from adidem.findings.parting import cover, that_matter
from adidem.findings.paying import Paying
from adidem.kernel.formula import Formula
from adidem.kernel.period import AsOf, day
from adidem.kernel.source import Span
from adidem.kernel.transfer import Part, Payment

_LABEL = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or year, from its first to its last day."""

    label: str
    first: int
    last: int

    def holds(self, on: int) -> bool:
        """Whether a day lies in it."""
        return self.first <= on <= self.last


@dataclass(frozen=True, slots=True)
class Closing:
    """A period that was closed: for which pair, how questions were read, what was settled, and by whom.

    digest  the hash of what was settled
    """

    id: str
    period: Period
    as_of: AsOf
    readings: dict[str, str]
    digest: str
    preparer: str
    approved_by: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of a settlement: a figure fixed in the period, or what later facts change of one settled before.

    figure    as it is now; none where later facts leave nothing of it
    original  as it was settled before, of an adjustment; none where nothing was settled
    period    the closed period to which an adjustment belongs
    closed_in the closed period that settled it, where a longer or a later one shows it
    """

    id: str
    figure: Figure | None
    original: Figure | None = None
    period: str = ""
    closed_in: str = ""

    @property
    def known(self) -> Figure:
        """The figure, or what it was before."""
        found = self.figure or self.original
        assert found is not None
        return found

    @property
    def original_minor(self) -> int:
        """What was settled of it before."""
        return self.original.transfer.amount_minor if self.original is not None else 0

    @property
    def new_minor(self) -> int:
        """What the figure is now."""
        return self.figure.transfer.amount_minor if self.figure is not None else 0

    @property
    def amount_minor(self) -> int:
        """What this settlement settles of it."""
        return self.new_minor - self.original_minor

    @property
    def bounds(self) -> tuple[int, int]:
        """Between which amounts that lies, over what is assumed; what was settled before is fixed."""
        if self.figure is None:
            return self.amount_minor, self.amount_minor
        return self.figure.low - self.original_minor, self.figure.high - self.original_minor

    def met(self, parts: Iterable[Part], netters: Container[str]) -> tuple[int, int]:
        """What was paid and what was netted of this amount alone: parts meet what was settled first, then the rest."""
        old, new = max(0, self.original_minor), max(0, self.new_minor)
        low, high, sign = (old, new, 1) if old < new else (new, old, -1)
        paid = netted = start = 0
        for part in parts:
            end = start + part.amount_minor
            mine = sign * max(0, min(high, end) - max(low, start))
            paid, netted = (paid, netted + mine) if part.by in netters else (paid + mine, netted)
            start = end
        return paid, netted


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


def period_of(label: str) -> Period | None:
    """The period of a label: `2025`, `2025-Q3`, `2025-09`; none of the year 9999, which no day follows."""
    found = _LABEL.fullmatch(label)
    if found is None or found["year"] in ("0000", "9999"):
        return None
    months = 3 if found["quarter"] else 1 if found["month"] else 12
    start = (int(found["quarter"] or found["month"] or 1) - 1) * months
    year, ends = int(found["year"]), start + months
    following = date(year + ends // 12, ends % 12 + 1, 1)
    return Period(label, day(date(year, start + 1, 1)), day(following) - 1)


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


def following(period: Period) -> Period | None:
    """The period of the same length that comes next; none after the year 9998."""
    first = date(1970, 1, 1) + timedelta(days=period.last + 1)
    month, quarter = f"{first.year:04}-{first.month:02}", f"{first.year:04}-Q{(first.month + 2) // 3}"
    return period_of(f"{first.year:04}" if len(period.label) == 4 else quarter if "Q" in period.label else month)


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
    closed = [period_of(label) for label in basis.parts]
    lines = [
        Line(f.transfer.id, f)
        for f in result.figures
        if period.holds(f.fixed) and not any(part is not None and part.holds(f.fixed) for part in closed)
    ]
    adjustments: list[Line] = []
    for label, (_, settlement) in basis.parts.items():
        lines += [replace(line, closed_in=label) for line in settlement.lines]
        adjustments += [replace(line, closed_in=label) for line in settlement.adjustments]
    lines.sort(key=lambda line: line.closed_in == "")
    changes: list[Line] = []
    if basis.before is not None and basis.closed:
        changes = changed(basis.before.results[0].figures, result.figures, [each.period for each in basis.closed])
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
        return [movement for movement in found if movement.day >= period.first]
    if basis.before is None or not basis.closed:
        return found
    return moved_since(found, moved(basis.before, basis.before.results[0], basis.closed[-1].period.last))


def _earlier(result: Result, period: Period, basis: Basis) -> list[Line]:
    """What belongs to earlier periods: as it was settled, where this one takes the adjustments; else as it is now."""
    last = basis.closed[-1].period.last if basis.takes and basis.closed else None
    now = [
        Line(f.transfer.id, f) for f in result.figures if f.fixed < period.first and (last is None or f.fixed > last)
    ]
    if last is None or basis.before is None:
        return now
    return [
        Line(f.transfer.id, f, closed_in=next((c.period.label for c in basis.closed if c.period.holds(f.fixed)), ""))
        for f in basis.before.results[0].figures
        if f.fixed <= last
    ] + now


def changed(before: Iterable[Figure], now: Iterable[Figure], periods: Sequence[Period]) -> list[Line]:
    """Figures up to the last of these periods whose amounts are no longer what was settled."""
    last = max(period.last for period in periods)
    old = {f.transfer.id: f for f in before if f.fixed <= last}
    new = {f.transfer.id: f for f in now if f.fixed <= last}
    out: list[Line] = []
    for id in dict.fromkeys([*old, *new]):
        line = Line(id, new.get(id), old.get(id))
        if line.amount_minor:
            fixed = (line.original or line.known).fixed
            label = next((period.label for period in periods if period.holds(fixed)), "")
            out.append(Line(id, line.figure, line.original, label))
    return sorted(out, key=lambda line: ((line.original or line.known).fixed, line.id))


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


def history(
    period: Period, closing: Closing, later: Sequence[Closing], runs: Mapping[str, Outcome], now: Result
) -> list[tuple[Line, dict[str, int]]]:
    """What later facts change of a period that a closing holds: each figure with what it was, and of the change what
    later periods have settled already. A figure that came and went again is one of them.
    """
    told = {each.id: _held(runs[each.id].results[0].figures, period) for each in (closing, *later)}
    new = _held(now.figures, period)
    out: list[tuple[Line, dict[str, int]]] = []
    for id in dict.fromkeys(id for figures in (*told.values(), new) for id in figures):
        original = told[closing.id].get(id)
        ever = original or next(figures[id] for figures in (*told.values(), new) if id in figures)
        line = Line(id, new.get(id), original, period.label)
        taken: dict[str, int] = {}
        before = line.original_minor
        for each in later:
            found = told[each.id].get(id)
            amount = found.transfer.amount_minor if found is not None else 0
            if amount != before:
                taken[each.period.label] = amount - before
            before = amount
        out.append((line if original or line.figure else Line(id, None, _nothing(ever), period.label), taken))
    return out


def _held(figures: Iterable[Figure], period: Period) -> dict[str, Figure]:
    return {f.transfer.id: f for f in figures if period.holds(f.fixed)}


def _nothing(figure: Figure) -> Figure:
    """A figure of which nothing was owed."""
    return replace(figure, transfer=replace(figure.transfer, amount_minor=0), low=0, high=0)
