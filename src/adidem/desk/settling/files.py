"""A settlement as a file: its lines as CSV and Parquet, and whatever form, written whole or not at all.

Knows the plain data of `settle`. Does not know terminals or how a settlement comes about.

Amounts stand as exact decimals. A text that a spreadsheet would take for a formula is marked as text.
"""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adidem.desk.decimals import decimal_text
from adidem.desk.output import inert, optional, whole
from adidem.desk.settling.focus import focus
from adidem.desk.settling.journal import journal
from adidem.desk.settling.workbook import EXTRA, workbook
from adidem.desk.wording import when_words
from adidem.kernel.problem import Problem, ProblemError

Plain = dict[str, Any]
FORMS = ("table", "json", "csv", "parquet", "xlsx", "focus", "journal")

AMOUNTS = ("amount", "low", "high", "original", "new", "paid", "netted", "open")
COLUMNS = (
    *("agreement", "period", "state", "as_of", "known_at", "settlement", "readings", "kind", "id", "name", "clause"),
    *("title", "place", "payer", "payee", "currency"),
    *AMOUNTS,
    *("adjusts", "fixed", "due", "overdue", "provisional", "events", "rests_on"),
)


def rows(view: Plain) -> list[Plain]:
    """A row for every line of every settlement; amounts in minor units, under the names of `COLUMNS`."""
    head = {"agreement": view["agreement"], "period": view["period"]["label"], "state": view["state"]}
    head |= {"as_of": view["as_of"], "known_at": view["known_at"] or ""}
    out: list[Plain] = []
    for number, settlement in enumerate(view["settlements"], 1):
        words = when_words(settlement["readings"]) if settlement["readings"] else ""
        for line in (*settlement["lines"], *settlement["adjustments"]):
            row = {**head, "settlement": number, "readings": words}
            row["kind"] = "adjustment" if line["adjusts"] is not None else "figure"
            row |= {name: line[name] for name in COLUMNS if name in line and name != "readings"}
            row |= {name: line[f"{name}_minor"] or 0 for name in AMOUNTS}
            row["adjusts"] = line["adjusts"] or ""
            row["rests_on"] = ", ".join([*line["rests_on"], *line["readings"]])
            out.append({name: row[name] for name in COLUMNS})
    return out


def as_csv(view: Plain) -> str:
    """The lines as CSV, with a heading."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows(view):
        amounts = {name: decimal_text(row[name], row["currency"]) for name in AMOUNTS}
        flags = {name: "yes" if row[name] else "no" for name in ("overdue", "provisional")}
        writer.writerow({name: inert(value) for name, value in row.items()} | amounts | flags)
    return out.getvalue()


def as_parquet(view: Plain, file: Path) -> None:
    """The lines as Parquet: amounts in minor units, int64. Problems: D114 pyarrow is not installed."""
    arrow, parquet = optional("pyarrow", "pyarrow.parquet", extra=EXTRA)
    whole = {
        **{f"{name}_minor": arrow.int64() for name in AMOUNTS},
        "settlement": arrow.int64(),
        "events": arrow.int64(),
    }
    whole |= {"overdue": arrow.bool_(), "provisional": arrow.bool_()}
    names = [f"{name}_minor" if name in AMOUNTS else name for name in COLUMNS]
    found = [dict(zip(names, row.values(), strict=True)) for row in rows(view)]
    schema = arrow.schema(
        [(name, whole.get(name, arrow.string())) for name in names],
        metadata={"receipt": json.dumps(view["receipt"], ensure_ascii=False)},
    )
    parquet.write_table(arrow.Table.from_pylist(found, schema=schema), file)


_TEXTS: dict[str, Callable[[Plain], str]] = {
    "json": lambda view: json.dumps(view, ensure_ascii=False, indent=2) + "\n",
    "csv": as_csv,
    "focus": focus,
    "journal": journal,
}


def text_of(view: Plain, form: str) -> str | None:
    """A settlement in a form that is text; None of one that is not."""
    return _TEXTS[form](view) if form in _TEXTS else None


def write(view: Plain, form: str, out: Path) -> None:
    """Write a settlement to a file, whole or not at all. Problems: D114 a package is missing; D308 a table is no
    file; D309 it cannot be written.
    """
    if form == "table":
        mend = "name a form: --format xlsx, csv, parquet, json, focus or journal"
        raise ProblemError([Problem("D308", "a table is printed, and no file is written", at="--out", mend=mend)])
    with whole(out, what="the settlement") as (part,):
        text = text_of(view, form)
        if text is not None:
            part.write_text(text, encoding="utf-8", newline="")
        elif form == "parquet":
            as_parquet(view, part)
        else:
            workbook(view, rows(view), part)
