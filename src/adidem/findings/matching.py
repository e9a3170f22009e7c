"""Their lines beside our records: which are the same, and of the others what each difference is.

Knows columns of lines and of records, and how the two are joined: by our event's id where a line names it, else by what
it is about and its day. Does not know files, nor what a difference comes to.

Everything is done on whole columns. What comes out is small again: for each cause the rows and lines that it concerns,
and the record as it would be if that were so for us too.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from adidem.findings.drafting import STEPS, Cause, Draft
from adidem.findings.hypothesis import Edits, Flags, Supposed, said_amounts
from adidem.findings.lines import UNSAID, Lines
from adidem.kernel.quantity import Array
from adidem.records.values import FOREVER, MISSING

_KEY = 2**33
_TEMPLATE = 2**31


class Comparison:
    """Their lines beside our records of one clause and period.

    known  the second up to which they knew the record; None where nobody says it
    """

    def __init__(self, ours: Supposed, lines: Lines, known: int | None = None):
        self.ours, self.lines, self.known = ours, lines, known
        self.table = ours.table
        self.amount = said_amounts(self.table, ours.amount_column)
        self.enters = ours.entering[ours.kind]
        self.inside = (self.table.occurred >= ours.first) & (self.table.occurred <= ours.last)
        column = ours.key_column
        self.key = self.table.columns[column] if column else np.full(len(self.table), UNSAID, np.int64)
        self.row = self._referenced()
        self.taken = np.zeros(len(self.table), bool)
        self._parts: dict[str, list[tuple[Array, Array, Array, Array]]] = {}

    # Joining

    def _referenced(self) -> Array:
        """[lines] The record that each line names, or -1."""
        row_of = np.full(len(self.ours.record.words) + 2, -1, np.int64)
        row_of[self.table.ids] = np.arange(len(self.table))
        return row_of[self.lines.reference]

    def causes(self) -> list[Cause]:
        """What is otherwise, cause by cause, in the order in which differences are attributed."""
        by_id = np.flatnonzero(self.lines.inside & (self.row >= 0))
        first = np.zeros(len(by_id), bool)
        first[np.unique(self.row[by_id], return_index=True)[1]] = True
        self._named(by_id[first])
        self._extra(by_id[~first])
        self.taken[self.row[self.row >= 0]] = True
        unnamed = np.flatnonzero(self.lines.inside & (self.lines.reference == UNSAID))
        strange = np.flatnonzero(self.lines.inside & (self.lines.reference != UNSAID) & (self.row < 0))
        self._extra(self._renamed(self._not_counted(strange)))
        grouped = len(unnamed) and bool((self.lines.key[unnamed] != UNSAID).any())
        if grouped:
            self._grouped(unnamed)
        elif len(unnamed):
            self._extra(unnamed[self.lines.base[unnamed] != MISSING] if len(by_id) else unnamed[:0])
        if grouped or len(by_id) or len(strange) or not (len(unnamed) or self.lines.whole):
            self._elsewhere()
            self._without(np.flatnonzero(self.enters & ~self.taken))
        return self._attributed()

    def _note(self, cause: str, rows: Array, lines: Array, was: Array, is_: Array) -> None:
        if len(rows):
            self._parts.setdefault(cause, []).append((rows, lines, was, is_))

    def _named(self, lines: Array) -> None:
        """Lines that name a record of ours, each record once."""
        rows = self.row[lines]
        base, amount = self.lines.base[lines], self.amount[rows]
        base = np.where(base == MISSING, amount, base)
        outside, unscoped = ~self.inside[rows], self.inside[rows] & ~self.enters[rows] & (base != 0)
        for cause, where, counted in (("period cut-off", outside, amount), ("exclusion", unscoped, base)):
            at = np.flatnonzero(where)
            self._note(cause, rows[at], lines[at], np.zeros(len(at), np.int64), counted[at])
        differ = np.flatnonzero((base != amount) & ~unscoped)
        late = self._told_before(rows[differ], base[differ])
        for cause, at in (("late data", differ[late]), ("base", differ[~late])):
            self._note(cause, rows[at], lines[at], amount[at], base[at])
        self._exchanged(rows, lines)

    def _exchanged(self, rows: Array, lines: Array) -> None:
        """Lines that say another exchange rate than our record does."""
        column = next((name for kind, name in self.ours.rate_columns() if kind == self.ours.kind), "")
        event = self.ours.composition.kinds[self.ours.kind].column(column)
        exact = [self.lines.exchanges[n] * event.denominator for n in range(len(self.lines.exchanges))] if event else []
        if not exact:
            return
        values = np.array([int(rate) if rate.denominator == 1 else MISSING for rate in [*exact, Fraction(1, 2)]])
        said, told = values[self.lines.exchange[lines]], self.table.columns[column][rows]
        at = np.flatnonzero((said != MISSING) & (told != MISSING) & (said != told))
        self._note("exchange rate", rows[at], lines[at], told[at], said[at])

    def _told_before(self, rows: Array, base: Array) -> Flags:
        """[rows] Whether another telling of the event had their amount: an earlier one, or one that came after ours was
        closed; of the one that they knew, if it is said.
        """
        raw = self.ours.columns.ledger.tables[self.ours.kind]
        older = (raw.superseded < FOREVER) | (raw.recorded > self.ours.columns.as_of.recorded)
        if self.known is not None:
            older &= (raw.recorded <= self.known) & (raw.superseded > self.known)
        if not older.any():
            return np.zeros(len(rows), bool)
        amounts = said_amounts(raw, self.ours.amount_column)
        told = np.stack([raw.ids[older], amounts[older]], axis=1)
        asked = np.stack([self.table.ids[rows], base], axis=1)
        names = np.unique(np.concatenate([told, asked]), axis=0, return_inverse=True)[1].reshape(-1)
        return np.isin(names[len(told) :], names[: len(told)])

    def _not_counted(self, lines: Array) -> Array:
        """Of lines that name no record that counts: those are late data of which we knew an event that was withdrawn
        since, and those are cut off elsewhere of which it came after the day asked for. The others are given back.
        """
        raw, as_of = self.ours.columns.ledger.tables[self.ours.kind], self.ours.columns.as_of
        told = np.full(len(self.ours.record.words) + 2, -1, np.int64)
        told[raw.ids] = np.arange(len(raw))
        row = told[self.lines.reference[lines]]
        came = (row >= 0) & (raw.occurred[row] <= as_of.occurred) if len(raw) else row >= 0
        base = self.lines.base[lines]
        if len(raw):
            base = np.where(base == MISSING, said_amounts(raw, self.ours.amount_column)[row], base)
        for cause, where in (("late data", came), ("period cut-off", (row >= 0) & ~came)):
            at = np.flatnonzero(where)
            none, nothing = np.full(len(at), UNSAID, np.int64), np.zeros(len(at), np.int64)
            self._note(cause, none, lines[at], nothing, base[at])
        return lines[row < 0]

    def _renamed(self, lines: Array) -> Array:
        """Lines that name an event unknown to us, and say the same thing, day and base as one that is left over: they
        are that one, and the others are given back.
        """
        rows = np.flatnonzero(self.enters & ~self.taken)
        if not len(lines) or not len(rows):
            return lines
        ours = np.stack([self.key[rows], self.table.occurred[rows], self.amount[rows]], axis=1)
        theirs = np.stack([self.lines.key[lines], self.lines.day[lines], self.lines.base[lines]], axis=1)
        both = np.concatenate([ours, theirs])
        codes = np.unique(both, axis=0, return_inverse=True)[1].reshape(-1)
        mine, other = _ranked(codes[: len(rows)]), _ranked(codes[len(rows) :])
        same = np.isin(other, mine)
        self.taken[rows[np.isin(mine, other)]] = True
        return lines[~same]

    def _elsewhere(self) -> None:
        """Our records that they put into another period."""
        lines = np.flatnonzero(~self.lines.inside & (self.row >= 0))
        rows, first = np.unique(self.row[lines], return_index=True)
        own = self.enters[rows]
        rows, lines = rows[own], lines[first[own]]
        here = np.isin(rows, self.row[self.lines.inside & (self.row >= 0)])
        rows, lines = rows[~here], lines[~here]
        self.taken[rows] = True
        self._note("period cut-off", rows, lines, self.amount[rows], np.zeros(len(rows), np.int64))

    def _without(self, rows: Array) -> None:
        """Our records of which they have no line."""
        nothing, none = np.zeros(len(rows), np.int64), np.full(len(rows), UNSAID, np.int64)
        late = self.table.recorded[rows] > self.known if self.known is not None else np.zeros(len(rows), bool)
        had = self.enters & self.taken
        gone = ~np.isin(self.key[rows], np.unique(self.key[had])) & (self.key[rows] >= 0) & bool(had.any())
        keys, count = np.unique(self.key[rows][gone & ~late], return_counts=True)
        unscoped = gone & ~late & np.isin(self.key[rows], keys[count > 1])
        for cause, where in (("late data", late), ("exclusion", unscoped), ("missing line", ~late & ~unscoped)):
            at = np.flatnonzero(where)
            self._note(cause, rows[at], none[at], self.amount[rows[at]], nothing[at])

    def _extra(self, lines: Array) -> None:
        """Their lines of which we have no record, or had it already."""
        base = np.where(self.lines.base[lines] == MISSING, 0, self.lines.base[lines])
        twice = self.row[lines] >= 0
        base = np.where(twice & (self.lines.base[lines] == MISSING), self.amount[self.row[lines]], base)
        none = np.full(len(lines), UNSAID, np.int64)
        self._note("extra line", np.where(twice, self.row[lines], none), lines, np.zeros(len(lines), np.int64), base)

    # By what a line is about, where it names no record

    def _grouped(self, lines: Array) -> None:
        """Sums of the same thing on the same day, theirs beside ours."""
        by_day = bool((self.lines.day[lines] != MISSING).all())
        said = np.where(self.lines.base[lines] == MISSING, 0, self.lines.base[lines])
        theirs = _code(self.lines.key[lines], self.lines.day[lines] if by_day else None)
        ours = _code(self.key, self.table.occurred if by_day else None)
        codes, at = np.unique(theirs, return_inverse=True)
        sums = _sums(at, said, len(codes))
        first_line = np.full(len(codes), len(self.lines), np.int64)
        np.minimum.at(first_line, at, lines)
        place = np.minimum(np.searchsorted(codes, ours), max(0, len(codes) - 1))
        known = (codes[place] == ours) & ~self.taken if len(codes) else np.zeros(len(ours), bool)
        mine = np.flatnonzero(known & self.enters)
        here = np.bincount(place[mine], minlength=len(codes)) > 0
        total = _sums(place[mine], self.amount[mine], len(codes))
        self.taken[mine] = True
        self._grouped_base(np.flatnonzero(here & (total != sums)), place, mine, total, sums, first_line)
        self._grouped_other(np.flatnonzero(~here), place, known, sums, first_line, by_day)

    def _grouped_base(
        self, groups: Array, place: Array, mine: Array, total: Array, sums: Array, first_line: Array
    ) -> None:
        """Groups of both whose sums differ: an event that one of them has not, or else the base."""
        rows = mine[np.isin(place[mine], groups)]
        short = total[place[rows]] - sums[place[rows]]
        late = self.table.recorded[rows] > self.known if self.known is not None else np.zeros(len(rows), bool)
        left_out = np.bincount(place[rows[late]], minlength=len(total))
        late_sum = _sums(place[rows[late]], self.amount[rows[late]], len(total))
        all_late = late & (late_sum[place[rows]] == short) & (left_out[place[rows]] > 0)
        one = np.zeros(len(rows), bool)
        fits = np.flatnonzero((self.amount[rows] == short) & ~np.isin(place[rows], place[rows[all_late]]))
        one[fits[np.unique(place[rows[fits]], return_index=True)[1]]] = True
        nothing = np.zeros(len(rows), np.int64)
        for cause, where in (("late data", all_late), ("missing line", one)):
            at = np.flatnonzero(where)
            self._note(cause, rows[at], first_line[place[rows[at]]], self.amount[rows[at]], nothing[at])
        rest = np.flatnonzero(~np.isin(place[rows], place[rows[all_late | one]]))
        firsts = rest[np.unique(place[rows[rest]], return_index=True)[1]] if len(rest) else rest
        changed = self.amount[rows[firsts]] - short[firsts]
        self._note("base", rows[firsts], first_line[place[rows[firsts]]], self.amount[rows[firsts]], changed)

    def _grouped_other(
        self, groups: Array, place: Array, known: Flags, sums: Array, first_line: Array, by_day: bool
    ) -> None:
        """Groups that only they have: our records that are out of scope, or of another period; or extra lines."""
        other = np.flatnonzero(known & ~self.enters & (self.amount != 0) & np.isin(place, groups))
        other = other if by_day else other[self.inside[other]]
        total = _sums(place[other], self.amount[other], len(sums))
        fit = other[total[place[other]] == sums[place[other]]]
        self.taken[fit] = True
        for cause, where in (("exclusion", self.inside[fit]), ("period cut-off", ~self.inside[fit])):
            rows = fit[where]
            nothing = np.zeros(len(rows), np.int64)
            self._note(cause, rows, first_line[place[rows]], nothing, self.amount[rows])
        left = groups[~np.isin(groups, place[fit])]
        none, nothing = np.full(len(left), UNSAID, np.int64), np.zeros(len(left), np.int64)
        self._note("extra line", none, first_line[left], nothing, sums[left])

    # Attributing

    def alone(self, cause: Cause) -> Edits:
        """The record as it would be for one cause without the others."""
        draft = Draft(self.ours, self.lines, self.enters, self.taken, self.known is not None)
        return draft.changed(replace(cause)).edits

    def _attributed(self) -> list[Cause]:
        """The causes in order, each with the record as it would be by then."""
        draft = Draft(self.ours, self.lines, self.enters, self.taken, self.known is not None)
        found: list[Cause] = []
        for name in STEPS:
            for part in self._joined(name):
                found.append(draft.changed(part))
        return found

    def _joined(self, name: str) -> Iterator[Cause]:
        parts = self._parts.get(name)
        if parts:
            rows, lines, was, is_ = (np.concatenate([part[n] for part in parts]) for n in range(4))
            cause = Cause(name, "", rows, lines, was, is_)
            if name == "exclusion":
                for value in np.unique(np.where(cause.rows >= 0, self.key[cause.rows], UNSAID)):
                    at = self.key[cause.rows] == value
                    word = self.ours.record.words[int(value)] if value >= 0 else ""
                    taken = "counted" if bool((was[at] == 0).all()) else "left out"
                    yield Cause(name, f"{word} {taken}", rows[at], lines[at], was[at], is_[at])
                return
            yield cause


def _code(key: Array, day: Array | None) -> Array:
    """One number for a thing and a day."""
    return key * _KEY + (day + _TEMPLATE if day is not None else 0)


def _sums(at: Array, values: Array, count: int) -> Array:
    """[count] The sum of the values at each place, in whole numbers."""
    out = np.zeros(count, np.int64)
    np.add.at(out, at, values)
    return out


def _ranked(codes: Array) -> Array:
    """Each code made its own: the first of its kind, the second, and so on."""
    order = np.argsort(codes, kind="stable")
    ranked = np.zeros(len(codes), np.int64)
    starts = np.concatenate([[True], codes[order][1:] != codes[order][:-1]]) if len(codes) else np.zeros(0, bool)
    first = np.flatnonzero(starts)[np.cumsum(starts) - 1] if len(codes) else order
    ranked[order] = np.arange(len(codes)) - first
    return codes * _KEY + ranked
