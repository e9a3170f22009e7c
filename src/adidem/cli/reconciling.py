"""The command `reconcile`.

Knows what was typed and how a reconciliation is printed.
"""

import csv
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer

from adidem.cli import typed
from adidem.cli.figures import Figures
from adidem.cli.layout import heading, line, show_json
from adidem.cli.running import opened
from adidem.desk.output import inert, whole
from adidem.desk.reconciling.asking import Answer, Asked, reconciled
from adidem.desk.reconciling.reconciled import differing, reconcile_view

_MOST_LINES = 3
_MOST_ROWS = 10
_MOST_OTHERS = 4
_COLUMNS = ("cause", "clause", "row", "line", "event", "occurred", "about", "ours", "theirs", "place")


def reconcile(
    folder: Path,
    statement: Path,
    period: str,
    rules: Path | None,
    as_of: str,
    known_at: str,
    readings: Sequence[str],
    out: Path | None,
    as_json: bool,
) -> None:
    """Print theirs against ours; exit code 1 where they differ."""
    workspace = opened(folder)
    pair = typed.pair(workspace, as_of, known_at)
    day = pair.occurred if as_of else None
    answer = reconciled(workspace, Asked(statement, period, rules, day, pair.recorded, typed.pinned(readings)))
    view = reconcile_view(answer)
    if out is not None:
        _write(out, view, answer)
    if as_json:
        show_json(view)
    else:
        _print(view)
    raise typer.Exit(0 if view["equal"] else 1)


def _write(out: Path, view: dict[str, Any], answer: Answer) -> None:
    """The whole answer as JSON; to a FILE.csv every line that differs instead. Problems: D309 it cannot be written."""
    with whole(out, what="the answer") as (part,):
        if out.suffix.lower() != ".csv":
            part.write_text(json.dumps(view, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            return
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, _COLUMNS)
            writer.writeheader()
            writer.writerows({name: _inert(name, found.get(name)) for name in _COLUMNS} for found in differing(answer))


def _inert(column: str, value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; an amount below zero is one all the same."""
    return value if column in ("ours", "theirs") else inert(value)


def _print(view: dict[str, Any]) -> None:
    statement, currency = view["statement"], view["currency"]
    line(f"{view['agreement']}: {view['period']}, theirs against ours, as of {view['as_of']}")
    line(f"{statement['file']}  sha256 {statement['sha256'][:12]}…", 0)
    if closed := view["closed"]:
        known = f"ours is what was known at {closed['known_at']}"
        line(f"{closed['period']} is closed: {known}, and what came since adjusts a later period")
    _heaps(statement, currency)
    table = Figures([f"ours {currency}", "theirs", "difference", "unexplained"], less=[])
    for one in view["clauses"]:
        table.add(one["clause"], [grouped(one[key]) for key in ("ours", "theirs", "difference", "unexplained")])
    table.print()
    for one in view["clauses"]:
        _adjusted(one)
        _since(one, currency)
    for one in view["clauses"]:
        _clause(one, currency)
    if view["equal"]:
        line("no differences")


def _heaps(statement: dict[str, Any], currency: str) -> None:
    table = Figures(["rows", f"amount {currency}"])
    for name, heap in statement["heaps"].items():
        if heap["rows"] or name == "line":
            table.add(name if name in ("left out", "unmapped", "rejected") else f"{name}s", _cells(heap))
    table.print()
    listed = statement["listed"]
    for one in listed[:_MOST_ROWS]:
        place = f"{statement['file']}:{one['line']}" if one["line"] else f"{statement['file']} row {one['row']}"
        line(f"{place}  {one['is']}: {one['reason']}  {one['amount']}".rstrip(), 2, 4)
    if len(listed) > _MOST_ROWS:
        line(f"and more, {len(listed):,} of them listed by --json", 2)


def _cells(heap: dict[str, Any]) -> list[str]:
    return [f"{heap['rows']:,}", grouped(heap["sum"])]


def grouped(amount: str) -> str:
    """Every digit, those before the point in threes."""
    whole, point, part = amount.partition(".")
    return f"{int(whole):,}{point}{part}" if whole not in ("-0",) else amount


def _lines(count: int, whose: str) -> str:
    return f"{count:,} {whose if count != 1 else whose.replace('lines', 'line').replace('records', 'record')}"


def _adjusted(one: dict[str, Any]) -> None:
    """What of ours is of the period itself, where corrections of prior ones are in it."""
    if one["adjustments"]:
        parts = [f"adjustment of {each['period']} {grouped(each['amount'])}" for each in one["adjustments"]]
        line(f"{one['clause']}: ours {grouped(one['of_the_period'])}, {', '.join(parts)}", 2, 4)


def _since(one: dict[str, Any], currency: str) -> None:
    """Of a period that is settled: since when, and what came afterwards."""
    if one["stated"]:
        line(f"{one['clause']}: stated on {one['stated']}, and ours is what was known then", 2, 4)
    if Decimal(one["since"]):
        amount = f"{currency} {grouped(one['since'])}"
        line(f"{one['clause']}: what came since, {amount}, is no part of it, and adjusts a later period", 2, 4)


def _clause(one: dict[str, Any], currency: str) -> None:
    if not one["causes"] and one["ours"] == one["theirs"]:
        return
    heading(f"{one['clause']}: {one['title']}  ({one['place']})")
    known = f", as known on {one['they_knew']}" if one["they_knew"] else ""
    line(f"{_lines(one['lines'], 'lines of theirs')}{known}, {_lines(one['records'], 'records of ours')}", 2)
    for step in one["causes"]:
        _step(step, currency)
    line(f"{currency} {grouped(one['unexplained'])}  unexplained", 2)
    _others(one["or_else"])


def _step(step: dict[str, Any], currency: str) -> None:
    count = _lines(step["count"], "lines") if "count" in step else ""
    what = ", ".join(filter(None, [count, _bare(step), _alone(step)]))
    place = f"  ({step['place']})" if step.get("place") else ""
    line(f"{currency} {grouped(step['amount'])}  {step['cause']}" + (f": {what}{place}" if what else place), 2, 6)
    for found in step.get("lines", ())[:_MOST_LINES]:
        line(_line(found), 8, 4)
    if step.get("count", 0) > _MOST_LINES:
        line(f"and {step['count'] - _MOST_LINES:,} more, in --json and --out FILE.csv", 8)
    if "or_else" in step:
        line(f"or else: {step['or_else']}", 8)


def _alone(step: dict[str, Any]) -> str:
    """What a cause that comes to nothing would come to by itself."""
    if "alone" not in step:
        return ""
    without = f" without {step['alone']['without']}" if step["alone"]["without"] else ""
    return f"by itself {grouped(step['alone']['amount'])}{without}"


def _bare(change: dict[str, Any]) -> str:
    """What is changed, without the name of a term that is called like its cause."""
    return change["what"].removeprefix(f"{change['cause']}: ")


def _line(found: dict[str, Any]) -> str:
    where = f"line {found['line']}" if found["line"] else f"row {found['row']}" if found["row"] else "no line"
    event = f"event {found['event']}" if found["event"] else "no event"
    day = f", {found['occurred']}" if found.get("occurred") else ""
    about = f", {found['about']}" if found["about"] else ""
    theirs, ours = grouped(found["theirs"]), grouped(found["ours"])
    return f"{where}, {event}{day}{about}: theirs {theirs}, ours {ours}"


def _others(others: list[list[dict[str, str]]]) -> None:
    for changes in others[:_MOST_OTHERS]:
        words = "; ".join(f"{change['cause']}: {_bare(change)}" for change in changes)
        line(f"as well explained by {words}", 4, 4)
    if len(others) > _MOST_OTHERS:
        line(f"and by {len(others) - _MOST_OTHERS:,} more, listed by --json", 4)
