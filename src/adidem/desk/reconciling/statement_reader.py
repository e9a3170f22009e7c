"""The other side's statement: a CSV or Parquet file, read by its rules into columns of numbers.

Knows SQL, spelling and the account of rows. Does not know what our figures are.

A row is a line, an adjustment or a total of one clause; or it is left out by a rule, unmapped because no rule or no
clause of ours takes it, or rejected because something that it must say is no number, day or amount in the
agreement's currency. The five together are all rows of the file. DuckDB reads and converts whole columns; Python sees
each distinct word, and only those rows one by one that are listed.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from adidem.desk.decimals import decimal_text
from adidem.desk.exports.export_file import ExportFile, lines_of, survey
from adidem.desk.exports.tables import BrokenLine, opened
from adidem.desk.reconciling.columns import HEAPS, LEFT_OUT, PART, REJECTED, UNMAPPED, fetched
from adidem.desk.reconciling.rules import StatementRules
from adidem.desk.reconciling.statement import PRIOR, Listed, Statement
from adidem.desk.reconciling.xlsx import as_csv, is_workbook
from adidem.findings.hypothesis import Flags
from adidem.findings.lines import UNKNOWN, UNSAID, Lines
from adidem.kernel.literal import Misspelt, parse_rate
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import LIMIT, Array, exponent, round_fraction
from adidem.records.exported import Days, number
from adidem.records.rules import DATES
from adidem.records.values import MISSING

MOST_LISTED = 1_000
MOST_MINOR = 2**52
"""The largest amount of one row, in minor units: more is a slip of the pen, and sums of many must be exact."""
_NO_RATE = {
    "rate": "its rate cannot be read",
    "exchange": "its exchange rate cannot be read, or is not above zero",
}
_MENDS = {"rate": "write it as in 20 %, 0.2 or 1/5", "exchange": "write it as in 1.08"}
_NO_AMOUNT = {2: "is not said", 3: "is empty", 4: "is no number"}
_UNSAID_AMOUNT = ("its amount is not said", "its amount is empty")


@dataclass(frozen=True)
class Reading:
    """What is known before a statement is read.

    places   word → its place in the ledger's words
    clauses  those of ours under which money is owed
    period   the one asked for
    """

    rules: StatementRules
    currency: str
    places: Mapping[str, int]
    clauses: Sequence[str]
    period: str
    days: Days


def read_statement(path: Path, name: str, reading: Reading) -> Statement:
    """Read a statement. Problems: those of files (T001, T002, T006, I107, I111, I113); I106 a column is not there."""
    if is_workbook(path):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with as_csv(path, name, reading.rules.dates, reading.rules.numbers) as text:
            found = _read(text, name, reading, ",")
        return replace(found, file=replace(found.file, hashed=lambda: digest))
    return _read(path, name, reading, reading.rules.separator)


def _read(path: Path, name: str, reading: Reading, separator: str) -> Statement:
    rules = reading.rules
    file = survey(path, name, separator)
    with opened(file, separator) as table:
        if problems := table.missing(rules.named()):
            raise ProblemError(problems)
        columns = fetched(table, rules, exponent(reading.currency))
        broken = table.broken
    return _Reader(file, reading, columns, broken).statement()


def days_of(rules: StatementRules, zone: Any) -> Days:
    """How the days of a statement are read."""
    return Days(zone, rules.dates, ZoneInfo(rules.zone) if rules.zone else None)


# What becomes of the rows


class _Reader:
    """Puts every row on its heap, and the lines of each clause into columns."""

    def __init__(self, file: ExportFile, reading: Reading, columns: dict[str, Any], broken: Sequence[BrokenLine]):
        self.file, self.reading, self.columns, self.broken = file, reading, columns, broken
        self.rules = reading.rules
        self.count = len(columns["n"])
        self.heap: Array = columns["heap"].astype(np.int64)
        self.reasons: dict[str, Flags] = {}
        self.unread: dict[str, tuple[str, list[str]]] = {}
        self.new: dict[str, int] = {}
        self.labels: list[str] = []

    def statement(self) -> Statement:
        """All of it."""
        amount, rest, amount_words = self._numbers("amount")
        base, base_rest, base_words = self._numbers("base")
        base = self._whole(base, base_rest)
        clause = self._words("clause", {word: word for word in self.reading.clauses}.get)
        self._put(UNMAPPED, (self.heap < LEFT_OUT) & (clause < 0), "no clause of ours is named")
        self._currencies()
        day = self._parsed("occurred", lambda text: self.reading.days.moment(text).day, "its day cannot be read")
        rate, rates = self._rates("rate")
        exchange, exchanges = self._rates("exchange")
        period = self._words("period", {self.reading.period: self.reading.period}.get, others=True)
        about = clause * (len(self.labels) + 2) + period
        totalled = np.isin(about, about[self.heap == HEAPS.index("total")])
        for words in (amount_words, base_words):
            for reason, where in words.items():
                # Where a clause has a total of a period its lines need not say what each of them comes to.
                said = totalled & (self.heap == 0) if reason in _UNSAID_AMOUNT else np.zeros(self.count, bool)
                self._put(REJECTED, where & (self.heap < LEFT_OUT) & ~said, reason)
        out = Statement(self.file, {}, {}, self._listed(amount, rest))
        for heap, name in enumerate(HEAPS):
            where = self.heap == heap
            out.rows[name], out.sums[name] = int(where.sum()), _sum(amount[where], rest[where])
        out.rows["rejected"] += len(self.broken)
        lines = Lines(
            self.columns["n"].astype(np.int64),
            self._inside(period),
            self._references(),
            self._keys(),
            day,
            base,
            rate,
            exchange,
            rates,
            exchanges,
        )
        for place, name in enumerate(self.reading.clauses):
            self._clause(out, name, clause == place, lines, (amount, rest), period)
        out.new_words, out.labels = list(self.new), self.labels
        return out

    def _clause(
        self, out: Statement, name: str, mine: Flags, lines: Lines, amount: tuple[Array, Array], period: Array
    ) -> None:
        """What a statement says of one clause; a clause of which it says nothing is not in it."""
        inside = lines.inside
        own = mine & (self.heap == 0)
        total = mine & (self.heap == 2) & inside
        adjusted = mine & (self.heap == 1)
        if not (own.any() or total.any() or adjusted.any()):
            return
        out.clauses[name] = _only(lines, np.flatnonzero(own))
        here = own & inside
        out.lines_sum[name] = _sum(amount[0][here], amount[1][here])
        if total.any():
            out.totals[name] = _sum(amount[0][total], amount[1][total])
        found: dict[str, Fraction] = {}
        for code in np.unique(period[adjusted]).tolist():
            where = adjusted & (period == code)
            label = self.labels[code] if self.labels and code >= 0 else PRIOR
            found[label] = found.get(label, Fraction(0)) + _sum(amount[0][where], amount[1][where])
        out.adjustments[name] = found

    def _put(self, heap: int, where: Flags, reason: str) -> None:
        """Move rows to a heap, for a reason."""
        if where.any():
            self.heap = np.where(where, heap, self.heap)
            self.reasons[reason] = self.reasons.get(reason, np.zeros(self.count, bool)) | where

    # Words

    def _words(self, key: str, meaning: Callable[[str], str | None], others: bool = False) -> Array:
        """[rows] For each its word: of clauses the place among ours; of periods 0 is the one asked for; -1 is none."""
        value = self.rules.values.get(key)
        known = list(self.reading.clauses) if key == "clause" else [self.reading.period]
        if value is None:
            return np.zeros(self.count, np.int64)
        if value.column is None:
            return np.full(self.count, known.index(value.constant) if value.constant in known else -1, np.int64)
        theirs = dict(value.words)
        names = [theirs.get(text, text) for text in self.columns[f"words {key}"]]
        if others:
            known += [name for name in dict.fromkeys(names) if name and name not in known]
            self.labels = known
        codes = [known.index(name) if name in known and (others or meaning(name)) else -1 for name in names]
        return np.array([*codes, -1], np.int64)[self.columns[key]]

    def _inside(self, period: Array) -> Flags:
        """[rows] Whether a row is about the period asked for; one that does not say is."""
        if self.rules.values.get("period") is None:
            return np.ones(self.count, bool)
        return period <= 0

    def _currencies(self) -> None:
        value = self.rules.values["currency"]
        ours = self.reading.currency
        if value.column is None:
            if value.constant != ours:
                self._put(REJECTED, self.heap < LEFT_OUT, f"its currency is {value.constant}, and not {ours}")
            return
        theirs = dict(value.words)
        for place, text in enumerate(self.columns["words currency"]):
            if theirs.get(text, text) != ours:
                what = f"is {text}, and not {ours}" if text else "is not said"
                where = (self.columns["currency"] == place) & (self.heap < LEFT_OUT)
                self._put(REJECTED, where, f"its currency {what[:60]}")

    def _parsed(self, key: str, parse: Callable[[str], int], reason: str) -> Array:
        """[rows] What each text means, MISSING where there is none; rejected rows are put away, and what is wrong with
        each text is kept for those that are listed.
        """
        if f"words {key}" not in self.columns:
            return np.full(self.count, MISSING, np.int64)
        values, wrong = [], []
        for text in self.columns[f"words {key}"]:
            try:
                values.append(parse(text) if text else MISSING)
                wrong.append("")
            except Misspelt as misspelt:
                values.append(MISSING)
                wrong.append(f": {misspelt.sentence}; {misspelt.mend or self._mend(key)}")
        where = np.array([*map(bool, wrong), False])[self.columns[key]] & (self.heap == 0)
        self._put(REJECTED, where, reason)
        self.unread[reason] = (key, wrong)
        return np.array([*values, MISSING], np.int64)[self.columns[key]]

    def _mend(self, key: str) -> str:
        """How what is not read is written, where its own mend does not say it."""
        if key != "occurred":
            return _MENDS[key]
        written = "in 2025-01-31" if self.rules.dates == "iso" else self.rules.dates
        return f"write the day as {written}, or say in the rules how days are written: dates: {', '.join(DATES)}"

    def _rates(self, key: str) -> tuple[Array, list[Fraction]]:
        """[rows] The place of each rate among the distinct ones, or -1."""
        found: list[Fraction] = []

        def place(text: str) -> int:
            bare = text.replace(",", ".") if self.rules.numbers == "comma" else text
            if bare.endswith("%") or "/" in bare:
                quantity = parse_rate(bare)
                rate = Fraction(quantity.value, quantity.unit.denominator)
            else:
                rate = Fraction(number(bare)) / (100 if self.rules.percent and key == "rate" else 1)
            if key == "exchange" and rate <= 0:
                raise Misspelt(f"“{text}” exchanges nothing")
            if rate not in found:
                found.append(rate)
            return found.index(rate)

        places = self._parsed(key, place, _NO_RATE[key])
        return np.where(places == MISSING, UNSAID, places), found

    def _references(self) -> Array:
        """[rows] The place of the event that each names: UNSAID where it names none, UNKNOWN where none of ours."""
        if "reference" not in self.columns:
            return np.full(self.count, UNSAID, np.int64)
        texts = self.columns["reference"]
        found = map(self.reading.places.get, texts.tolist(), repeat(UNKNOWN))
        places = np.fromiter(found, np.int64, self.count)
        return np.where(texts == "", UNSAID, places)

    def _keys(self) -> Array:
        """[rows] The place of what each is about; a word that the ledger has not gets one behind its words."""
        value = self.rules.values.get("line")
        if value is None:
            return np.full(self.count, UNSAID, np.int64)
        theirs, places = dict(value.words), self.reading.places
        codes: list[int] = []
        for text in self.columns["words line"]:
            word = theirs.get(text, text)
            if not word:
                codes.append(UNSAID)
            else:
                codes.append(places[word] if word in places else len(places) + self.new.setdefault(word, len(self.new)))
        return np.array([*codes, UNSAID], np.int64)[self.columns["line"]]

    # Numbers

    def _numbers(self, key: str) -> tuple[Array, Array, dict[str, Flags]]:
        """[rows] Minor units and their parts; and for each reason the rows in which there are none.

        A base that is not said is none; an amount must be said.
        """
        if key not in self.columns:
            return np.full(self.count, MISSING, np.int64), np.zeros(self.count, np.int64), {}
        values, rest, sort = (self.columns[f"{key}{end}"].astype(np.int64) for end in ("", "_rest", "_sort"))
        wrong: dict[str, Flags] = {}
        odd = self.columns[f"{key}_odd"]
        size = 10 ** exponent(self.reading.currency)
        for row in np.flatnonzero(sort == 1).tolist():
            exact = Fraction(number(str(odd[row]))) * size if _is_number(str(odd[row])) else Fraction(LIMIT)
            if abs(exact) >= LIMIT or (exact * PART).denominator != 1:
                wrong.setdefault(f"its {key} has more digits than can be kept exactly", np.zeros(self.count, bool))[
                    row
                ] = True
                continue
            values[row], rest[row] = exact // 1, int((exact - exact // 1) * PART)
        large = np.abs(values) > MOST_MINOR
        if large.any():
            wrong[f"its {key} is larger than any"] = large
            values[large], rest[large] = 0, 0
        for code, words in _NO_AMOUNT.items():
            if (sort == code).any() and (key == "amount" or code == 4):
                wrong[f"its {key} {words}"] = sort == code
        if key == "base":
            values = np.where(sort >= 2, MISSING, values)
        return values, rest, wrong

    def _whole(self, base: Array, rest: Array) -> Array:
        """[rows] Bases in whole minor units; those with parts of one are rounded if the rules name a rounding."""
        parts = np.flatnonzero((rest != 0) & (base != MISSING))
        if self.rules.rounding is None:
            where = np.zeros(self.count, bool)
            where[parts] = True
            mend = "its base has parts of the smallest coin, and the rules name no rounding"
            self._put(REJECTED, where & (self.heap == 0), mend)
            return base
        for row in parts.tolist():
            base[row] = round_fraction(int(base[row]) + Fraction(int(rest[row]), PART), self.rules.rounding)
        return base

    # Listing

    def _listed(self, amount: Array, rest: Array) -> list[Listed]:
        """The first rows of each reason, with their lines; every one is counted elsewhere."""
        found: dict[int, tuple[str, str]] = {}
        for reason, where in self.reasons.items():
            for row in np.flatnonzero(where & (self.heap > LEFT_OUT))[:MOST_LISTED].tolist():
                key, wrong = self.unread.get(reason, ("", []))
                more = wrong[int(self.columns[key][row])] if wrong else ""
                found.setdefault(row, (HEAPS[int(self.heap[row])], f"{reason}{more}"))
        rest_of = np.flatnonzero(self.heap == UNMAPPED)[:MOST_LISTED].tolist()
        for row in rest_of:
            found.setdefault(row, ("unmapped", "no rule speaks of it"))
        rows = sorted(found)[:MOST_LISTED]
        lines = lines_of(self.file, (row + 1 for row in rows), self.rules.separator)
        out = [Listed(0, one.line, "rejected", one.reason) for one in self.broken[:MOST_LISTED]]
        for row in rows:
            exact = _sum(amount[row : row + 1], rest[row : row + 1])
            out.append(Listed(row + 1, lines.get(row + 1), *found[row], decimal_text(exact, self.reading.currency)))
        return sorted(out, key=lambda one: (one.row, one.line or 0))[:MOST_LISTED]


def _is_number(text: str) -> bool:
    try:
        number(text)
    except Misspelt:
        return False
    return True


def _sum(values: Array, rest: Array) -> Fraction:
    """The exact sum of minor units and their parts; rows without a number add nothing."""
    said = values != MISSING
    high, low = np.divmod(rest[said], 10**8)
    parts = int(high.sum()) * 10**8 + int(low.sum())
    big, small = np.divmod(values[said], 10**9)
    return int(big.sum()) * 10**9 + int(small.sum()) + Fraction(parts, PART)


def _only(lines: Lines, keep: Array) -> Lines:
    columns = ("number", "inside", "reference", "key", "day", "base", "rate", "exchange")
    kept = {name: getattr(lines, name)[keep] for name in columns}
    places = np.unique(kept["rate"][kept["inside"] & (kept["rate"] >= 0)])
    inside = np.isin(kept["rate"], places)
    kept["rate"] = np.where(inside, np.searchsorted(places, kept["rate"]), UNSAID)
    return Lines(**kept, rates=[lines.rates[place] for place in places.tolist()], exchanges=lines.exchanges)
