"""Rows of a CSV or Parquet file, brought together where they say the same: one query in DuckDB a file.

Knows SQL. Does not know what becomes of the rows: `records/importing` does.

Every column is read as text. A number of at most twelve digits before the point and eighteen after it is added up as
DECIMAL(38, 18), which is exact; any other spelling of a number is handed on as it is written. What DuckDB finds to be
no row (a quotation mark that is not closed, too few or too many columns) is told apart with its line.
"""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adidem.desk.export_file import ExportFile, line_at
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.records.exported import EXACT, GROUPED, MOST_DIGITS, NUMBER, SIGNS, added
from adidem.records.importing import UNMAPPED, Group, Total
from adidem.records.rules import Condition, Named, Rules

EXTRA = 'pip install "adidem[tables]"'
_MEMORY = "1GB"
_SIMPLE = r"-?[0-9]{1,12}(\.[0-9]{1,18})?"
_PLACES = 18
_AT_ONCE = 10_000
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
        self.connection, self.file = connection, file
        self.types: list[tuple[str, str]] = []
        if file.parquet:
            source = f"read_parquet({_text(str(file.path))}, file_row_number=true)"
            self.types = [(str(r[0]), str(r[1])) for r in self.rows(f"DESCRIBE SELECT * FROM {source}")]
            self.types = [pair for pair in self.types if pair[0] != "file_row_number"]
            self.source, self.number = source, "file_row_number + 1"
        else:
            names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(file.columns)))
            options = f"auto_detect=false, header=true, delim={_text(separator)}, quote='\"', escape='\"'"
            # A text that no export has stands for what DuckDB would read as NULL: empty stays empty.
            options += ", nullstr='\x01', store_rejects=true, strict_mode=true, max_line_size=2000000"
            self.source = f"read_csv({_text(str(file.path))}, {options}, columns={{{names}}})"
            self.number = "row_number() OVER ()"
        self.columns = [name for name, _ in self.types] if file.parquet else list(file.columns)

    def has(self, column: Named) -> bool:
        """Whether the file has the column, under one of its names."""
        return any(name in self.columns for name in column.names)

    def missing(self, columns: Iterable[Named]) -> list[Problem]:
        """Problems: I106 a column that the rules or the format need is not in the file, or is there twice."""
        problems: list[Problem] = []
        for column in {column.names: column for column in columns}.values():
            found = [name for name in self.columns if name in column.names]
            if not found:
                sentence = f"{self.file.name} has no column {column.words}"
                mend = did_you_mean(column.names[0], self.columns)
                mend = "say what stands between the columns: separator: ;" if len(self.columns) == 1 else mend
                problems.append(Problem("I106", sentence, column.span, mend, at=self.file.name))
            elif self.columns.count(found[0]) > 1:
                sentence = f"{self.file.name} has two columns {found[0]}, and it is not known which is meant"
                mend = "give one of them another name"
                problems.append(Problem("I106", sentence, column.span, mend, at=self.file.name))
        return problems

    def text_of(self, column: Named) -> str:
        """SQL for what stands in a column, as text."""
        place = next(self.columns.index(name) for name in column.names if name in self.columns)
        if not self.file.parquet:
            return f"c{place}"
        name, type_ = self.types[place]
        quoted = '"' + name.replace('"', '""') + '"'
        if type_ == "TIMESTAMP WITH TIME ZONE":
            return f"(CAST(make_timestamp(epoch_us({quoted})) AS VARCHAR) || '+00:00')"
        return f"CAST({quoted} AS VARCHAR)"

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """What a query gives. Problems: I107."""
        try:
            found = self.connection.execute(query)
            while rows := found.fetchmany(_AT_ONCE):
                yield from rows
        except engine().Error as error:
            why = str(error).partition("\n")[0][:200]
            mend = "export it again, as CSV in the encoding UTF-8 or as Parquet"
            raise ProblemError(
                [Problem("I107", f"the file cannot be read: {why}", at=self.file.name, mend=mend)]
            ) from None

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
        try:
            yield Table(connection, file, separator)
        finally:
            connection.close()


def groups(table: Table, rules: Rules) -> Iterator[Group]:
    """The rows of a table, brought together where they say the same in what the rules look at."""
    query = _Query(table, rules)
    names = [column.words for column in query.said]
    for row in table.rows(query.text()):
        values = iter(row)
        rule, rows, first, last, currency, text = (next(values) for _ in range(6))
        said = dict(zip(names, (next(values) for _ in names), strict=True))
        amount, *totals = [_total(values, rows) for _ in range(1 + len(query.totals))]
        wanted = {name: said[name] for name in query.needed(rule)}
        found = dict(zip(query.totals, totals, strict=True))
        yield Group(rule, wanted, amount, found, rows, first, last, currency, text or "")


class _Query:
    """The query of one table by some rules."""

    def __init__(self, table: Table, rules: Rules):
        self.table, self.rules = table, rules
        shown = [*(Named((name,)) for name in rules.shown), *rules.looked_at()]
        self.shown = [column for column in shown if table.has(column)]
        self.uses = {place: self._used(place) for place in range(len(rules.rows))} | {UNMAPPED: self.shown}
        named = [column for columns in self.uses.values() for column in columns]
        self.said = list({column.names: column for column in named}.values())
        self.totals = list(dict.fromkeys(name for name in rules.totals if table.has(Named((name,)))))

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
        return [column.words for column in self.uses[rule]]

    def text(self) -> str:
        """Row by row: which rule, and what each column says; then what is alike is added up."""
        rules = self.rules
        every = [*self.said, *(c for rule in rules.rows for c in rule.columns())]
        every += [Named((name,)) for name in self.totals]
        currency = Named((rules.currency,)) if rules.currency else None
        if currency is not None and self.table.has(currency):
            every.append(currency)
        columns = list({column.names: column for column in every}.values())
        place = {column.names: f"x{number}" for number, column in enumerate(columns)}
        texts = ", ".join(f"{self._bare(column)} AS {place[column.names]}" for column in columns)
        inner = f"SELECT {self.table.number} AS n{', ' if texts else ''}{texts} FROM {self.table.source}"
        ruled = f"SELECT *, {self._rule(place)} AS rule FROM ({inner})"
        amount = " ".join(
            f"WHEN {number} THEN {place[rule.amount.column.names]}"
            for number, rule in enumerate(rules.rows)
            if rule.amount is not None
        )
        amount = f"CASE rule {amount} END" if amount else "NULL"
        moneys = [amount, *(place[(name,)] for name in self.totals)]
        trimmed = ", ".join(f"{self._trimmed(money)} AS t{number}" for number, money in enumerate(moneys))
        sorts = ", ".join(f"{_sort(f't{number}')} AS k{number}" for number in range(len(moneys)))
        said = ", ".join(f"{self._if_used(column, place)} AS s{number}" for number, column in enumerate(self.said))
        cur = f"trim({place[currency.names]})" if currency is not None and currency.names in place else "NULL"
        rows = f"CASE WHEN rule >= 0 AND {str(rules.together == 'row').lower()} THEN n END"
        keyed = f"SELECT n, rule, {cur} AS cur, {rows} AS each{', ' if said else ''}{said}, {trimmed} FROM ({ruled})"
        sorted_ = f"SELECT *, {sorts} FROM ({keyed})"
        kind = "CASE WHEN rule < 0 THEN -1 WHEN k0 = 1 THEN 0 ELSE k0 END"
        other = "CASE WHEN rule >= 0 AND k0 = 4 THEN t0 END"
        outer = [f"s{number}" for number in range(len(self.said))]
        sums = [part for number in range(len(moneys)) for part in _sums(f"t{number}", f"k{number}")]
        head = f"SELECT rule, count(*), min(n), max(n), cur, {other} AS other, {', '.join([*outer, *sums])}"
        return f"{head} FROM ({sorted_}) GROUP BY {', '.join(['rule', 'cur', 'each', kind, 'other', *outer])}"

    def _bare(self, column: Named) -> str:
        """What a column says, NULL where its text stands for that."""
        text = self.table.text_of(column)
        if not self.rules.nulls:
            return text
        return f"CASE WHEN {text} IN ({', '.join(map(_text, self.rules.nulls))}) THEN NULL ELSE {text} END"

    def _trimmed(self, money: str) -> str:
        if self.rules.numbers != "grouped":
            return f"trim({money})"
        plain = f"translate(trim({money}), {_text(SIGNS)}, '')"
        return f"CASE WHEN regexp_full_match(trim({money}), {_text(GROUPED)}) THEN {plain} ELSE trim({money}) END"

    def _rule(self, place: dict[tuple[str, ...], str]) -> str:
        """The first rule whose conditions a row meets."""
        cases = [
            f"WHEN {' AND '.join(_holds(condition, place) for condition in rule.conditions) or 'true'} THEN {number}"
            for number, rule in enumerate(self.rules.rows)
        ]
        return f"CASE {' '.join(cases)} ELSE {UNMAPPED} END" if cases else str(UNMAPPED)

    def _if_used(self, column: Named, place: dict[tuple[str, ...], str]) -> str:
        users = [
            str(rule) for rule, columns in self.uses.items() if any(used.names == column.names for used in columns)
        ]
        return f"CASE WHEN rule IN ({', '.join(users)}) THEN {place[column.names]} END"


def _holds(condition: Condition, place: dict[tuple[str, ...], str]) -> str:
    """SQL for what `Condition.holds` says."""
    column = place[condition.column.names]
    tests = [f"{column} IN ({', '.join(map(_text, condition.equal))})"] if condition.equal else []
    tests += [f"starts_with({column}, {_text(begin)})" for begin in condition.begins]
    tests += [f"list_contains(string_split({column}, '; '), {_text(word)})" for word in condition.has]
    tests += [f"{column} = ''"] if condition.empty else []
    tests += [f"{column} IS NULL"] if condition.null else []
    return f"coalesce({' OR '.join(tests) or 'false'}, false)"


def _sort(text: str) -> str:
    """Which sort of amount a text is: 0 simple, 1 another spelling of a number, 2 NULL, 3 empty, 4 none."""
    simple, number = f"regexp_full_match({text}, {_text(_SIMPLE)})", f"regexp_full_match({text}, {_text(NUMBER)})"
    cases = f"WHEN {text} IS NULL THEN 2 WHEN {simple} THEN 0 WHEN {text} = '' THEN 3"
    return f"CASE {cases} WHEN {number} AND length({text}) <= {MOST_DIGITS} THEN 1 ELSE 4 END"


def _sums(text: str, sort: str) -> list[str]:
    """SQL for one total: sum, decimal places, other spellings, and how many are zero, NULL, empty, none."""
    decimal = f"CASE WHEN {sort} = 0 THEN CAST({text} AS DECIMAL(38, {_PLACES})) END"
    places = f"CASE WHEN {sort} = 0 AND contains({text}, '.') THEN length({text}) - strpos({text}, '.') ELSE 0 END"
    counts = [f"count(*) FILTER ({sort} = {number})" for number in (2, 3, 4)]
    zeros = f"count(*) FILTER ({decimal} = 0)"
    return [f"sum({decimal})", f"max({places})", f"list({text}) FILTER ({sort} = 1)", zeros, *counts]


def _total(values: Iterator[Any], rows: int) -> Total:
    """One total of a group, from the seven figures of `_sums`."""
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


def _text(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
