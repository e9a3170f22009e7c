"""The columns of a statement as DuckDB reads them: words as places, amounts as whole numbers, and which row is what.

Knows SQL and rules. Does not know clauses, periods, or what becomes of a row.
"""

from typing import Any

import numpy as np

from adidem.desk.exports.amounts import Money, as_text, quoted
from adidem.desk.exports.tables import Table, holds
from adidem.desk.reconciling.rules import StatementRules
from adidem.records.rules import Named

HEAPS = ("line", "adjustment", "total", "left out", "unmapped", "rejected")
"""What a row can be. The first three are what rules say; the order is that of the numbers by which columns say it."""
LEFT_OUT, UNMAPPED, REJECTED = (HEAPS.index(heap) for heap in ("left out", "unmapped", "rejected"))
PART = 10**18
"""Parts of a minor unit are told in so many."""
_WORDS = ("clause", "period", "line", "currency", "occurred", "rate", "exchange")
"""What is said in few words: each distinct text is read once."""


def fetched(table: Table, rules: StatementRules, places: int) -> dict[str, Any]:
    """Every row as numbers: [rows] columns; of words a place among the distinct ones, which stand at `words NAME`."""
    parts = [f"{table.number} AS n", f"{_kind(table, rules)} AS heap"]
    said: dict[str, Named] = {}
    for key, value in rules.values.items():
        if value.column is not None:
            said[key] = value.column
    said |= {key: column for key, column in rules.columns.items() if key in (*_WORDS, "reference")}
    for key, column in said.items():
        text = f"trim({as_text(*table.column(column))})"
        nulls = ", ".join(map(quoted, rules.nulls))
        text = f"CASE WHEN {text} IN ({nulls}) THEN '' ELSE {text} END" if nulls else text
        parts.append(f"coalesce({text}, '') AS w_{key}")
    numbers = [key for key in ("base", "amount") if key in rules.columns]
    sorts: list[str] = []
    for key in numbers:
        money = Money(table.column(rules.columns[key]), rules.numbers, rules.nulls)
        parts.append(f"{money.text} AS t_{key}")
        sorts += [f"{money.sort(f't_{key}')} AS k_{key}", f"TRY_CAST(t_{key} AS DECIMAL(30, 18)) AS v_{key}"]
    rows = f"SELECT {', '.join(['*', *sorts])} FROM (SELECT {', '.join(parts)} FROM {table.source})"
    list(table.rows(f"CREATE TEMP TABLE said AS {rows}"))
    picked, joins = ["n", "heap"], ""
    out: dict[str, Any] = {}
    for key in [key for key in said if key != "reference"]:
        list(table.rows(f"CREATE TEMP TABLE d_{key} AS SELECT w, row_number() OVER () - 1 AS code FROM "
                        f"(SELECT DISTINCT w_{key} AS w FROM said)"))  # fmt: skip
        out[f"words {key}"] = [str(row[0]) for row in table.rows(f"SELECT w FROM d_{key} ORDER BY code")]
        joins += f" JOIN d_{key} ON said.w_{key} = d_{key}.w"
        picked.append(f"d_{key}.code AS {key}")
    if "reference" in said:
        picked.append("w_reference AS reference")
    for key in numbers:
        picked += _number(key, places)
    found = table.arrays(f"SELECT {', '.join(picked)} FROM said{joins}")
    order = np.argsort(found["n"], kind="stable")
    for key, values in found.items():
        out[key] = np.asarray(np.ma.getdata(values))[order]
    table.complete(len(order))
    return out


def _kind(table: Table, rules: StatementRules) -> str:
    """SQL for the heap of a row: by the first rule that it meets."""
    cases = ""
    for row in rules.rows:
        tests = " AND ".join(holds(table, condition, rules.nulls) for condition in row.conditions) or "true"
        heap = LEFT_OUT if row.left_out else HEAPS.index(row.kind)
        cases += f" WHEN {tests} THEN {heap}"
    return f"CASE{cases} ELSE {UNMAPPED} END" if cases else str(UNMAPPED)


def _number(name: str, places: int) -> list[str]:
    """SQL for whole minor units, the rest in parts, the sort of amount, and its text where it is odd."""
    exact, simple = f"(v_{name} * CAST({10**places} AS DECIMAL(4, 0)))", f"k_{name} = 0 AND v_{name} IS NOT NULL"
    whole = f"CASE WHEN {simple} THEN CAST(floor({exact}) AS BIGINT) ELSE 0 END"
    rest = f"CASE WHEN {simple} THEN CAST(({exact} - floor({exact})) * CAST({PART} AS DECIMAL(19, 0)) AS BIGINT) "
    odd = f"CASE WHEN k_{name} IN (0, 1, 4) AND NOT ({simple}) THEN left(CAST(t_{name} AS VARCHAR), 120) ELSE '' END"
    kind = f"CASE WHEN k_{name} = 0 AND v_{name} IS NULL THEN 1 ELSE k_{name} END"
    return [f"{whole} AS {name}", f"{rest}ELSE 0 END AS {name}_rest", f"{kind} AS {name}_sort", f"{odd} AS {name}_odd"]
