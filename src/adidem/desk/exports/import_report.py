"""The account of an import as plain data: rows, sums to the last digit, what was rejected, what changed.

Knows what was imported. Does not know how it is printed.

Every decimal is text with all its digits. A sum is told of each column of money; where a file holds amounts of several
currencies, of each of them: `BilledCost EUR`.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from adidem.desk.exports.importing import Imported
from adidem.records.exported import added, shown
from adidem.records.importing import HEAPS, MOST_LISTED, Heap
from adidem.records.totals import Total


def report(done: Sequence[Imported]) -> dict[str, Any]:
    """What `--json` prints: the files together, then each."""
    counts = {heap: sum(one.making.rows[heap] for one in done) for heap in HEAPS}
    rejected = [entry for one in done for entry in _rejected(one)]
    unmapped = [entry for one in done for entry in _unmapped(one)]
    return {
        "ok": True,
        "rows": sum(counts.values()),
        "mapped": counts["mapped"],
        "unmapped": counts["unmapped"],
        "left_out": counts["left_out"],
        "rejected_rows": counts["rejected"],
        "rejected": rejected[:MOST_LISTED],
        "sums": _sums(done, HEAPS),
        "sums_of": {heap: _sums(done, [heap]) for heap in HEAPS},
        "amounts": _amounts(done),
        "rounding": rounding(done),
        "unmapped_rows": unmapped[:MOST_LISTED],
        "left_out_for": _left_out(done),
        "events": {
            "added": sum(one.change.added for one in done),
            "same": sum(one.change.same for one in done),
            "corrected": sum(now is not None for one in done for *_, now in one.change.changed),
            "withdrawn": sum(now is None for one in done for *_, now in one.change.changed),
        },
        "adjustments": [entry for one in done for entry in _adjustments(one)],
        "overlaps": {name: count for one in done for name, count in one.overlaps.items()},
        "files": [
            {
                "file": one.making.name,
                "sha256": one.making.sha256,
                "form": one.form,
                "rows": sum(one.making.rows.values()),
                **{heap: one.making.rows[heap] for heap in HEAPS},
            }
            for one in done
        ],
    }


def rounding(done: Sequence[Imported]) -> dict[str, dict[str, str]]:
    """Of each currency the exact sum of what was mapped, the sum of the events, and what rounding took of the first."""
    out: dict[str, dict[str, str]] = {}
    for code in dict.fromkeys(code for one in done for code in one.making.exact):
        exact, events = (
            _added(heap[code] for one in done if code in (heap := getattr(one.making, name)))
            for name in ("exact", "rounded")
        )
        out[code] = {"exact": shown(exact), "events": shown(events), "taken": shown(added(exact, -events))}
    return out


def _added(values: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = added(total, value)
    return total


def _joined(done: Sequence[Imported], heaps: Iterable[Heap]) -> dict[str, Total]:
    """The totals of each column of money, by currency only where there are several."""
    every = [key for one in done for heap in HEAPS for key in one.making.sums[heap]]
    of: dict[str, set[str]] = {}
    for column, currency in every:
        of.setdefault(column, set()).add(currency)
    names = {
        (column, currency): f"{column} {currency or '?'}" if len(currencies) > 1 else column
        for column, currencies in of.items()
        for currency in sorted(currencies)
    }
    out = {name: Total() for key, name in names.items() if len(of[key[0]]) == 1}
    for key, name in names.items():
        for total in (one.making.sums[heap].get(key) for one in done for heap in heaps):
            if total is not None:
                out.setdefault(name, Total()).add(total)
    return {name: out[name] for name in names.values() if name in out}


def _sums(done: Sequence[Imported], heaps: Iterable[Heap]) -> dict[str, str]:
    return {name: shown(total.sum) for name, total in _joined(done, heaps).items()}


def _amounts(done: Sequence[Imported]) -> dict[str, dict[str, int]]:
    return {
        name: {
            "numbers": total.numbers,
            "zero": total.zeros,
            "null": total.null,
            "empty": total.empty,
            "no_number": total.other,
        }
        for name, total in _joined(done, HEAPS).items()
    }


def _rejected(one: Imported) -> list[dict[str, Any]]:
    return [
        {
            "file": one.making.name,
            "line": entry.line,
            "row": entry.row or None,
            "rows": entry.rows,
            "reason": entry.reason,
            "mend": entry.mend,
            "sum": shown(entry.sum) if entry.sum is not None else None,
        }
        for entry in sorted(one.making.rejected, key=lambda r: (r.line or r.row, r.row))
    ]


def _unmapped(one: Imported) -> list[dict[str, Any]]:
    return [
        {
            "file": one.making.name,
            "line": entry.line,
            "row": entry.row,
            "rows": entry.rows,
            "columns": entry.said,
            "sums": {name: shown(value) for name, value in entry.totals.items()},
        }
        for entry in sorted(one.making.unmapped, key=lambda u: u.row)
    ]


def _left_out(done: Sequence[Imported]) -> dict[str, int]:
    out: dict[str, int] = {}
    for one in done:
        for reason, rows in one.making.left_out.items():
            out[reason] = out.get(reason, 0) + rows
    return out


def _adjustments(one: Imported) -> list[dict[str, Any]]:
    return [
        {
            "id": id,
            "file": one.making.name,
            "was": was,
            "now": now,
            "state": "withdrawn" if now is None else "corrected",
        }
        for id, was, now in one.change.changed
    ]
