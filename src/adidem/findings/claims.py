"""What of each service level was measured in each window, which incidents count for how much, and what is to be
claimed.

Knows what the clauses of that family tell of themselves, and worlds. Does not know files, nor how any of it is shown.

Nothing is worked out here that the program works out: of what it gives, only the part that lies in one window is cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from adidem.clauses.parts.times import zone_of
from adidem.findings.parting import that_matter
from adidem.findings.worlds import Worlds, at, explore, spread_of
from adidem.kernel.agreement import Clause
from adidem.kernel.composition import Composition
from adidem.kernel.formula import Formula
from adidem.kernel.period import NEVER, Every, period_label
from adidem.kernel.quantity import Array
from adidem.kernel.source import Span
from adidem.records.columns import Columns

FAMILY = "service-level"
DAY = 86_400
WHY = ("maintenance", "cause", "component", "shortest")
"""For what an incident does not count although its impact would."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident, as one window sees it.

    ended    None where it has not ended
    counts   `full`, `part` by the weight, or nothing where `why` says for what it does not count
    full     seconds of the window lost by it, and by no earlier one, among those that count in full
    any      the same among all that count
    """

    id: str
    service: str
    started: int
    ended: int | None
    impact: str
    cause: str
    component: str
    counts: str
    why: tuple[str, ...]
    full: int
    any: int
    place: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """One service level in one window, in one world.

    zone          the name of the time zone in which the window begins and ends
    starts, ends  instants, in seconds
    lost          seconds in which it was unavailable, weighted
    met           whether the objective is, as it is taken
    doubted       the assumed terms of which another value would make it otherwise
    tier          the number of the tier that applies, the best one being 1; 0 where none does
    of_tier       minor units: what the tier gives, before cap and least credit
    low, high     of the credit, over what is assumed
    deadline      the last day on which it can be claimed; None where it need not be
    claimed       the day on which it was; None where it was not
    due           the day on which it must be given; None where that is not known yet
    """

    text: Clause = field(compare=False)
    zone: str
    period: str
    ended_on: int
    starts: int
    ends: int
    lost: Fraction
    met: bool
    doubted: tuple[str, ...]
    tier: int
    currency: str
    base: int
    of_tier: int
    credit: int
    low: int
    high: int
    deadline: int | None
    claimed: int | None
    due: int | None
    owed: int
    incidents: tuple[Incident, ...]
    rests_on: tuple[str, ...]

    @property
    def uptime(self) -> Fraction:
        """The share of the time in which the service was available."""
        return 1 - self.lost / (self.ends - self.starts)

    def state(self, as_of: int) -> str:
        """How its credit stands on a day: `none`, `owed` unclaimed, `open`, `claimed`, or `lapsed`."""
        if self.credit == 0:
            return "none"
        if self.deadline is None:
            return "owed"
        if self.claimed is not None and self.claimed <= self.deadline:
            return "claimed"
        return "lapsed" if as_of > self.deadline else "open"


@dataclass(frozen=True, slots=True)
class Idle:
    """A claim that brings nothing.

    why       `level` it names none, `party` it is not the customer's, `window` none ends on that day, `credit` under no
              reading is there one
    by, wanted  who claims, and who may
    """

    id: str
    level: str
    why: str
    by: str
    wanted: tuple[str, ...]
    met: bool
    place: Span = field(compare=False)


@dataclass
class Claims:
    """Every window that ended within a period, under each combination of readings that matters.

    readings  of each way, question → reading
    ways      of each way, its windows
    idle      claims of windows that end within the period, and bring nothing
    """

    worlds: Worlds
    questions: list[str]
    readings: list[dict[str, str]]
    ways: list[list[Measured]]
    idle: list[Idle] = field(default_factory=list["Idle"])


def claims(composition: Composition, columns: Columns, period: tuple[int, int], pinned: Mapping[str, str]) -> Claims:
    """The windows that ended from one day to another.

    period  the first and the last day
    """
    told = {name: formula for name, formula in composition.told.items() if _is_level(composition, name[0])}
    worlds = explore(composition, columns, sorted({formula.index for formula in told.values()}), pinned)
    reader = _Reader(worlds, told, period)
    every = [reader.windows(world) for world in range(len(worlds.choices))]
    seen = [tuple(windows) for windows in every]
    matter = that_matter(worlds.choices, worlds.live, seen)
    ways: dict[tuple[tuple[str, str], ...], list[Measured]] = {}
    for choice, windows in zip(worlds.choices, every, strict=True):
        ways.setdefault(tuple((question, choice[question]) for question in matter), windows)
    return Claims(worlds, matter, [dict(way) for way in ways], list(ways.values()), reader.idle(every))


def _is_level(composition: Composition, clause: str) -> bool:
    return any(text.id == clause and text.family == FAMILY for text in composition.agreement.clauses)


class _Reader:
    """Reads windows out of an evaluation."""

    def __init__(self, worlds: Worlds, told: Mapping[tuple[str, str, str], Formula], period: tuple[int, int]):
        self.worlds, self.told, self.period = worlds, told, period
        self.composition, self.columns = worlds.composition, worlds.columns
        self.texts = [c for c in self.composition.agreement.clauses if c.family == FAMILY]

    def windows(self, world: int) -> list[Measured]:
        """The windows of one world, by the day on which they end."""
        found = [each for text in self.texts for each in self._of(text, world)]
        return sorted(found, key=lambda each: (each.ended_on, each.text.id))

    def idle(self, every: Sequence[Sequence[Measured]]) -> list[Idle]:
        """The claims of windows within the period that bring nothing, whichever way the texts are read."""
        record = self.columns.records.get("claim")
        if record is None:
            return []
        ends = record.table.columns["window_ends"]
        rows = np.flatnonzero((ends >= self.period[0]) & (ends <= self.period[1])).tolist()
        return [found for row in rows if (found := self._idle(row, int(ends[row]), every)) is not None]

    def _idle(self, row: int, ends: int, every: Sequence[Sequence[Measured]]) -> Idle | None:
        table = self.columns.records["claim"].table
        by, level = (self._word(int(table.columns[name][row])) for name in ("by", "level"))
        customers = tuple(dict.fromkeys(str(t.terms["customer"].value) for t in self.texts if t.id == level))
        windows = [each for way in every for each in way if (each.text.id, each.ended_on) == (level, ends)]
        if not customers:
            why = "level"
        elif by not in customers:
            why = "party"
        elif not windows:
            why = "window"
        elif all(each.credit == 0 for each in windows):
            why = "credit"
        else:
            return None
        met, place = bool(windows) and all(each.met for each in windows), self._place("claim", row)
        return Idle(self.columns.id("claim", row), level, why, by, customers, met, place)

    def _of(self, text: Clause, world: int) -> Iterator[Measured]:
        days = self.columns.grid.last_day
        inside = (days >= self.period[0]) & (days <= self.period[1])
        for row in np.flatnonzero(inside).tolist():
            if self._at(text, "binds", row, world):
                yield self._measured(text, row, world)

    def _measured(self, text: Clause, row: int, world: int) -> Measured:
        def value(name: str) -> int:
            return self._at(text, name, row, world)

        every: Every = str(text.terms["window"].value)  # type: ignore[assignment]
        day = int(self.columns.grid.last_day[row])
        starts, ends = value("starts"), value("ends")
        lost = self.told[text.id, text.document.name, "downtime"]
        claimed = text.terms.get("claim_within") is not None
        credits, rests_on = self._spread(text, "credit", row, world)
        return Measured(
            text,
            zone_of(text, self.composition.agreement),
            period_label(day, every),
            day,
            starts,
            ends,
            Fraction(value("downtime") * DAY, lost.unit.denominator),
            bool(value("met")),
            self._spread(text, "met", row, world)[1],
            value("tier"),
            self.composition.currency(),
            value("base"),
            value("of_tier"),
            value("credit"),
            min(credits),
            max(credits),
            _known(value("deadline")) if claimed else None,
            _known(value("claimed")) if claimed else None,
            _known(value("due")),
            value("owed"),
            tuple(self._incidents(text, starts, ends, world)),
            rests_on,
        )

    def _spread(self, text: Clause, name: str, row: int, world: int) -> tuple[list[int], tuple[str, ...]]:
        """The values of a figure over what is assumed, and the terms that move it."""
        formula = self.told[text.id, text.document.name, name]
        on = at(self.worlds.evaluation.bits[formula.index], row, world)
        if not on & self.worlds.basis.mask("term"):
            return [at(self._values(formula), row, world)], ()
        choices = [self.worlds.choices[world]]
        spread = spread_of(self.worlds, choices, [formula.index], on, lambda spread: spread.bits([formula], row, 0))
        values = spread.of(formula, row, 0)
        return values, spread.moved_by(values).terms

    def _incidents(self, text: Clause, starts: int, ends: int, world: int) -> Iterator[Incident]:
        """The incidents of the service that touch the window, in the order in which they began."""
        record = self.columns.records.get("incident")
        if record is None:
            return
        table = record.table
        last = self.columns["incident", "ended"][:, 0]
        began = table.columns["started"]
        touch = (began < ends) & ((last > starts) | ((last == began) & (last >= starts)))
        rows = np.flatnonzero(touch)
        for row in rows[np.argsort(began[rows], kind="stable")].tolist():
            if not self._at(text, "of", row, world):
                continue
            flags = {name for name in ("full", "part", *WHY) if self._flag(text, name, row, world)}
            why = tuple(name for name in WHY if name in flags) or (() if flags & {"full", "part"} else ("impact",))
            counts = "" if why else "full" if "full" in flags else "part"
            full, any_of = (self._within(text, name, row, world, starts, ends) for name in ("full", "any"))
            word = {
                name: self._word(int(table.columns[name][row])) for name in ("service", "impact", "cause", "component")
            }
            yield Incident(
                id=self.columns.id("incident", row),
                started=int(began[row]),
                ended=_instant(int(last[row])),
                counts=counts,
                why=why,
                full=full,
                any=any_of if self._tells(text, "any_begun") else full,
                place=self._place("incident", row),
                **word,
            )

    def _within(self, text: Clause, name: str, row: int, world: int, starts: int, ends: int) -> int:
        """The part of what the program left of an incident that lies in the window."""
        if not self._tells(text, f"{name}_begun"):
            return 0
        begun, gone = (self._at(text, f"{name}_{edge}", row, world) for edge in ("begun", "gone"))
        return max(0, min(gone, ends) - max(begun, starts))

    def _flag(self, text: Clause, name: str, row: int, world: int) -> bool:
        return self._tells(text, name) and bool(self._at(text, name, row, world))

    def _tells(self, text: Clause, name: str) -> bool:
        return (text.id, text.document.name, name) in self.told

    def _at(self, text: Clause, name: str, row: int, world: int) -> int:
        return at(self._values(self.told[text.id, text.document.name, name]), row, world)

    def _values(self, formula: Formula) -> Array:
        return self.worlds.evaluation.values[formula.index]

    def _word(self, place: int) -> str:
        """A word of the ledger; empty where an event has none."""
        return self.columns.ledger.words[place] if place >= 0 else ""

    def _place(self, kind: str, row: int) -> Span:
        file, line = self.columns.records[kind].table.place[row]
        return Span(self.columns.ledger.sources[int(file)], int(line))


def _known(day: int) -> int | None:
    return day if day < NEVER // 2 else None


def _instant(second: int) -> int | None:
    return second if second < NEVER * DAY // 2 else None
