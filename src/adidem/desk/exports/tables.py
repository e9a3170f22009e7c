"""Rows of a CSV or Parquet file, brought together where they say the same: one query in DuckDB a file.

Knows SQL. Does not know what becomes of the rows: `records/importing` does.

Every column is read as text. A number of at most twelve digits before the point and eighteen after it is added up as
DECIMAL(38, 18), which is exact; any other spelling of a number is handed on as it is written.

DuckDB is given rows that are whole, and must give as many as there are, or the file is refused. Where a text has lines
that are no rows (a quotation mark that is not closed, too few or too many columns), the others are copied, and it reads
the copy.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adidem.desk.exports.amounts import OTHERWISE, Money, as_text, quoted, total_of
from adidem.desk.exports.csv_rows import MOST_BYTES, Sweep, plainly, records
from adidem.desk.exports.export_file import ExportFile
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.source import Source, Span
from adidem.records.importing import UNMAPPED, Group
from adidem.records.rules import Condition, Named, Rules, unique
from adidem.records.totals import Total

EXTRA = 'pip install "adidem[tables]"'
_MEMORY = "1GB"
_TOO_MANY_DIGITS = re.compile(r"DECIMAL\((\d+)\)")
_AT_ONCE = 10_000
_MOST_BROKEN = 1_000_000
_MOST_LINE = MOST_BYTES + 100_000
_MOST_DIGITS = 38


@dataclass(frozen=True)
class BrokenLine:
    """A line that is no row, and why."""

    line: int
    reason: str


class Table:
    """One file opened as a table of texts. Problems: I106 a column is missing; I107 DuckDB cannot read it; I111 DuckDB
    is not installed.

    count   how many rows there are
    broken  the lines of a text that are no rows
    source  SQL for the rows: columns c0, c1 … and `number` for the place of the row, from 1
    """

    number = "number"

    def __init__(self, connection: Any, file: ExportFile, separator: str, folder: Path):
        self.connection, self.file, self.separator = connection, file, separator
        self.broken: list[BrokenLine] = []
        self.types: list[str] = []
        self.columns = list(file.columns)
        self.path = file.path
        if set(str(file.path)) & set("*?[]{}"):  # else DuckDB takes the name for a pattern, and reads other files
            self.path = folder / "export"
            self.path.symlink_to(file.path.resolve())
        if file.sweep is None:
            self._open_parquet()
        else:
            self._open_text(folder, file.sweep)

    def _open_parquet(self) -> None:
        path = quoted(str(self.path))
        ((self.count,),) = self.rows(f"SELECT num_rows FROM parquet_file_metadata({path})")
        fields = list(self.rows(f"SELECT name, num_children, precision FROM parquet_schema({path})"))
        tops = list(_tops(fields))
        self.columns = [str(fields[place][0]) for place in tops]
        # Of columns that share a name all but the first have another one here.
        known = list(self.rows(f"DESCRIBE SELECT * FROM read_parquet({path})"))
        if len(known) != len(tops):
            raise ProblemError([self._unread(ValueError(len(known)))])
        digits = [fields[place][2] or 0 for place in tops]
        self.types = [
            f"DECIMAL({most})" if most > _MOST_DIGITS else str(row[1]) for most, row in zip(digits, known, strict=True)
        ]
        kept = [f'"{str(row[0]).replace(chr(34), chr(34) * 2)}" AS c{place}' for place, row in enumerate(known)]
        own = any(str(row[0]).casefold() == "file_row_number" for row in known)
        number, option = ("row_number() OVER ()", "") if own else ("file_row_number + 1", ", file_row_number=true")
        self.source = f"(SELECT {', '.join([*kept, f'{number} AS number'])} FROM read_parquet({path}{option}))"

    def _open_text(self, folder: Path, sweep: Sweep) -> None:
        path, options = self.path, f"compression={quoted('gzip' if self.file.packed else 'none')}, header=true"
        self.count, together, most = sweep.rows, not sweep.within, _MOST_LINE
        if not sweep.sound:
            path, options, together = folder / "rows.csv", "compression='none', header=false", False
            self.count, most = self._copied(path), 3 * _MOST_LINE  # each mark in it may stand there twice
        names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.columns)))
        self.types = ["VARCHAR"] * len(self.columns)
        options += f", auto_detect=false, delim={quoted(self.separator)}, quote='\"', escape='\"', strict_mode=true"
        # Threads that begin within quotation marks can take texts for rows.
        options += f", max_line_size={most}, parallel={str(together).lower()}"
        # A text that the file has not stands for what DuckDB would read as NULL: empty stays empty.
        options += f", nullstr='\x01{self.file.sha256}\x02'"
        rows = f"read_csv({quoted(str(path))}, {options}, columns={{{names}}})"
        self.source = f"(SELECT *, row_number() OVER () AS number FROM {rows})"

    def _copied(self, path: Path) -> int:
        """Copy the rows that are whole, and keep apart what is none. Problems: I107 there are too many of these."""
        count = -1  # the header is no row
        with self.file.text() as text, path.open("wb") as out:
            for line, data, fault in records(text, self.separator, len(self.columns), self.file.name):
                if fault:
                    self.broken.append(BrokenLine(line, fault))
                else:
                    count += 1
                    out.write(plainly(data, self.separator) if count else b"")
                if len(self.broken) > _MOST_BROKEN:
                    sentence = f"more than {_MOST_BROKEN:,} lines are no rows: {fault}"
                    mend = "see what stands between the columns, or export it again"
                    raise ProblemError([Problem("I107", sentence, at=self.file.name, mend=mend)])
        return count

    def complete(self, rows: int) -> None:
        """Hold what was read to the number of rows that there are. Problems: I107 it is another."""
        if rows != self.count:
            sentence = f"the file has {self.count:,} rows, and its reader found {rows:,}"
            mend = "export it again, or as Parquet" if not self.file.parquet else "export it again, or as CSV"
            raise ProblemError([Problem("I107", sentence, at=self.file.name, mend=mend)])

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
        """SQL for a column as it is kept, and its type. Problems: I107 its numbers cannot be read exactly."""
        place = next(self.columns.index(name) for name in column.names if name in self.columns)
        type_ = self.types[place]
        if found := _TOO_MANY_DIGITS.fullmatch(type_):
            sentence = f"{self.columns[place]} has numbers of {found[1]} digits, and at most {_MOST_DIGITS} are read"
            mend = "export it as text, or with fewer digits"
            raise ProblemError([Problem("I107", sentence, at=self.file.name, mend=mend)])
        return f"c{place}", type_

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """What a query gives. Problems: I107."""
        try:
            found = self.connection.execute(query)
            while rows := found.fetchmany(_AT_ONCE):
                yield from rows
        except engine().Error as error:
            raise ProblemError([self._unread(error)]) from None

    def arrays(self, query: str) -> dict[str, Any]:
        """What a query gives, as one array a column. Problems: I107."""
        try:
            return self.connection.execute(query).fetchnumpy()
        except engine().Error as error:
            raise ProblemError([self._unread(error)]) from None

    def _unread(self, error: Exception) -> Problem:
        at, again = self.file.name, "export it, or copy it, again"
        if isinstance(error, engine().OutOfRangeException):
            sentence = "its amounts add up to more digits than can be kept exactly"
            return Problem("I107", sentence, at=at, mend="split the file, or export fewer digits")
        if isinstance(error, engine().OutOfMemoryException):
            sentence = f"what its rows say differs so often that {_MEMORY} of memory is too little"
            return Problem("I107", sentence, at=at, mend="split the file, or add up more rows into one event")
        if self.file.parquet:
            sentence = "the file begins like Parquet, and cannot be read as such: it is damaged or cut off"
            return Problem("I107", sentence, at=at, mend=again)
        sentence = f"the file cannot be read as CSV: {str(error).partition(chr(10))[0][:120]}"
        return Problem("I107", sentence, at=at, mend="export it again as CSV, or as Parquet")

    def share(self) -> float:
        """How much of what was last asked is done, from 0 to 1; asked from another thread."""
        return max(0.0, self.connection.query_progress()) / 100


def _tops(fields: Sequence[tuple[Any, ...]]) -> Iterator[int]:
    """Where the columns stand in a schema that lists each field before those within it; the first is the table."""
    place = 1
    while place < len(fields):
        yield place
        left = 1
        while left and place < len(fields):
            left += (fields[place][1] or 0) - 1
            place += 1


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
            yield Table(connection, file, separator, Path(folder))
        finally:
            connection.close()


def groups(table: Table, rules: Rules) -> Iterator[Group]:
    """The rows of a table, brought together where they say the same in what the rules look at. Problems: I107."""
    query = _Query(table, rules)
    names, nulls = [column.words for column in query.said], frozenset(rules.nulls)
    count = 0
    for row in table.rows(query.text()):
        values = iter(row)
        rule, rows, first, last = (next(values) for _ in range(4))
        count += rows
        currency, text = next(values), next(values)
        said = {name: None if (value := next(values)) in nulls else value for name in names}
        totals = {name: total_of(values, rows) for name in query.totals}
        amount = totals.get(query.amount.get(rule, ""), Total())
        currency = None if currency is None or currency in nulls else currency.strip(" ")
        wanted = {name: said[name] for name in query.needed(rule)}
        yield Group(rule, wanted, amount, totals, rows, first, last, currency, (text or "").removeprefix(OTHERWISE))
    table.complete(count)


class _Query:
    """The query of one table by some rules. What rows have in common is grouped as it is kept, and made text last.

    Where rows are added up, what every event says tells them apart before it is asked whose rows they are, which is
    fast; rows of which it is not asked are brought together after that.
    """

    def __init__(self, table: Table, rules: Rules):
        self.table, self.rules, self.each = table, rules, rules.together == "row"
        shown = [*(Named((name,)) for name in rules.shown), *rules.looked_at()]
        self.shown = [column for column in shown if table.has(column)]
        self.uses = {place: self._used(place) for place in range(len(rules.rows))} | {UNMAPPED: self.shown}
        named = [column for columns in self.uses.values() for column in columns]
        self.said = unique(named)
        amounts = {n: rule.amount.column for n, rule in enumerate(rules.rows) if rule.amount is not None}
        self.amount = {n: next(name for name in c.names if name in table.columns) for n, c in amounts.items()}
        totals = [*self.amount.values(), *(name for name in rules.totals if table.has(Named((name,))))]
        self.totals = list(dict.fromkeys(totals))
        self.columns = [table.column(column) for column in self.said]
        self.moneys = [Money(table.column(Named((name,))), rules.numbers, rules.nulls) for name in self.totals]
        place = {name: n for n, name in enumerate(self.totals)}
        self.places = {rule: place[name] for rule, name in self.amount.items()}
        currency = Named((rules.currency,)) if rules.currency else None
        self.currency = table.column(currency)[0] if currency is not None and table.has(currency) else "NULL"
        self.names = ["cur" if raw == self.currency else f"s{n}" for n, (raw, _) in enumerate(self.columns)]

    def _used(self, place: int) -> list[Named]:
        rule = self.rules.rows[place]
        if rule.left_out:
            return []
        found = [value.column for _, value in rule.values if value.column is not None]
        if rule.amount is not None and rule.amount.currency.column is not None:
            found.append(rule.amount.currency.column)
        found += [rule.occurred.column] if rule.occurred is not None else []
        return [*found, *self.rules.apart, *self.rules.key, *self.rules.id]

    def needed(self, rule: int) -> list[str]:
        """The columns that are said of the rows of a rule, or of unmapped ones."""
        return [column.words for column in self.uses[rule]]

    def text(self) -> str:
        """Row by row: which rule, and which sort each amount is; then what is alike is added up."""
        keys = ["rule", "cur", *(["each"] if self.each else []), *(["other"] if self._spelled() else [])]
        said = [self._if_used(column, name) for column, name in zip(self.said, self.names, strict=True)]
        kind = _case("rule", {rule: f"i{n}" for rule, n in self.places.items()})
        texts = [as_text(one, type_) for one, (_, type_) in zip(said, self.columns, strict=True)]
        found = ["rule", "sum(rows)", "min(lowest)", "max(highest)", "CAST(cur AS VARCHAR)"]
        found += [*(["other"] if self._spelled() else ["NULL"]), *texts]
        found += [part for n, money in enumerate(self.moneys) for part in money.joined(f"a{n}")]
        return f"SELECT {', '.join(found)} FROM ({self._alike()}) GROUP BY {', '.join([*keys, *said, kind])}"

    def _alike(self) -> str:
        """SQL for rows that say the same, added up."""
        ruled = f"SELECT *, {self.table.number} AS n, {self._rule()} AS rule FROM {self.table.source}"
        head = [
            "n",
            "rule",
            f"{self.currency} AS cur",
            *(["CASE WHEN rule >= 0 THEN n END AS each"] if self.each else []),
        ]
        named = [one for one in zip(self.said, self.columns, self.names, strict=True) if one[2] != "cur"]
        said = [
            f"{raw if self._of_every_event(column) else self._if_used(column, raw)} AS {name}"
            for column, (raw, _), name in named
        ]
        texts = [f"{money.text} AS t{n}" for n, money in enumerate(self.moneys)]
        sorts = [f"{money.sort(f't{n}')} AS k{n}" for n, money in enumerate(self.moneys)]
        rows = f"SELECT {', '.join(['*', *sorts])} FROM (SELECT {', '.join([*head, *said, *texts])} FROM ({ruled}))"
        keys = ["rule", "cur", *(["each"] if self.each else []), *(name for *_, name in named)]
        keys += [f"{self.moneys[n].kind(f't{n}', f'k{n}')} AS i{n}" for n in dict.fromkeys(self.places.values())]
        spelled = {rule: f"(CASE k{n} WHEN 4 THEN t{n} END)" for rule, n in self._spelled().items()}
        keys += [f"{_case('rule', spelled)} AS other"] if spelled else []
        found = ["count(*) AS rows", "min(n) AS lowest", "max(n) AS highest"]
        found += [part for n, money in enumerate(self.moneys) for part in money.sums(f"t{n}", f"k{n}", f"a{n}")]
        return f"SELECT {', '.join([*keys, *found])} FROM ({rows}) GROUP BY ALL"

    def _spelled(self) -> dict[int, int]:
        """The places of the amounts that are texts, and may be no numbers."""
        return {rule: n for rule, n in self.places.items() if not self.moneys[n].exact}

    def _rule(self) -> str:
        """The first rule whose conditions a row meets."""
        cases = [
            f"WHEN {' AND '.join(self._holds(condition) for condition in rule.conditions) or 'true'} THEN {number}"
            for number, rule in enumerate(self.rules.rows)
        ]
        return f"CASE {' '.join(cases)} ELSE {UNMAPPED} END" if cases else str(UNMAPPED)

    def _holds(self, condition: Condition) -> str:
        return holds(self.table, condition, self.rules.nulls)

    def _users(self, column: Named) -> list[int]:
        """The rules, or UNMAPPED, whose rows are asked for a column."""
        return [rule for rule, columns in self.uses.items() if any(used.names == column.names for used in columns)]

    def _of_every_event(self, column: Named) -> bool:
        makers = {place for place, rule in enumerate(self.rules.rows) if not rule.left_out}
        return bool(makers) and makers <= set(self._users(column))

    def _if_used(self, column: Named, raw: str) -> str:
        users = self._users(column)
        return (
            raw if len(users) == len(self.uses) else f"CASE WHEN rule IN ({', '.join(map(str, users))}) THEN {raw} END"
        )


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


def _case(of: str, results: dict[int, str]) -> str:
    """SQL that picks by a number; NULL where there is nothing to pick."""
    alike = set(results.values())
    cases = " ".join(f"WHEN {number} THEN {result}" for number, result in results.items())
    return f"CASE {of} {cases} END" if alike else "NULL"
