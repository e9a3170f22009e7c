"""The slots of an outlook: which events can come, when, and how they stand in a ledger.

Knows sources, periods and events as a ledger tells them. Does not know chance, drivers' paths or the program.

A source has one slot in each period of its `every`. The rows of a slot lie in one month, whichever world it is: a flow
comes on the last day of its period; a hazard on a day of its period's last month. So a hazard of each month strikes
anywhere in the month, one of each quarter in the quarter's last month, one of each year in December.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from adidem.kernel.event import Column, EventKind
from adidem.kernel.literal import parse_date, parse_money
from adidem.kernel.period import EPOCH, MONTHS, NEVER, day, period_label, show_day
from adidem.kernel.quantity import Array, exponent
from adidem.worlds.computed import is_moment, parts_a_day, parts_of, spelled
from adidem.worlds.horizon import Horizon, month_of
from adidem.worlds.outlook import Outlook, Source, Stage

Event = dict[str, Any]
NO_WORD = -1
"""Stands for a word where a stage does not come."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one event of a source, and for its later stages.

    number      of the period, counted from the year 0 in periods of its length: what is drawn for it bears it
    first       the first day on which the event can come; `last` the last
    row         of the drivers' paths, start first, at the end of the month in which it comes
    row_before  the same at the end of the month before its period begins
    years       how much of a year its chance is for: the days of its period that lie in the outlook
    """

    source: Source
    number: int
    label: str
    first: int
    last: int
    row: int
    row_before: int
    years: float

    @property
    def id(self) -> str:
        """`SOURCE-ID/LABEL`."""
        return f"{self.source.id}/{self.label}"

    @property
    def nominal_day(self) -> int:
        """The day on which the template tells it: the first on which it can come."""
        return self.first

    def stage_id(self, stage: Stage) -> str:
        """`SOURCE-ID/LABEL/KIND`."""
        return f"{self.id}/{stage.kind.name}"


@dataclass(frozen=True, eq=False)
class Lane:
    """The slots of one source, in order; what each says, as arrays [slots].

    rows  the rows of the slots among all slots of the kind; the others are as `Slot` has them
    """

    slots: tuple[Slot, ...]
    rows: Array
    number: Array
    first: Array
    width: Array
    row: Array
    row_before: Array
    years: np.ndarray

    @classmethod
    def of(cls, slots: tuple[Slot, ...], rows: list[int]) -> "Lane":
        """The arrays of some slots. `width` is the number of days on which the event can come."""
        columns = [(rows[i], s.number, s.first, s.last - s.first + 1, s.row, s.row_before) for i, s in enumerate(slots)]
        row_of_kind, number, first, width, row, before = np.array(columns, np.int64).reshape(-1, 6).T.copy()
        years = np.array([slot.years for slot in slots])
        return cls(slots, row_of_kind, number, first, width, row, before, years)

    @cached_property
    def lengths(self) -> tuple[np.ndarray, Array]:
        """The different `years`, and [slots] the place of each slot's: most are of one length."""
        lengths, which = np.unique(self.years, return_inverse=True)
        return lengths, which.astype(np.int64)


@dataclass(frozen=True)
class Slots:
    """All slots of an outlook, in the order in which the template tells them: by day, then as the sources stand.

    words  (kind, column) → the words of which a drawn column gives the place. A stage's column is `STAGE.COLUMN`
    drawn  (kind, column) → [slots of the kind] every column that is drawn, and what stands where nothing is
    """

    outlook: Outlook
    currency: str
    horizon: Horizon
    all: tuple[Slot, ...]
    words: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict[tuple[str, str], tuple[str, ...]])

    @cached_property
    def by_kind(self) -> dict[str, tuple[Slot, ...]]:
        """Kind of event → its slots, in template order."""
        found: dict[str, list[Slot]] = {}
        for slot in self.all:
            found.setdefault(slot.source.kind.name, []).append(slot)
        return {kind: tuple(slots) for kind, slots in found.items()}

    @cached_property
    def by_source(self) -> dict[str, Lane]:
        """Id of a source → its slots."""
        found: dict[str, Lane] = {}
        for source in self.outlook.sources:
            of_kind = self.by_kind.get(source.kind.name, ())
            rows = [row for row, slot in enumerate(of_kind) if slot.source is source]
            found[source.id] = Lane.of(tuple(of_kind[row] for row in rows), rows)
        return found

    @cached_property
    def drawn(self) -> dict[tuple[str, str], Array]:
        """What `Slots` says of it."""
        found: dict[tuple[str, str], Array] = {}
        for source in self.outlook.sources:
            for column in drawn_columns(source):
                if self.by_source[source.id].slots and (source.kind.name, column) not in found:
                    held = [_undrawn(slot, column) for slot in self.by_kind[source.kind.name]]
                    found[source.kind.name, column] = np.array(held, np.int64)
        return found

    def template(self) -> list[Event]:
        """One event of a ledger in every slot, and one for each of its stages on the same day.

        A computed number is one; a date or an instant is that of the first day; a choice is the first that there is.
        """
        out: list[Event] = []
        for slot in self.all:
            amounts = {name: self._placeholder(each.column, slot) for name, each in slot.source.amounts.items()}
            out.append(self.record(slot, slot.nominal_day, amounts))
            for stage in slot.source.stages:
                choice = self.choices(stage)
                out.append(self.stage(slot, stage, slot.nominal_day, choice[0] if choice else ""))
        return out

    def _placeholder(self, column: Column, slot: Slot) -> str:
        if is_moment(column):
            return spelled(column, _undrawn_moment(slot, column), self.currency)
        return spelled(
            column, 10 ** exponent(self.currency) if column.type == "money" else column.denominator, self.currency
        )

    def record(self, slot: Slot, occurred: int, amounts: dict[str, str]) -> Event:
        """The event of a slot, on a day, with the amounts as they are spelled."""
        return {**_told(slot.id, slot.source.kind, occurred), **_labelled(slot.source.columns, slot), **amounts}

    def stage(self, slot: Slot, stage: Stage, occurred: int, choice: str) -> Event:
        """A later stage of a slot's event, on a day; `choice` is the word of its drawn column, if it has one."""
        event = {**_told(slot.stage_id(stage), stage.kind, occurred), stage.kind.joins: slot.id}
        event |= _labelled(stage.columns, slot)
        return event | ({stage.choice: choice} if stage.choice else {})

    @staticmethod
    def choices(stage: Stage) -> tuple[str, ...]:
        """The words that the drawn column of a stage may take: by chance, by rule."""
        words = [*(word for word, _ in stage.chances), *(word for _, word in stage.rules)]
        return tuple(dict.fromkeys(word for word in words if word))


def slots(outlook: Outlook, currency: str) -> Slots:
    """The slots of all sources from the day after the outlook starts to its last one.

    currency  of every computed amount, an ISO 4217 code
    """
    horizon = Horizon.over(outlook.starts, outlook.until)
    found = [slot for source in outlook.sources for slot in slots_of(source, horizon)]
    places = {source.id: place for place, source in enumerate(outlook.sources)}
    found.sort(key=lambda slot: (slot.nominal_day, places[slot.source.id]))
    return Slots(outlook, currency, horizon, tuple(found), _words(found))


def slots_of(source: Source, horizon: Horizon) -> Iterator[Slot]:
    """The slots of one source, in order."""
    begins = max(horizon.starts + 1, source.first if source.first is not None else horizon.starts + 1)
    until = min(horizon.until, source.last if source.last is not None else horizon.until)
    if begins > until:
        return
    months = MONTHS[source.every]
    hazard = bool(source.chance) or source.odds is not None
    for number in range(month_of(begins) // months, month_of(until) // months + 1):
        period_first, period_last = _first_day(number * months), _first_day((number + 1) * months) - 1
        inside = min(period_last, until) - max(period_first, begins) + 1
        share = inside / (period_last - period_first + 1)
        first = max(_first_day((number + 1) * months - 1), begins) if hazard else period_last
        last = min(period_last, until)
        if first > last or (source.months and ((number + 1) * months - 1) % 12 + 1 not in source.months):
            continue
        label = period_label(period_last, source.every)
        row = min(month_of(last) - horizon.first_month + 1, len(horizon))
        yield Slot(source, number, label, first, last, row, horizon.row(period_first), share * (months / 12.0))


def _first_day(month: int) -> int:
    """The first day of a month, counted from the year 0."""
    return day(EPOCH.replace(year=month // 12, month=month % 12 + 1))


def _words(found: list[Slot]) -> dict[tuple[str, str], tuple[str, ...]]:
    """For each column of a stage that holds names, all words that any source gives it."""
    words: dict[tuple[str, str], dict[str, None]] = {}
    for slot in found:
        for stage in slot.source.stages:
            for column in named_columns(stage):
                key = slot.source.kind.name, f"{stage.kind.name}.{column.name}"
                mine = Slots.choices(stage) if column.name == stage.choice else (stage_word(slot, stage, column.name),)
                words.setdefault(key, {}).update(dict.fromkeys(mine))
    return {key: tuple(known) for key, known in words.items()}


def named_columns(stage: Stage) -> Iterator[Column]:
    """The columns of a stage that hold a word, fixed or drawn, and can be missing where it does not come."""
    for column in stage.kind.columns:
        if column.type in ("party", "name", "choice") and (column.name in stage.columns or column.name == stage.choice):
            yield column


def stage_word(slot: Slot, stage: Stage, column: str) -> str:
    """The fixed word of a stage's column."""
    return stage.columns[column].replace("{period}", slot.label)


def always_comes(source: Source) -> bool:
    """Whether the events of a source come in every world."""
    return not source.chance and source.odds is None and source.when is None and not source.at_most


def drawn_columns(source: Source) -> Iterator[str]:
    """The columns of a source's records that differ from world to world, or are computed."""
    if not always_comes(source):
        yield "occurred"
        yield from fixed_numbers(source)
        yield from unending(source)
    yield from source.amounts
    for stage in source.stages:
        yield f"{stage.kind.name}.occurred"
        yield from (f"{stage.kind.name}.{column.name}" for column in named_columns(stage))


def fixed_numbers(source: Source) -> dict[str, int]:
    """The columns of numbers in which every event of a source says the same: minor units, parts of one."""
    found: dict[str, int] = {}
    for column in source.kind.columns:
        if column.name in source.columns and column.type == "money":
            found[column.name] = parse_money(source.columns[column.name]).value
        elif column.name in source.columns and column.type in ("rate", "count"):
            found[column.name] = parts_of(column, source.columns[column.name])
    return found


def unending(source: Source) -> dict[str, int]:
    """The ends of which no event of a source speaks, and what stands for an end that never comes.

    What began goes on where nothing says that it ended; so where an event does not come, its end must be drawn.
    """
    silent = (column for column in source.kind.columns if column.not_before and is_moment(column))
    told = (*source.columns, *source.amounts)
    return {column.name: column.absent for column in silent if column.name not in told}


def _undrawn(slot: Slot, column: str) -> int:
    """What a column holds in a slot where nothing is drawn for it."""
    if column.endswith(".occurred"):
        return NEVER
    if "." in column:
        return NO_WORD
    always, of = always_comes(slot.source), slot.source.kind.column(column)
    if column == "occurred":
        return slot.nominal_day if always else NEVER
    if of is not None and is_moment(of):
        return _undrawn_moment(slot, of)
    return fixed_numbers(slot.source).get(column, 0) if always else 0


def _undrawn_moment(slot: Slot, column: Column) -> int:
    """A fixed date, or what stands for none; of what is drawn, and of what begins and does not come, the beginning of
    the first day, so that it takes no time.
    """
    source = slot.source
    if column.name in source.columns:
        return parse_date(source.columns[column.name])
    takes_no_time = not always_comes(source) and column.name in unending(source)
    if column.name in source.amounts or takes_no_time:
        return slot.nominal_day * parts_a_day(column)
    return column.absent


def _told(id: str, kind: EventKind, occurred: int) -> Event:
    when = show_day(occurred)
    return {"id": id, "kind": kind.name, "occurred": when, "recorded": when}


def _labelled(columns: Any, slot: Slot) -> Event:
    return {name: word.replace("{period}", slot.label) for name, word in columns.items()}
