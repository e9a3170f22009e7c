"""Rows of a CSV or Parquet file, brought together where they say the same: one query in DuckDB a file.

Knows SQL. Does not know what becomes of the rows: `records/importing` does.

Every column is read as text. A number of at most twelve digits before the point and eighteen after it is added up as
DECIMAL(38, 18), which is exact; any other spelling of a number is handed on as it is written. What DuckDB finds to be
no row (a quotation mark that is not closed, too few or too many columns) is told apart with its line.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adidem.desk.exports.export_file import ExportFile, line_at
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.source import Source, Span
from adidem.records.exported import EXACT, MOST_DIGITS, NUMBER, SPELLED, added
from adidem.records.importing import UNMAPPED, Group, Total
from adidem.records.rules import Condition, Named, Rules, unique

EXTRA = 'pip install "adidem[tables]"'
_MEMORY = "1GB"
_SIMPLE = r"-?[0-9]{1,12}(\.[0-9]{1,18})?"
_PLACES = 18
_EXACT = re.compile(r"DECIMAL\(\d+,\d+\)|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_AT_ONCE = 10_000
_OTHERWISE = "\x01"
_WHY = {
    "MISSING COLUMNS": "the line has fewer columns than the header",
    "TOO MANY COLUMNS": "the line has more columns than the header",
    "UNQUOTED VALUE": "a quotation mark on this line is not closed, or more stands behind it",
    "LINE SIZE OVER MAXIMUM": "the line is longer than two million bytes",
    "INVALID ENCODING": "the line is not UTF-8 text",
}


@dataclass(frozen=True)
class BrokenLine:
    """A line that is no row, and why."""

    line: int
    reason: str


class Table:
    """One file opened as a table of texts. Problems: I106 a column is missing; I107 DuckDB cannot read it; I111 DuckDB
    is not installed.
    """

    def __init__(self, connection: Any, file: ExportFile, separator: str):
        self.connection, self.file, self.separator = connection, file, separator
        self.types: list[tuple[str, str]] = []
        if file.parquet:
            source = f"read_parquet({quoted(str(file.path))}, file_row_number=true)"
            self.types = [(str(r[0]), str(r[1])) for r in self.rows(f"DESCRIBE SELECT * FROM {source}")]
            self.types = [pair for pair in self.types if pair[0] != "file_row_number"]
            self.source, self.number = source, "file_row_number + 1"
        else:
            names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(file.columns)))
            options = "compression='gzip', " if file.packed else "compression='none', "
            options += f"auto_detect=false, header=true, delim={quoted(separator)}, quote='\"', escape='\"'"
            # A text that no export has stands for what DuckDB would read as NULL: empty stays empty.
            options += ", nullstr='\x01no such text\x02', store_rejects=true, strict_mode=true, max_line_size=2000000"
            self.source = f"read_csv({quoted(str(file.path))}, {options}, columns={{{names}}})"
            self.number = "row_number() OVER ()"
        self.columns = [name for name, _ in self.types] if file.parquet else list(file.columns)

    def has(self, column: Named) -> bool:
        """Whether the file has the column, under one of its names."""
        return any(name in self.columns for name in column.names)

    def missing(self, columns: Iterable[Named]) -> list[Problem]:
        """Problems: I106 a column that the rules or the format need is not in the file, or is there twice."""
        problems: list[Problem] = []
        header = None if self.file.parquet else Span(Source(self.file.name, self.separator.join(self.columns)), 1)
        for column in {column.names: column for column in columns}.values():
            found = [name for name in self.columns if name in column.names]
            if not found:
                sentence = f"{self.file.name} has no column {column.words}"
                mend = did_you_mean(column.names[0], self.columns)
                mend = "say what stands between the columns: separator: ;" if len(self.columns) == 1 else mend
                problems.append(Problem("I106", sentence, column.span or header, mend, at=self.file.name))
            elif self.columns.count(found[0]) > 1:
                sentence = f"{self.file.name} has two columns {found[0]}, and it is not known which is meant"
                mend = "give one of them another name"
                problems.append(Problem("I106", sentence, column.span or header, mend, at=self.file.name))
        return problems

    def column(self, column: Named) -> tuple[str, str]:
        """SQL for a column as it is kept, and its type."""
        place = next(self.columns.index(name) for name in column.names if name in self.columns)
        if not self.file.parquet:
            return f"c{place}", "VARCHAR"
        name, type_ = self.types[place]
        return '"' + name.replace('"', '""') + '"', type_

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """What a query gives. Problems: I107."""
        try:
            found = self.connection.execute(query)
            while rows := found.fetchmany(_AT_ONCE):
                yield from rows
        except engine().Error as error:
            raise ProblemError([self._unread(str(error))]) from None

    def arrays(self, query: str) -> dict[str, Any]:
        """What a query gives, as one array a column. Problems: I107."""
        try:
            return self.connection.execute(query).fetchnumpy()
        except engine().Error as error:
            raise ProblemError([self._unread(str(error))]) from None

    def _unread(self, why: str) -> Problem:
        if self.file.parquet:
            sentence = "the file begins like Parquet, and cannot be read as such: it is damaged or cut off"
            return Problem("I107", sentence, at=self.file.name, mend="export it, or copy it, again")
        what = "its line ends are not all alike" if "state machine" in why else why.partition("\n")[0][:120]
        sentence = f"the file cannot be read as CSV: {what}"
        return Problem("I107", sentence, at=self.file.name, mend="export it again as CSV, or as Parquet")

    def share(self) -> float:
        """How much of what was last asked is done, from 0 to 1; asked from another thread."""
        return max(0.0, self.connection.query_progress()) / 100

    def broken(self) -> list[BrokenLine]:
        """The lines that the last reading could not take for rows."""
        if self.file.parquet:
            return []
        query = "SELECT line_byte_position, line, error_type, error_message FROM reject_errors"
        query += " WHERE scan_id = (SELECT max(scan_id) FROM reject_errors) ORDER BY line, line_byte_position"
        found: dict[int, BrokenLine] = {}
        for position, line, type_, message in self.rows(query):
            # The place that is given is that of the line end before it.
            at = line_at(self.file, int(position) + 1) if position is not None else int(line)
            reason = _WHY.get(str(type_), str(message).partition("\n")[0][:200])
            found.setdefault(at, BrokenLine(at, reason))
        return list(found.values())


def engine() -> Any:
    """DuckDB, imported when the first table is read: it is installed with adidem[tables]."""
    import duckdb

    return duckdb


@contextmanager
def opened(file: ExportFile, separator: str) -> Iterator[Table]:
    """The file as a table, as long as it is looked at. Problems: I111."""
    try:
        duckdb = engine()
    except ImportError:
        sentence = "tables are read with duckdb, which is not installed"
        raise ProblemError([Problem("I111", sentence, at=file.name, mend=f"run {EXTRA}")]) from None
    with tempfile.TemporaryDirectory(prefix="adidem-") as folder:
        settings = {"memory_limit": _MEMORY, "temp_directory": folder, "autoinstall_known_extensions": "false"}
        connection = duckdb.connect(config={**settings, "autoload_known_extensions": "false"})
        connection.execute("SET enable_progress_bar = true")  # else how far it has come is not counted
        connection.execute("SET enable_progress_bar_print = false")
        try:
            yield Table(connection, file, separator)
        finally:
            connection.close()


def groups(table: Table, rules: Rules) -> Iterator[Group]:
    """The rows of a table, brought together where they say the same in what the rules look at."""
    query = _Query(table, rules)
    names, nulls = [column.words for column in query.said], frozenset(rules.nulls)
    for row in table.rows(query.text()):
        values = iter(row)
        rule, rows, first, last = (next(values) for _ in range(4))
        currency, text = next(values), next(values)
        said = {name: None if (value := next(values)) in nulls else value for name in names}
        totals = {name: _total(values, rows) for name in query.totals}
        amount = totals.get(query.amount.get(rule, ""), Total())
        currency = None if currency is None or currency in nulls else currency.strip(" ")
        wanted = {name: said[name] for name in query.needed(rule)}
        yield Group(rule, wanted, amount, totals, rows, first, last, currency, (text or "").removeprefix(_OTHERWISE))


class _Query:
    """The query of one table by some rules. What rows have in common is grouped as it is kept, and made text last."""

    def __init__(self, table: Table, rules: Rules):
        self.table, self.rules = table, rules
        shown = [*(Named((name,)) for name in rules.shown), *rules.looked_at()]
        self.shown = [column for column in shown if table.has(column)]
        self.uses = {place: self._used(place) for place in range(len(rules.rows))} | {UNMAPPED: self.shown}
        named = [column for columns in self.uses.values() for column in columns]
        self.said = unique(named)
        amounts = {n: rule.amount.column for n, rule in enumerate(rules.rows) if rule.amount is not None}
        self.amount = {n: next(name for name in c.names if name in table.columns) for n, c in amounts.items()}
        totals = [*self.amount.values(), *(name for name in rules.totals if table.has(Named((name,))))]
        self.totals = list(dict.fromkeys(totals))

    def _used(self, place: int) -> list[Named]:
        rule = self.rules.rows[place]
        if rule.left_out:
            return []
        found = [value.column for _, value in rule.values if value.column is not None]
        if rule.amount is not None and rule.amount.currency.column is not None:
            found.append(rule.amount.currency.column)
        found += [rule.occurred.column] if rule.occurred is not None else []
        return [*found, *self.rules.apart, *self.rules.key]

    def needed(self, rule: int) -> list[str]:
        """The columns that are said of the rows of a rule, or of unmapped ones."""
        return [column.words for column in self.uses[rule]]

    def text(self) -> str:
        """Row by row: which rule, and which sort each amount is; then what is alike is added up."""
        columns = [self.table.column(column) for column in self.said]
        moneys = [
            Money(self.table.column(Named((name,))), self.rules.numbers, self.rules.nulls) for name in self.totals
        ]
        ruled = f"SELECT *, {self.table.number} AS n, {self._rule()} AS rule FROM {self.table.source}"
        said = [
            f"{self._if_used(c, raw)} AS s{n}" for n, (c, (raw, _)) in enumerate(zip(self.said, columns, strict=True))
        ]
        texts = [f"{money.text} AS t{n}" for n, money in enumerate(moneys)]
        currency = Named((self.rules.currency,)) if self.rules.currency else None
        cur = self.table.column(currency)[0] if currency is not None and self.table.has(currency) else "NULL"
        one = ["CASE WHEN rule >= 0 THEN n END AS each"] if self.rules.together == "row" else []
        keyed = f"SELECT {', '.join(['n', 'rule', f'{cur} AS cur', *one, *said, *texts])} FROM ({ruled})"
        sorts = [f"{money.sort(f't{n}')} AS k{n}" for n, money in enumerate(moneys)]
        sorted_ = f"SELECT {', '.join(['*', *sorts])} FROM ({keyed})"
        place = {name: n for n, name in enumerate(self.totals)}
        cases = {rule: place[name] for rule, name in self.amount.items()}
        kind = _case("rule", {rule: f"(CASE k{n} WHEN 1 THEN 0 ELSE k{n} END)" for rule, n in cases.items()})
        other = _case(
            "rule", {rule: f"(CASE k{n} WHEN 4 THEN t{n} END)" for rule, n in cases.items() if not moneys[n].exact}
        )
        keys = ["rule", "cur", *(["each"] if one else []), *(f"s{n}" for n in range(len(said)))]
        sums = [part for n, money in enumerate(moneys) for part in money.sums(f"t{n}", f"k{n}")]
        head = ["rule", "count(*) AS rows", "min(n) AS lowest", "max(n) AS highest"]
        head += ["CAST(cur AS VARCHAR) AS cur", f"{other} AS other"]
        head += [f"{as_text(f's{n}', type_)} AS s{n}" for n, (_, type_) in enumerate(columns)]
        return f"SELECT {', '.join([*head, *sums])} FROM ({sorted_}) GROUP BY {', '.join([*keys, kind, other])}"

    def _rule(self) -> str:
        """The first rule whose conditions a row meets."""
        cases = [
            f"WHEN {' AND '.join(self._holds(condition) for condition in rule.conditions) or 'true'} THEN {number}"
            for number, rule in enumerate(self.rules.rows)
        ]
        return f"CASE {' '.join(cases)} ELSE {UNMAPPED} END" if cases else str(UNMAPPED)

    def _holds(self, condition: Condition) -> str:
        return holds(self.table, condition, self.rules.nulls)

    def _if_used(self, column: Named, raw: str) -> str:
        users = [rule for rule, columns in self.uses.items() if any(used.names == column.names for used in columns)]
        if len(users) == len(self.uses):
            return raw
        return f"CASE WHEN rule IN ({', '.join(map(str, users))}) THEN {raw} END"


def holds(table: Table, condition: Condition, nulls: Sequence[str]) -> str:
    """SQL for what `Condition.holds` says of a column in which some texts stand for NULL."""
    column = as_text(*table.column(condition.column))
    equal = [word for word in condition.equal if word not in nulls]
    tests = [f"{column} IN ({', '.join(map(quoted, equal))})"] if equal else []
    tests += [f"starts_with({column}, {quoted(begin)})" for begin in condition.begins]
    tests += [f"list_contains(string_split({column}, '; '), {quoted(word)})" for word in condition.has]
    tests += [f"{column} = ''"] if condition.empty else []
    said = f"coalesce({' OR '.join(tests) or 'false'}, false)"
    stands = f" OR {column} IN ({', '.join(map(quoted, nulls))})" if nulls else ""
    none = f"({column} IS NULL{stands})"
    if condition.null:
        return f"({said} OR {none})"
    return f"({said} AND NOT {none})" if condition.begins or condition.has else said


@dataclass(frozen=True)
class Money:
    """SQL for one column of money. What a file keeps as decimals or whole numbers is exact as it is; all else is text.

    The sorts of amounts: 0 simple, 1 another spelling of a number, 2 NULL, 3 empty, 4 none.
    """

    column: tuple[str, str]
    spelled: str
    nulls: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether its type is exact."""
        return _EXACT.fullmatch(self.column[1]) is not None

    @property
    def text(self) -> str:
        """The amount itself, or its text without blanks about it."""
        if self.exact:
            return self.column[0]
        text = f"trim({as_text(*self.column)})"
        pattern, out, point = SPELLED[self.spelled]
        if not out:
            return text
        plain = f"translate({text}, {quoted(point + out)}, {quoted('.' if point else '')})"
        kept = ", ".join(map(quoted, ("", *self.nulls)))
        # What would be a number if it were written in another way is marked, and so is none.
        cases = f"WHEN regexp_full_match({text}, {quoted(pattern)}) THEN {plain} WHEN {text} IN ({kept}) THEN {text}"
        return f"CASE {cases} ELSE '{_OTHERWISE}' || {text} END"

    def sort(self, text: str) -> str:
        """Which sort of amount it is."""
        if self.exact:
            return f"CASE WHEN {text} IS NULL THEN 2 ELSE 0 END"
        simple, number = f"regexp_full_match({text}, {quoted(_SIMPLE)})", f"regexp_full_match({text}, {quoted(NUMBER)})"
        nulls = f" OR {text} IN ({', '.join(map(quoted, self.nulls))})" if self.nulls else ""
        cases = f"WHEN {simple} THEN 0 WHEN {text} IS NULL{nulls} THEN 2 WHEN {text} = '' THEN 3"
        return f"CASE {cases} WHEN {number} AND length({text}) <= {MOST_DIGITS} THEN 1 ELSE 4 END"

    def sums(self, text: str, sort: str) -> list[str]:
        """One total: sum, decimal places, other spellings, and how many are zero, NULL, empty, none."""
        if self.exact:
            places = self.column[1].partition(",")[2].removesuffix(")") or "0"
            zeros, null = f"count(*) FILTER ({text} = 0)", f"count(*) - count({text})"
            return [f"sum({text})", places, "NULL", zeros, null, "0", "0"]
        counts = [f"count(*) FILTER ({sort} = {number})" for number in (2, 3, 4)]
        decimal = f"CASE WHEN {sort} = 0 THEN CAST({text} AS DECIMAL(38, {_PLACES})) END"
        places = f"CASE WHEN {sort} = 0 AND contains({text}, '.') THEN length({text}) - strpos({text}, '.') ELSE 0 END"
        zeros = f"count(*) FILTER ({decimal} = 0)"
        return [f"sum({decimal})", f"max({places})", f"list({text}) FILTER ({sort} = 1)", zeros, *counts]


def _total(values: Iterator[Any], rows: int) -> Total:
    """One total of a group, from the seven figures of `Money.sums`."""
    summed, places, others, zeros, null, empty, other = (next(values) for _ in range(7))
    total = Total(Decimal(0), rows - null - empty - other, zeros, null, empty, other)
    if summed is not None:
        # All digits behind those of the source are zeros: to cut them off is exact.
        total.sum = Decimal(summed).quantize(Decimal(1).scaleb(-places), context=EXACT)
    for text in others or ():
        value = Decimal(text)
        total.zeros += value == 0
        total.sum = added(total.sum, value)
    return total


def as_text(column: str, type_: str) -> str:
    """SQL for a column as text."""
    if type_ == "VARCHAR":
        return column
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"(CAST(make_timestamp(epoch_us({column})) AS VARCHAR) || '+00:00')"
    return f"CAST({column} AS VARCHAR)"


def _case(of: str, results: dict[int, str]) -> str:
    """SQL that picks by a number; NULL where there is nothing to pick."""
    alike = set(results.values())
    cases = " ".join(f"WHEN {number} THEN {result}" for number, result in results.items())
    return f"CASE {of} {cases} END" if alike else "NULL"


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
